package deflate

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// inflated returns what the standard library reads from a stream.
func inflated(t testing.TB, stream []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// eachStream calls f with each text and the stream that zlib writes for it.
func eachStream(t testing.TB, f func(text, stream []byte)) {
	t.Helper()
	for _, pair := range golden.Cases[[2][]byte](t, "deflate.jsonl.gz") { // in base64
		f(pair[0], pair[1])
	}
}

// TestGolden compares streams with the bytes of zlib.
func TestGolden(t *testing.T) {
	var w Writer
	eachStream(t, func(text, stream []byte) {
		if got := w.Append(nil, text); !bytes.Equal(got, stream) {
			t.Errorf("%q:\n%s, want\n%s", text, base64.StdEncoding.EncodeToString(got), base64.StdEncoding.EncodeToString(stream))
		}
	})
}

// TestAppendFirst uses a new Writer for each text, to check that a used Writer
// keeps nothing from earlier texts.
func TestAppendFirst(t *testing.T) {
	n := 0
	eachStream(t, func(text, stream []byte) {
		if n++; n%20 == 0 {
			if got := new(Writer).Append([]byte("x"), text); got[0] != 'x' || !bytes.Equal(got[1:], stream) {
				t.Errorf("%q: %x, want %x", text, got, stream)
			}
		}
	})
}

func TestTooLong(t *testing.T) {
	var w Writer
	rng := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, MaxLen+1)
	for i := range text {
		text[i] = byte(rng.IntN(7))
	}
	if got := inflated(t, w.Append(nil, text[1:])); !bytes.Equal(got, text[1:]) {
		t.Error("the longest text differs")
	}
	defer func() {
		if recover() == nil {
			t.Error("a text that is too long is no panic")
		}
	}()
	w.Append(nil, text)
}

func FuzzAppend(f *testing.F) {
	eachStream(f, func(text, _ []byte) {
		if len(text) < 60 {
			f.Add(text)
		}
	})
	var w Writer
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > MaxLen {
			return
		}
		stream := w.Append(nil, text)
		if got := inflated(t, stream); !bytes.Equal(got, text) {
			t.Fatalf("%q is read as %q", text, got)
		}
		if len(stream) > len(text)+11 { // the size of a stored block
			t.Fatalf("%q takes %d bytes", text, len(stream))
		}
		if again := new(Writer).Append(nil, text); !bytes.Equal(again, stream) {
			t.Fatalf("%q: %x by a new Writer, %x by one that was used", text, again, stream)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	var texts [][]byte
	size := 0
	eachStream(b, func(text, _ []byte) {
		if len(text) > 100 && len(text) < 400 {
			texts = append(texts, text)
			size += len(text)
		}
	})
	var w Writer
	var dst []byte
	b.SetBytes(int64(size / len(texts)))
	i := 0
	for b.Loop() {
		dst = w.Append(dst[:0], texts[i%len(texts)])
		i++
	}
}
