package rle

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// packed encodes a counts string as the competition does, with the standard
// library.
func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestKaggleRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 28))
	for range 1000 {
		m := randomMask(rng)
		text, err := m.AppendKaggle([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		// The standard library reads the text, and the zlib header states the
		// best level.
		raw, err := base64.StdEncoding.DecodeString(string(text[1:]))
		if err != nil || raw[0] != 0x78 || raw[1] != 0xda {
			t.Fatalf("%s: starts with % x, %v", text, raw[:2], err)
		}
		r, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		var counts bytes.Buffer
		if _, err := counts.ReadFrom(r); err != nil || counts.String() != naiveText(m.runs) {
			t.Fatalf("inflates to %s, %v, want %s", &counts, err, naiveText(m.runs))
		}
		again, _ := m.AppendKaggle(nil)
		if !bytes.Equal(again, text[1:]) {
			t.Fatalf("a second time %s, want %s", again, text[1:])
		}
		back, err := ParseKaggle(m.h, m.w, text[1:])
		if err != nil || !back.Equal(m) {
			t.Fatalf("%s: read %v, %v, want %v", text[1:], back, err, m)
		}
		back, err = ParseKaggle(m.h, m.w, []byte(base64.StdEncoding.EncodeToString(packed(t, counts.String()))))
		if err != nil || !back.Equal(m) {
			t.Fatalf("other level: read %v, %v, want %v", back, err, m)
		}
	}
}

func TestParseKaggle(t *testing.T) {
	good := packed(t, "123")
	encode := func(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }
	damaged := func(i int) string {
		raw := slices.Clone(good)
		raw[i] ^= 0x55
		return encode(raw)
	}
	dictionary := slices.Clone(good)
	dictionary[1] = 0xbb // requires a preset dictionary, with a valid check value
	tests := []struct {
		name, text string
		err        string // part of the error; "" means none
	}{
		{"good", encode(good), ""},
		{"bytes behind", encode(append(slices.Clone(good), "more"...)), ""},
		{"not base64", "b'eNo'", "base64: illegal base64 data at input byte 1"},
		{"no padding", strings.TrimRight(encode(packed(t, "0222")), "="), "base64: "},
		{"no text", "", "zlib: truncated"},
		{"not zlib", encode([]byte("123456789")), "zlib: bad header"},
		{"preset dictionary", encode(dictionary), "zlib: the stream needs a preset dictionary"},
		{"damaged block", damaged(2), "zlib: "},
		{"damaged checksum", damaged(len(good) - 1), "zlib: bad checksum"},
		{"cut in the header", encode(good[:1]), "zlib: truncated"},
		{"cut in the block", encode(good[:4]), "zlib: truncated"},
		{"cut in the checksum", encode(good[:len(good)-2]), "zlib: truncated"},
		{"bad counts", encode(packed(t, "12P")), "ends inside the number at byte 2"},
		{"other size", encode(packed(t, "124")), "sum to 7"},
		{"bomb", encode(packed(t, strings.Repeat("0", 1<<22))), "zlib: the counts string has more than 76 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseKaggle(2, 3, []byte(tt.text))
			if tt.err == "" {
				if err != nil || !slices.Equal(m.runs, []uint32{1, 2, 3}) {
					t.Errorf("runs %v, %v", m.runs, err)
				}
				return
			}
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one that wraps ErrCorrupt and says %q", err, tt.err)
			}
		})
	}
	if _, err := ParseKaggle(-1, 3, nil); !errors.Is(err, ErrSize) {
		t.Errorf("error %v, want one that wraps ErrSize", err)
	}
}

func TestInflateMemory(t *testing.T) {
	for _, limit := range []int{0, 1, 100, 511, 512, 5000} {
		for _, size := range []int{limit, limit + 1, 1 << 20} {
			c := &inflater{packed: packed(t, strings.Repeat("0", size))}
			err := c.inflate(limit)
			if (err == nil) != (size <= limit) {
				t.Errorf("limit %d, %d bytes: error %v", limit, size, err)
			}
			if cap(c.text) > limit+1 {
				t.Errorf("limit %d, %d bytes: a buffer of %d", limit, size, cap(c.text))
			}
		}
	}
}

