package review

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hubdata/hubdata/coco"
)

// dataset reads annotations.
func dataset(t *testing.T, annotations string) *coco.Dataset {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(
		`{"images":[{"id":1,"height":9,"width":9}],"categories":[{"id":1,"name":"v"}],"annotations":[` + annotations + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const one = `{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,4,4],"area":9,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]],"score":0.5}`

// TestDataset: what a decision is about is in the digest, and nothing else.
func TestDataset(t *testing.T) {
	first, err := DatasetOf(dataset(t, one))
	if err != nil || first.Annotations != 1 || len(first.Digest) != 64 {
		t.Fatal(first, err)
	}
	for _, tt := range []struct {
		from, to string
		same     bool
	}{
		{`"score":0.5`, `"score":0.25,"source":"x"`, true},
		{`"id":1,"image_id":1`, `"image_id":1,"id":1`, true},
		{`"id":1,`, `"id":2,`, false},
		{`"id":1,`, `"id":"1",`, false},
		{`"category_id":1`, `"category_id":2`, false},
		{`[1,1,4,4]`, `[1,1,4,5]`, false},
		{`[[1,1,5,1,5,5]]`, `[[1,1,5,1,5,6]]`, false},
		{one, one + "," + strings.Replace(one, `"id":1`, `"id":2`, 1), false},
	} {
		other, err := DatasetOf(dataset(t, strings.Replace(one, tt.from, tt.to, 1)))
		if err != nil || (other == first) != tt.same {
			t.Errorf("%s to %s: equal %v, %v", tt.from, tt.to, other == first, err)
		}
	}
	_, err = DatasetOf(dataset(t, one+","+one))
	if err == nil || err.Error() != "annotations[1].id: found 1, but annotations[0] also has this id: decisions name annotations by it" {
		t.Error(err)
	}
}

// write writes a log.
func write(t *testing.T, d Dataset, list ...Decision) []byte {
	t.Helper()
	text := AppendHead(nil, d)
	for i := range list {
		var err error
		if text, err = list[i].Append(text); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

var some = []Decision{
	{coco.IntID(7), Accept, "Anna", time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)},
	{coco.StringID("a\"<b>\n"), Reject, "Böb <i>", time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)},
	{coco.IntID(7), Undo, "Anna", time.Date(2026, 1, 2, 3, 4, 7, 0, time.UTC)},
}

// TestCut: of a log that is cut anywhere, exactly the whole lines are kept.
func TestCut(t *testing.T) {
	of := Dataset{2, strings.Repeat("0", 64)}
	text := write(t, of, some...)
	for n := range len(text) + 1 {
		l, err := Read(strings.NewReader(string(text[:n])))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		whole := strings.Count(string(text[:n]), "\n")
		sound := strings.LastIndex(string(text[:n]), "\n") + 1
		if l.Sound != int64(sound) || l.Cut != int64(n-sound) || len(l.Decisions) != max(0, whole-1) {
			t.Fatalf("%d bytes: %d sound, %d cut, %d decisions", n, l.Sound, l.Cut, len(l.Decisions))
		}
		if whole > 0 && l.Dataset != of || whole > 1 && !reflect.DeepEqual(l.Decisions, some[:whole-1]) {
			t.Fatalf("%d bytes: %+v", n, l)
		}
	}
	// A file system may leave zeros where data were not written yet.
	for _, n := range []int{0, len(write(t, of)), len(text)} {
		l, err := Read(strings.NewReader(string(text[:n]) + strings.Repeat("\x00", 70_000)))
		if err != nil || l.Sound != int64(n) || l.Cut != 70_000 {
			t.Errorf("%d bytes and zeros: %+v, %v", n, l, err)
		}
	}
}

// TestDamaged: nothing that was decided is left out silently.
func TestDamaged(t *testing.T) {
	of := Dataset{2, strings.Repeat("0", 64)}
	sound := string(write(t, of, some...))
	lines := strings.SplitAfter(sound, "\n")
	for _, tt := range []struct{ text, want string }{
		{lines[0] + "{\n" + lines[2], "line 2: found no decision: unexpected end of JSON input"},
		{lines[0] + strings.Replace(lines[1], "accept", "maybe", 1) + lines[2],
			`line 2: found the decision "maybe", expected accept, reject, uncertain or undo`},
		{lines[0] + strings.Replace(lines[1], `"annotation":7`, `"annotation":7.5`, 1) + lines[2], "line 2: annotation: "},
		{"{}\n", `line 1: found no log of decisions, expected a file that "hubdata view --decisions" wrote`},
		{lines[1], `line 1: found no log of decisions, expected a file that "hubdata view --decisions" wrote`},
		{strings.Replace(lines[0], `:1,`, `:2,`, 1) + lines[1],
			"line 1: found version 2 of the log, expected 1: use a newer hubdata"},
		{`[{"image_id":1}]`, "line 1: found no end of the line"},
	} {
		l, err := Read(strings.NewReader(tt.text))
		var line *LineError
		if err == nil || !errors.As(err, &line) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: %+v, %v, expected %s", tt.text, l, err, tt.want)
		}
	}
	if _, err := (&Decision{Choice: "x"}).Append(nil); err == nil {
		t.Error("a decision that is none was written")
	}
	if _, err := (&Decision{Choice: Accept, Reviewer: strings.Repeat("x", MaxReviewer+1)}).Append(nil); err == nil {
		t.Error("a name without an end was written")
	}
}

func TestFor(t *testing.T) {
	a := Dataset{2, "a"}
	for _, tt := range []struct {
		log  Log
		want string
	}{
		{Log{Dataset: a, Sound: 9}, "<nil>"},
		{Log{}, "<nil>"},
		{Log{Dataset: Dataset{3, "a"}, Sound: 9}, "the decisions are about another dataset: of 3 annotations, not 2"},
		{Log{Dataset: Dataset{2, "b"}, Sound: 9},
			"the decisions are about another dataset: its annotations have other ids, boxes or masks"},
	} {
		err := tt.log.For(a)
		if fmt.Sprint(err) != tt.want || err != nil && !errors.Is(err, ErrDataset) {
			t.Errorf("%+v: %v", tt.log, err)
		}
	}
}

// TestState compares a state with one that is made of the list of decisions each time.
func TestState(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var s State
	var list []Decision
	for range 3000 {
		d := Decision{Annotation: coco.IntID(rnd.Int64N(20)), Choice: choices[rnd.IntN(4)],
			Reviewer: string(rune('a' + rnd.IntN(3)))}
		list = append(list, d)
		s.Add(&d)
		last := map[string]Choice{}
		for _, e := range list {
			if e.Annotation == d.Annotation {
				last[e.Reviewer] = e.Choice
			}
		}
		accept, reject, any := 0, 0, 0
		for name, c := range last {
			if c == Undo {
				delete(last, name)
				continue
			}
			any++
			if c == Accept {
				accept++
			}
			if c == Reject {
				reject++
			}
		}
		want := Unclear
		switch {
		case any == 0:
			want = Undecided
		case accept > reject:
			want = Accepted
		case reject > accept:
			want = Rejected
		}
		got := s.Choices(d.Annotation)
		if s.Verdict(d.Annotation) != want || len(got) != len(last) || len(last) > 0 && !reflect.DeepEqual(got, last) {
			t.Fatalf("%v: %s %v, expected %s %v", d, s.Verdict(d.Annotation), got, want, last)
		}
	}
	decided := map[string]int{}
	for id := range int64(20) {
		for name := range s.Choices(coco.IntID(id)) {
			decided[name]++
		}
	}
	for _, r := range s.Reviewers() {
		if decided[r.Name] != r.Decided {
			t.Errorf("%+v, expected %d", r, decided[r.Name])
		}
		delete(decided, r.Name)
	}
	if len(decided) > 0 {
		t.Errorf("not listed: %v", decided)
	}
}

// TestAgreements: the kappa of a table in Cohen's terms, worked out by hand.
func TestAgreements(t *testing.T) {
	var s State
	id := int64(0)
	add := func(n int, a, b Choice) {
		for range n {
			id++
			s.Add(&Decision{Annotation: coco.IntID(id), Choice: a, Reviewer: "a"})
			s.Add(&Decision{Annotation: coco.IntID(id), Choice: b, Reviewer: "b"})
		}
	}
	add(20, Accept, Accept)
	add(5, Accept, Reject)
	add(10, Reject, Accept)
	add(15, Reject, Reject)
	add(3, Uncertain, Accept)
	got := s.Agreements()
	if len(got) != 1 || got[0].A != "a" || got[0].B != "b" || got[0].Both != 50 || got[0].Same != 35 ||
		math.Abs(got[0].Kappa-0.4) > 1e-12 {
		t.Errorf("%+v", got)
	}
	if k := kappa(3, 3, 3, 3); k != 1 {
		t.Errorf("always the same: %v", k)
	}
	if k := kappa(2, 0, 2, 0); k != 0 {
		t.Errorf("never the same: %v", k)
	}
}

// FuzzRead: no text makes Read fail in another way, and what is sound reads the same again.
func FuzzRead(f *testing.F) {
	text := AppendHead(nil, Dataset{2, "ab"})
	f.Add(string(text))
	for i := range some {
		text, _ = some[i].Append(text)
	}
	f.Add(string(text))
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		if l.Sound+l.Cut != int64(len(text)) {
			t.Fatalf("%d + %d of %d bytes", l.Sound, l.Cut, len(text))
		}
		again, err := Read(strings.NewReader(text[:l.Sound]))
		if err != nil || again.Cut != 0 || again.Sound != l.Sound || !reflect.DeepEqual(again.Decisions, l.Decisions) {
			t.Fatalf("%+v, %v", again, err)
		}
	})
}
