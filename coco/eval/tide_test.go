package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
)

// tideCase is a line of the output of reference/tide.py.
type tideCase struct {
	Truth, Results json.RawMessage
	Params         struct {
		Type                 string
		Positive, Background float64
		MaxDets              int `json:"max_dets"`
	}
	tideAnswer
}

type tideAnswer struct {
	AP      *float64 // 0 to 100, as the others; nil: nothing to average
	Errors  [][7]any
	Counts  [mistakeKinds]int
	Gain    [mistakeKinds]*float64
	Special [2]*float64
	Mended  [][2]json.RawMessage
}

// check compares with the answer of tidecv. The list must be equal. check returns the
// largest difference of a number.
func (a *tideAnswer) check(m *Mistakes, truth *coco.Dataset) (worst float64, err error) {
	if a.AP == nil { // only crowds, and detections only within them
		if m.AP != 0 || slices.ContainsFunc(m.List, func(l Mistake) bool { return !l.Ignored }) {
			return 0, fmt.Errorf("AP %v of nothing, %d mistakes", m.AP, len(m.List))
		}
		return 0, nil
	}
	if m.Counts != a.Counts {
		return 0, fmt.Errorf("counts %v, expected %v", m.Counts, a.Counts)
	}
	if len(m.List) != len(a.Errors) {
		return 0, fmt.Errorf("%d mistakes, expected %d", len(m.List), len(a.Errors))
	}
	for i, l := range m.List {
		image, _ := truth.Images[l.Image].ID.Int()
		want := a.Errors[i]
		at := int32(-1) // tidecv names no instance for Both
		if l.Kind != MistakeBoth {
			at = l.Truth
		} else if l.TakenBy >= 0 {
			l.TakenBy = -1
		}
		got := [7]any{l.Kind.String(), float64(image), float64(l.Detection), float64(at), float64(l.TakenBy),
			l.BecomesCorrect, l.Ignored}
		if got != want {
			return 0, fmt.Errorf("mistake %d is %v, expected %v", i, got, want)
		}
	}
	compare := func(name string, got float64, want *float64) {
		if want == nil {
			return // nothing remains
		}
		diff := math.Abs(100*got - *want)
		if !(diff <= 1e-9) && err == nil {
			err = fmt.Errorf("%s is %v, expected %v", name, 100*got, *want)
		}
		worst = max(worst, diff)
	}
	compare("AP", m.AP, a.AP)
	for k, want := range a.Gain {
		compare("gain of "+MistakeKind(k).String(), m.Gain[k], want)
	}
	compare("gain of FalsePos", m.GainPositive, a.Special[0])
	compare("gain of FalseNeg", m.GainNegative, a.Special[1])
	for _, pair := range a.Mended {
		var kinds []int
		var want *float64
		if err := errors.Join(json.Unmarshal(pair[0], &kinds), json.Unmarshal(pair[1], &want)); err != nil {
			return 0, err
		}
		var list []MistakeKind
		for _, k := range kinds {
			list = append(list, MistakeKind(k))
		}
		compare(fmt.Sprintf("fixed %v", list), m.APIfFixed(list...), want)
	}
	return worst, err
}