// eachSubmitted calls fn for every encoded mask of a submission file, which it
// counts from 0.
func eachSubmitted(t *testing.T, path string, fn func(n, h, w int, text []byte)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows[1:] {
		fields := strings.Fields(row[3])
		for i := 2; i < len(fields); i += 3 {
			fn(n, atoi(t, row[1]), atoi(t, row[2]), []byte(fields[i]))
			n++
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			t.Fatalf("%q is not a number", s)
		}
		n = 10*n + int(c-'0')
	}
	return n
}

func TestRealSubmissions(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(golden.Real(t, "submissions"), "*.csv"))
	total := 0
	for _, path := range paths {
		malformed := filepath.Base(path) == "web-ho_submission.csv"
		eachSubmitted(t, path, func(n, h, w int, text []byte) {
			if malformed {
				t.Errorf("%s has a mask, want none", path)
				return
			}
			m, err := ParseKaggle(h, w, text)
			if err != nil {
				t.Fatalf("%s: mask %d: %v", path, n, err)
			}
			again, err := m.AppendKaggle(nil)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := ParseKaggle(h, w, again); err != nil || !back.Equal(m) {
				t.Fatalf("%s: mask %d read back wrong: %v", path, n, err)
			}
			total++
		})
	}
	if total < 40 {
		t.Errorf("%d masks in %d files, want at least 40", total, len(paths))
	}
	// The malformed file's one text is a Python bytes literal.
	raw, err := os.ReadFile(golden.Real(t, "submissions/web-ho_submission.csv"))
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))[1]
	text := line[bytes.LastIndexByte(line, ',')+1:]
	if _, err := ParseKaggle(1, 512, text); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "base64") {
		t.Errorf("bytes literal: error %v, want one about base64", err)
	}
	// Even the inner text does not fit the mask size in the file.
	inner := bytes.TrimSuffix(bytes.TrimPrefix(text, []byte("b'")), []byte("'"))
	if _, err := ParseKaggle(1, 512, inner); !errors.Is(err, ErrCorrupt) {
		t.Errorf("inner text: error %v, want one that wraps ErrCorrupt", err)
	}
}

func FuzzParseKaggle(f *testing.F) {
	f.Add(2, 3, packed(f, "123"), false)
	f.Add(2, 3, packed(f, "06"), false)
	f.Add(2, 3, []byte("eNozNDIGAAEsAJc="), true)
	f.Add(0, 0, []byte("b'eN'"), true)
	f.Add(9, 9, packed(f, strings.Repeat("0", 1000)), false)
	f.Fuzz(func(t *testing.T, h, w int, data []byte, asText bool) {
		text := data
		if !asText {
			text = base64.StdEncoding.AppendEncode(nil, data)
		}
		m, err := ParseKaggle(h, w, text)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrSize) {
				t.Fatalf("error %v wraps neither ErrCorrupt nor ErrSize", err)
			}
			return
		}
		checkCanonical(t, m)
		// Compare with the standard library's base64 and zlib.
		raw, err := base64.StdEncoding.DecodeString(string(text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		var counts bytes.Buffer
		if _, err := counts.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		if want, err := ParseText(h, w, counts.Bytes()); err != nil || !m.Equal(want) {
			t.Fatalf("read %v, want %v, %v", m, want, err)
		}
		again, err := m.AppendKaggle(nil)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseKaggle(h, w, again); err != nil || !back.Equal(m) {
			t.Fatalf("read back %v, %v, want %v", back, err, m)
		}
	})
}

func BenchmarkAppendKaggle(b *testing.B) {
	m := benchMask()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = m.AppendKaggle(buf[:0])
	}
}

func BenchmarkParseKaggle(b *testing.B) {
	m := benchMask()
	text, _ := m.AppendKaggle(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseKaggle(m.h, m.w, text); err != nil {
			b.Fatal(err)
		}
	}
}
