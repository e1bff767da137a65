package tune

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestResumed: a search that continues a log that ends anywhere, with a line cut off or not, finds the same, leaves the same
// log, and computes only what is missing.
func TestResumed(t *testing.T) {
	ctx := context.Background()
	s := randomSource(t, rand.New(rand.NewPCG(1, 1)), 16, 2)
	s.Truth.Annotations = s.Truth.Annotations[:len(s.Truth.Annotations)/2] // so that some images have no true instance
	b := newBench(t, s, "hubmap")
	search := func(text string, settings int) (result, log string) {
		l, err := ReadLog(strings.NewReader(text), "key")
		if err != nil {
			t.Fatal(err)
		}
		out := bytes.NewBufferString(text[:l.Sound])
		if err := l.AppendTo(out); err != nil {
			t.Fatal(err)
		}
		done := 0
		r, err := Search(ctx, b, &Options{Space: readSpace(t, testSpace, s.Models), Folds: folded(16, 2), Settings: settings, Seed: 9, Samples: 20, Log: l, Progress: func(n int) { done += n }})
		if err != nil {
			t.Fatal(err)
		}
		if drawn := settings + 2; done != drawn || done > len(r.Settings) {
			t.Errorf("progress of %d settings, expected %d of %d", done, drawn, len(r.Settings))
		}
		encoded, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded), out.String()
	}
	expected, whole := search("", 560)
	r, err := Search(ctx, b, &Options{Space: readSpace(t, testSpace, s.Models), Folds: folded(16, 2), Settings: 560, Seed: 9, Samples: 20})
	if err != nil {
		t.Fatal(err)
	}
	if plain, _ := json.Marshal(r); string(plain) != expected {
		t.Errorf("with a log: %s, expected %s", expected, plain)
	}
	lines := strings.SplitAfter(whole, "\n")
	if len(lines) < 8 {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, end := range []int{len(lines[0]) - 1, len(lines[0]), len(whole) / 2, len(whole) - 1, len(whole)} {
		if result, log := search(whole[:end], 560); result != expected || log != whole {
			t.Errorf("from byte %d: another result %t, another log %t", end, result != expected, log != whole)
		}
	}
	// A log of a smaller budget is continued.
	_, smaller := search("", 300)
	if result, log := search(smaller, 560); result != expected || !strings.HasPrefix(log, smaller) {
		t.Error("a larger budget finds something else")
	}
	// What the log has is not computed: other scores there give another result.
	if result, _ := search(strings.ReplaceAll(whole, ",0.", ",0.0"), 560); result == expected {
		t.Error("the log has no effect")
	}
}

func TestBadLogs(t *testing.T) {
	const head = `{"hubdata_tune":1,"of":"key"}` + "\n"
	of := strings.Repeat("0", 64)
	for text, expected := range map[string]string{
		"{}\n":        "line 1: found something else, expected the log of a search",
		"[1,\n":       "line 1: found something else",
		"\n" + head:   "line 1: found something else",
		head + "{}\n": "line 2: found no scores",
		head + "{\n":  "line 2: unexpected end of JSON input",
		head + `{"of":"` + of + `","scores":[["x"]]}` + "\n": "line 2: json: cannot unmarshal string",
		`{"hubdata_tune":2,"of":"key"}` + "\n":               "found the version 2, expected 1",
		`{"hubdata_tune":1,"of":"other"}` + "\n":             "found the log of a search with other inputs, another goal or another version",
		head + strings.Repeat(" ", maxLogLine+1) + "\n":      "line 2: tune: bad log: found more than",
	} {
		if _, err := ReadLog(strings.NewReader(text), "key"); !errors.Is(err, ErrLog) || !strings.Contains(err.Error(), expected) {
			t.Errorf("%.60q: %v, expected %q", text, err, expected)
		}
	}
	l, err := ReadLog(strings.NewReader(head+`{"of":"`+of+`","scores":[[1,null]]}`+"\n{\"of\""), "key")
	if err != nil || l.Sound != int64(len(head)+len(of)+len(`{"of":"","scores":[[1,null]]}`)+1) || l.of[of][0][1] == l.of[of][0][1] {
		t.Errorf("%+v, %v", l, err)
	}
}

// FuzzReadLog: no text is a panic, and the sound part of one that is read is read again.
func FuzzReadLog(f *testing.F) {
	f.Add(`{"hubdata_tune":1,"of":"key"}` + "\n" + `{"of":"` + strings.Repeat("a", 64) + `","scores":[[0.5,null],[1,2]]}` + "\n{")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadLog(strings.NewReader(text), "key")
		if err != nil {
			return
		}
		again, err := ReadLog(strings.NewReader(text[:l.Sound]), "key")
		if err != nil || again.Sound != l.Sound || len(again.of) != len(l.of) {
			t.Errorf("%+v, %v", again, err)
		}
	})
}
