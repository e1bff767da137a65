package coco

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// linesTwin is ResultLines for a text in memory.
func linesTwin(text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimPrefix(text, byteOrder), "\n") {
		if strings.Trim(line, lineSpace) != "" {
			lines = append(lines, line)
		}
	}
	return "[" + strings.Join(lines, ",") + "]"
}

// dense drops white space outside of strings.
func dense(text string) string {
	var out []byte
	quoted := false
	for i := range len(text) {
		if text[i] == '"' {
			quoted = !quoted
		}
		if quoted || !strings.ContainsRune(lineSpace, rune(text[i])) {
			out = append(out, text[i])
		}
	}
	return string(out)
}

func TestResultLines(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		var text strings.Builder
		if rnd.IntN(5) == 0 {
			text.WriteString(byteOrder)
		}
		for range rnd.IntN(6) {
			text.WriteString([]string{"\n", "\r\n", " \n\n", `{"a":1}` + "\n", `{"b": {"c": "}  {"}}` + " \r\n", "\t{\"long\": \"" + strings.Repeat("x", rnd.IntN(1<<17)) + "\"}\n"}[rnd.IntN(6)])
		}
		if rnd.IntN(2) == 0 {
			text.WriteString(`{"last": 1}`)
		}
		for _, r := range []io.Reader{strings.NewReader(text.String()), iotest.OneByteReader(strings.NewReader(text.String())), iotest.HalfReader(strings.NewReader(text.String())), iotest.DataErrReader(strings.NewReader(text.String()))} {
			got, err := io.ReadAll(ResultLines(r))
			if err != nil {
				t.Fatal(err)
			}
			if dense(string(got)) != dense(linesTwin(text.String())) {
				t.Fatalf("%.200q became %.200q", text.String(), got)
			}
			if n := len(strings.TrimPrefix(text.String(), byteOrder)) + 2; len(got) != n {
				t.Fatalf("%d bytes became %d: places of errors are wrong", text.Len(), len(got))
			}
		}
	}
}

// TestResultLinesRead reads the same results from lines and from a list.
func TestResultLinesRead(t *testing.T) {
	const list = `[{"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [1, 2, 3, 4]},
{"image_id": 2, "category_id": 1, "score": 0.25, "bbox": [1, 2, 3, 4]}]`
	results, err := DecodeResults(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	if err := WriteResultLines(&lines, ReadResults(strings.NewReader(list))); err != nil {
		t.Fatal(err)
	}
	if strings.Count(lines.String(), "\n") != 2 || strings.ContainsAny(lines.String()[:1], "[") {
		t.Fatalf("lines %s", &lines)
	}
	again, err := DecodeResults(ResultLines(bytes.NewReader(lines.Bytes())))
	if err != nil || again.Len() != results.Len() || again.Score(1) != .25 {
		t.Fatalf("%d results, error %v", again.Len(), err)
	}
	bad := strings.Replace(lines.String(), "0.25", `"x"`, 1)
	_, err = DecodeResults(ResultLines(strings.NewReader(bad)))
	at := strings.Index(bad, `"x"`)
	if err == nil {
		t.Fatal("no error")
	}
	place, ok := err.(*Error)
	if !ok || place.Path != "[1].score" || int(place.Offset) != at {
		t.Errorf("error %v, expected one at byte %d", err, at)
	}
	if !AreResultLines(lines.Bytes()) || AreResultLines([]byte(list)) || AreResultLines([]byte(`{"images": []}`)) || AreResultLines(nil) {
		t.Error("taken for another form")
	}
	if empty, err := DecodeResults(ResultLines(strings.NewReader("\n\n"))); err != nil || empty.Len() != 0 {
		t.Errorf("an empty text: %v", err)
	}
}

// FuzzResultLines compares the reader with its twin, in pieces of any size.
func FuzzResultLines(f *testing.F) {
	f.Add("{\"a\":1}\n{\"b\":2}\n", uint8(3))
	f.Add("\xef\xbb\xbf \n {}\r\n\r\n{}", uint8(1))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		r := io.Reader(strings.NewReader(text))
		if n%2 == 0 {
			r = iotest.OneByteReader(r)
		}
		got, err := io.ReadAll(ResultLines(r))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(ResultLines(strings.NewReader(text)))
		if err != nil || !bytes.Equal(got, whole) {
			t.Fatalf("%q became %q in pieces and %q at once", text, got, whole)
		}
	})
}