// TestTIDEGolden compares every mistake and every number with tidecv's.
func TestTIDEGolden(t *testing.T) {
	seen := map[string]int{}
	worst, n, c := 0.0, 0, new(tideCase)
	for n, c = range golden.Cases[tideCase](t, "tide.jsonl.gz") {
		truth, err := coco.Decode(bytes.NewReader(c.Truth))
		if err != nil {
			t.Fatal(err)
		}
		results, err := coco.DecodeResults(bytes.NewReader(c.Results))
		if err != nil {
			t.Fatal(err)
		}
		kind, err := ParseType(c.Params.Type)
		if err != nil {
			t.Fatal(err)
		}
		o := &MistakeOptions{Positive: c.Params.Positive, Background: c.Params.Background, MaxDets: c.Params.MaxDets}
		for _, least := range []float64{0, .01} { // compared again, or with the pairs of the evaluation
			r, err := Evaluate(context.Background(), truth, results, &Params{Type: kind, PairIoU: least, Workers: 1 + n%3})
			if err != nil {
				t.Fatalf("case %d: %v", n, err)
			}
			m, err := r.Mistakes(context.Background(), o)
			if err != nil {
				t.Fatalf("case %d: %v", n, err)
			}
			diff, err := c.check(m, truth)
			if err != nil {
				t.Fatalf("case %d, %+v, pairs from %v on: %v", n, c.Params, least, err)
			}
			worst = max(worst, diff)
			for _, l := range m.List {
				seen[l.Kind.String()]++
				if l.BecomesCorrect {
					seen[l.Kind.String()+" becomes correct"]++
				}
				if l.Ignored {
					seen["ignored"]++
				}
			}
		}
		seen[c.Params.Type]++
		if c.AP == nil {
			seen["nothing"]++
		}
	}
	for _, want := range []string{"segm", "bbox", "nothing", "ignored", "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss",
		"Cls becomes correct", "Loc becomes correct"} {
		if seen[want] == 0 {
			t.Errorf("no case of %s", want)
		}
	}
	t.Logf("%d cases: %v; numbers of 0 to 100 differ by %g at most", n, seen, worst)
}

// TestTIDEGoldenReal compares with tidecv itself on real predictions, if they are
// available.
func TestTIDEGoldenReal(t *testing.T) {
	truthFile := golden.Real(t, "hubmap/fold0_val_gt.json")
	text, err := os.ReadFile(truthFile)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := coco.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(truthFile), "predictions", "*.segm.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no predictions next to %s", truthFile)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		results, err := coco.DecodeResults(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []Type{Segm, BBox} {
			var last *Mistakes
			for _, least := range []float64{.1, 0} {
				r, err := Evaluate(context.Background(), truth, results, &Params{Type: kind, PairIoU: least})
				if err != nil {
					t.Fatal(err)
				}
				m, err := r.Mistakes(context.Background(), nil)
				if err != nil {
					t.Fatal(err)
				}
				checkMistakes(t, r, m)
				if last != nil && !reflect.DeepEqual(last.List, m.List) {
					t.Fatalf("%s, %v: other mistakes when compared again", filepath.Base(file), kind)
				}
				last = m
			}
			t.Logf("%s, %v: AP %.4f, counts %v, gains %.4f", filepath.Base(file), kind, last.AP, last.Counts, last.Gain)
			python := os.Getenv("HUBDATA_PYTHON")
			if python == "" {
				continue
			}
			cmd := exec.Command(python, filepath.Join("..", "..", "reference", "tide.py"), "--truth", truthFile, "--results",
				file, "--type", kind.String())
			cmd.Stderr = os.Stderr
			line, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var a tideAnswer
			if err := json.Unmarshal(line, &a); err != nil {
				t.Fatal(err)
			}
			worst, err := a.check(last, truth)
			if err != nil {
				t.Fatalf("%s, %v: %v", filepath.Base(file), kind, err)
			}
			t.Logf("as tidecv has it; numbers of 0 to 100 differ by %g at most", worst)
		}
	}
}

// checkMistakes checks properties that all mistakes must have.
func checkMistakes(t testing.TB, r *Result, m *Mistakes) {
	t.Helper()
	var counts [mistakeKinds]int
	detections, missed := map[int32]bool{}, map[int32]bool{}
	fixed := map[int32]bool{}
	for i, l := range m.List {
		counts[l.Kind]++
		switch {
		case l.Kind == MistakeMissed:
			if l.Detection >= 0 || missed[l.Truth] || r.e.gt.Annotations[l.Truth].IsCrowd {
				t.Fatalf("mistake %d is %+v", i, l)
			}
			missed[l.Truth] = true
			continue
		case l.Detection < 0 || detections[l.Detection]:
			t.Fatalf("mistake %d is %+v, of a detection that was there", i, l)
		case l.Kind == MistakeBackground != (l.Truth < 0), l.IoU == 0 != (l.Truth < 0), l.Kind == MistakeDuplicate &&
			l.TakenBy < 0:
			t.Fatalf("mistake %d is %+v", i, l)
		case l.BecomesCorrect && (l.TakenBy >= 0 || fixed[l.Truth]):
			t.Fatalf("mistake %d is %+v: its instance is there already", i, l)
		}
		if l.BecomesCorrect {
			fixed[l.Truth] = true
		}
		detections[l.Detection] = true
	}
	if counts != m.Counts {
		t.Fatalf("counts %v, want %v", m.Counts, counts)
	}
	correct := 0
	for _, s := range m.steps {
		if s.kind == stepCorrect {
			correct++
		}
	}
	instances := 0
	for _, n := range m.instances {
		instances += int(n)
	}
	if want := correct + len(fixed) + len(missed); instances != want {
		t.Fatalf("%d instances, but %d found, %d by fixing and %d missed", instances, correct, len(fixed), len(missed))
	}
	if len(detections)+correct != len(m.steps) {
		t.Fatalf("%d detections, of which %d right and %d not", len(m.steps), correct, len(detections))
	}
	want := 0.0
	if correct+len(fixed) > 0 {
		want = 1
	}
	if got := m.APIfFixed(MistakeClass, MistakeLocalisation, MistakeBoth, MistakeDuplicate, MistakeBackground,
		MistakeMissed); got != want {
		t.Fatalf("with all fixed the AP is %v, want %v", got, want)
	}
}

// TestMistakes checks the properties of mistakes on random datasets, and that neither
// the way of pairing nor the number of workers changes them.
func TestMistakes(t *testing.T) {
	for seed := range uint64(1500) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		truth, results, p := draw(rnd)
		o := &MistakeOptions{Positive: []float64{0, .3, 1}[rnd.IntN(3)], MaxDets: []int{0, 3, 1}[rnd.IntN(3)]}
		var last *Mistakes
		for _, least := range []float64{p.PairIoU, .01} {
			p.PairIoU = least
			p.Workers = 1 + rnd.IntN(3)
			r, err := Evaluate(context.Background(), truth, coco.NewResults(results...), p)
			if err != nil {
				t.Fatal(err)
			}
			m, err := r.Mistakes(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			checkMistakes(t, r, m)
			if last != nil && (!reflect.DeepEqual(m.List, last.List) || m.AP != last.AP || m.Gain != last.Gain) {
				t.Fatalf("seed %d: other mistakes when compared again", seed)
			}
			last = m
		}
		if p.IgnoreCategories { // as if all belonged to one category
			one := *truth
			one.Annotations, results = slices.Clone(one.Annotations), slices.Clone(results)
			for i := range one.Annotations {
				one.Annotations[i].CategoryID = one.Categories[0].ID
			}
			for i := range results {
				results[i].CategoryID = one.Categories[0].ID
			}
			p.IgnoreCategories = false
			r, err := Evaluate(context.Background(), &one, coco.NewResults(results...), p)
			if err != nil {
				t.Fatal(err)
			}
			m, err := r.Mistakes(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m.List, last.List) || m.AP != last.AP {
				t.Fatalf("seed %d: other mistakes of one category", seed)
			}
		}
	}
}

// TestMistakeOptions checks options that are not valid.
func TestMistakeOptions(t *testing.T) {
	r, err := Evaluate(context.Background(), &coco.Dataset{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []MistakeOptions{{Positive: .05}, {Positive: 1.5}, {Positive: -1, Background: -2},
		{Positive: math.NaN()}, {Background: math.NaN()}, {MaxDets: -1}} {
		if _, err := r.Mistakes(context.Background(), &o); !errors.Is(err, ErrParams) {
			t.Errorf("%+v: error %v, want ErrParams", o, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Mistakes(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	names := []string{}
	for k := range MistakeKind(mistakeKinds + 1) {
		names = append(names, k.String())
	}
	if want := []string{"Cls", "Loc", "Both", "Dupe", "Bkg", "Miss", "MistakeKind(6)"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}
