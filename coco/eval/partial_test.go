package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/longtest"
)

// partialSet is a set that is scored in parts and as a whole.
type partialSet struct {
	truth   *coco.Dataset
	results []coco.Result
	params  Params
	places  map[coco.ID]uint64
}

// drawPartialSet returns a set of several images with the difficult cases of draw. Some sets
// have ids of images that are strings, or of more than 64 bits.
func drawPartialSet(rnd *rand.Rand) *partialSet {
	s := &partialSet{truth: new(coco.Dataset), places: map[coco.ID]uint64{}}
	for _, id := range []int64{7, 4, 1} {
		s.truth.Categories = append(s.truth.Categories, coco.Category{ID: id, Name: fmt.Sprint("class ", id)})
	}
	kind := rnd.IntN(4)
	ids := rnd.Perm(64)
	for range 1 + rnd.IntN(5) {
		truth, results, p := draw(rnd)
		s.params = *p
		to := map[coco.ID]coco.ID{}
		for _, img := range truth.Images {
			n := ids[len(s.truth.Images)]
			id := coco.IntID(int64(n)<<40 - 1<<44)
			switch kind {
			case 0:
				id = coco.StringID(fmt.Sprint("tile ", n))
			case 1:
				if err := id.UnmarshalJSON([]byte(fmt.Sprintf("%d000000000000000000000000", 2*n-61))); err != nil {
					panic(err)
				}
				if n%3 == 0 {
					id = coco.StringID(fmt.Sprint(n))
				}
			}
			to[img.ID], s.places[id] = id, uint64(len(s.truth.Images))
			img.ID = id
			s.truth.Images = append(s.truth.Images, img)
		}
		for _, a := range truth.Annotations {
			a.ID, a.ImageID = coco.IntID(int64(rnd.IntN(1<<20)<<8|len(s.truth.Annotations))-1<<27), to[a.ImageID]
			if rnd.IntN(9) == 0 {
				a.ID = coco.StringID(a.ID.String())
			}
			s.truth.Annotations = append(s.truth.Annotations, a)
		}
		for _, d := range results {
			if d.ImageID = to[d.ImageID]; rnd.IntN(20) == 0 {
				d.Score = -d.Score
			}
			s.results = append(s.results, d)
		}
	}
	rnd.Shuffle(len(s.results), func(i, j int) { s.results[i], s.results[j] = s.results[j], s.results[i] })
	return s
}

// somePartialSet returns a set that has a little of everything, and few thresholds.
func somePartialSet() *partialSet {
	for seed := uint64(1); ; seed++ {
		s := drawPartialSet(rand.New(rand.NewPCG(seed, 7)))
		if n := len(s.results); n >= 6 && n < 20 && len(s.truth.Annotations) > 3 && len(s.truth.Images) > 2 && len(s.params.IoU) == 2 {
			return s
		}
	}
}

// metric is the competition's for the set.
func (s *partialSet) metric() *HuBMAPOptions { return &HuBMAPOptions{IoU: .5, Class: "class 4"} }

// only returns a part of the set: what is on the images that part is true for.
func (s *partialSet) only(part func(coco.ID) bool) *partialSet {
	out := &partialSet{truth: &coco.Dataset{Categories: s.truth.Categories}, params: s.params, places: s.places}
	for _, img := range s.truth.Images {
		if part(img.ID) {
			out.truth.Images = append(out.truth.Images, img)
		}
	}
	for _, a := range s.truth.Annotations {
		if part(a.ImageID) {
			out.truth.Annotations = append(out.truth.Annotations, a)
		}
	}
	for _, d := range s.results {
		if part(d.ImageID) {
			out.results = append(out.results, d)
		}
	}
	if len(s.results) > 0 {
		if out.params.Part = PartBoxed; s.results[0].Missing.Has(coco.FieldBBox) {
			out.params.Part = PartUnboxed
		}
	}
	return out
}

// partial evaluates the set, and returns what that gives as a text.
func (s *partialSet) partial(t testing.TB, places bool) []byte {
	t.Helper()
	r, err := Evaluate(context.Background(), s.truth, coco.NewResults(s.results...), &s.params)
	if err != nil {
		t.Fatal(err)
	}
	o := &PartialOptions{HuBMAP: s.metric(), Label: []byte("label"), Groupings: []Grouping{{Name: "one"}, {Name: "thirds"}}}
	for i := range s.truth.Images {
		for k := range o.Groupings {
			o.Groupings[k].Groups = append(o.Groupings[k].Groups, groupOfImage(s.truth.Images[i].ID, k))
		}
		if places {
			o.Places = append(o.Places, s.places[s.truth.Images[i].ID])
		}
	}
	if places && o.Places == nil {
		o.Places = []uint64{}
	}
	p, err := r.Partial(o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// groupOfImage is the group of an image in a grouping.
func groupOfImage(id coco.ID, grouping int) string {
	sum := 0
	for _, b := range id.AppendJSON(nil) {
		sum += int(b)
	}
	return fmt.Sprint("group ", sum%(1+2*grouping))
}

// sameParts compares the scores of groups with those of one evaluation.
func (s *partialSet) sameParts(t testing.TB, m *Merged, r *Result) {
	t.Helper()
	if m.Parts("other", 0) != nil {
		t.Fatal("found parts of a grouping that no partial has")
	}
	for k, name := range []string{"one", "thirds"} {
		for _, iou := range []float64{0, r.Params.IoU[len(r.Params.IoU)-1]} {
			parts, err := r.Parts(context.Background(), Select{IoU: iou}, func(i int) string { return groupOfImage(s.truth.Images[i].ID, k) })
			if err != nil {
				t.Fatal(err)
			}
			if a, b := fmt.Sprint(m.Parts(name, iou)), fmt.Sprint(parts); a != b {
				t.Fatalf("%s at %v: found %s, expected %s", name, iou, a, b)
			}
		}
	}
}

// mergeTexts merges partials, and returns the partial of all.
func mergeTexts(texts ...[]byte) (*Merged, []byte, error) {
	var parts []*PartialReader
	for _, text := range texts {
		p, err := NewPartialReader(bytes.NewReader(text))
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, p)
	}
	var all bytes.Buffer
	m, err := MergePartials(&PartialOutput{W: &all}, parts...)
	return m, all.Bytes(), err
}

// same compares what was merged with one evaluation, bit for bit.
func (s *partialSet) same(t testing.TB, m *Merged, r *Result, score *HuBMAPScore) {
	t.Helper()
	if m.HuBMAP == nil || math.Float64bits(m.HuBMAP.AP) != math.Float64bits(score.AP) || m.HuBMAP.Truths != score.Truths || m.HuBMAP.Detections != score.Detections ||
		m.HuBMAP.Empty != score.Empty || m.HuBMAP.TruePositives != score.TruePositives || m.HuBMAP.Ignored != score.Ignored {
		t.Fatalf("HuBMAP %+v, expected %+v", m.HuBMAP, score)
	}
	var text [2][2]bytes.Buffer
	for i, c := range []*Curves{&r.Curves, &m.Curves} {
		if err := errors.Join(c.WriteSummary(&text[i][0]), c.WriteNPZ(&text[i][1])); err != nil {
			t.Fatal(err)
		}
	}
	for i := range text[0] {
		if !bytes.Equal(text[0][i].Bytes(), text[1][i].Bytes()) {
			t.Fatalf("found\n%.2000s\nexpected\n%.2000s", &text[1][i], &text[0][i])
		}
	}
	if !sameBits(m.Stats(), r.Stats()) {
		t.Fatalf("stats %v, expected %v", m.Stats(), r.Stats())
	}
	s.sameParts(t, m, r)
	for _, area := range r.Params.Areas {
		for _, limit := range r.Params.MaxDets {
			for _, iou := range []float64{0, r.Params.IoU[0], r.Params.IoU[len(r.Params.IoU)/2]} {
				for _, categories := range [][]int64{nil, {1}, {4, 7}} {
					of := Select{IoU: iou, Area: area.Name, MaxDets: limit, Categories: categories}
					if a, b := fmt.Sprint(m.Score(of)), fmt.Sprint(r.Score(of)); a != b {
						t.Fatalf("%+v: score %v, expected %v", of, a, b)
					}
					if m.Count(of) != r.Count(of) || m.Instances(of) != r.Instances(of) || !slices.Equal(m.Curve(of), r.Curve(of)) {
						t.Fatalf("%+v: another count or curve", of)
					}
				}
			}
		}
	}
	if m.Images != len(r.Images()) || m.Detections != len(s.results) {
		t.Fatalf("%d images and %d detections, expected %d and %d", m.Images, m.Detections, len(r.Images()), len(s.results))
	}
}

// checkPartials compares random partitions of a random set with one evaluation.
func checkPartials(t *testing.T, seed uint64) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 7))
	s := drawPartialSet(rnd)
	n := 1 + rnd.IntN(5)
	part := map[coco.ID]int{}
	for i := range s.truth.Images {
		part[s.truth.Images[i].ID] = rnd.IntN(n)
	}
	var texts [][]byte
	for k := range n {
		texts = append(texts, s.only(func(id coco.ID) bool { return part[id] == k }).partial(t, true))
	}
	r, err := Evaluate(context.Background(), s.truth, coco.NewResults(s.results...), &s.params)
	if err != nil {
		t.Fatal(err)
	}
	score, err := HuBMAP(s.truth, coco.NewResults(s.results...), s.metric())
	if err != nil {
		t.Fatal(err)
	}
	m, all, err := mergeTexts(texts...)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	s.same(t, m, r, score)
	// In two steps, and in another order.
	rnd.Shuffle(n, func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	k := rnd.IntN(n)
	if k > 0 {
		_, half, err := mergeTexts(texts[:k]...)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts[k:], half)
	}
	m, again, err := mergeTexts(texts...)
	if err != nil {
		t.Fatal(err)
	}
	s.same(t, m, r, score)
	if !bytes.Equal(all, again) {
		t.Fatalf("seed %d: the partial of all depends on how it was merged", seed)
	}
	// Parts that follow each other need no places.
	cut := rnd.IntN(len(s.truth.Images) + 1)
	first := s.only(func(id coco.ID) bool { return s.places[id] < uint64(cut) }).partial(t, false)
	rest := s.only(func(id coco.ID) bool { return s.places[id] >= uint64(cut) }).partial(t, false)
	if m, _, err = mergeTexts(first, rest); err != nil {
		t.Fatal(err)
	}
	s.same(t, m, r, score)
}

func TestPartials(t *testing.T) {
	for seed := range uint64(longtest.Share(1000, 40)) {
		checkPartials(t, seed)
	}
}

// FuzzPartialReader reads damaged partials, with and without a valid checksum.
func FuzzPartialReader(f *testing.F) {
	s := somePartialSet()
	text := s.partial(f, true)
	for _, at := range []int{0, 15, 40, len(text) / 2, len(text) - 40, len(text) - 1} {
		f.Add(text, at, byte(at))
	}
	f.Fuzz(func(t *testing.T, text []byte, at int, to byte) {
		changed := slices.Clone(text)
		if len(changed) > 0 {
			changed[uint(at)%uint(len(changed))] = to
		}
		resum(changed)
		for _, text := range [][]byte{text, changed} {
			m, all, err := mergeTexts(text)
			if err != nil {
				if !errors.Is(err, ErrPartial) && !errors.Is(err, ErrCategory) {
					t.Fatalf("another error: %v", err)
				}
				continue
			}
			again, _, err := mergeTexts(all)
			if err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
			if !sameBits(m.Stats(), again.Stats()) {
				t.Fatal("other numbers")
			}
		}
	})
}

// resum gives a partial the checksum of what it has.
func resum(text []byte) {
	e := newEncoder(new(bytes.Buffer))
	if n := len(text) - e.sum.Size(); n >= 0 {
		e.sum.Write(text[:n])
		copy(text[n:], e.sum.Sum(nil))
	}
}

// TestPartialDamage changes and cuts each byte of a partial.
func TestPartialDamage(t *testing.T) {
	s := somePartialSet()
	text := s.partial(t, true)
	for i := range text {
		if _, _, err := mergeTexts(text[:i]); !errors.Is(err, ErrPartial) {
			t.Fatalf("the first %d bytes: error %v", i, err)
		}
		changed := slices.Clone(text)
		changed[i] ^= 0x41
		if _, _, err := mergeTexts(changed); !errors.Is(err, ErrPartial) {
			t.Fatalf("byte %d: error %v", i, err)
		}
		resum(changed)
		if i < len(text)-32 {
			_, _, _ = mergeTexts(changed) // may be valid, and must not fail otherwise
		}
	}
	if _, _, err := mergeTexts(append(slices.Clone(text), 0)); !errors.Is(err, ErrPartial) || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("text after the end: error %v", err)
	}
	var p Partial
	if err := p.UnmarshalBinary(text); err != nil {
		t.Fatal(err)
	}
	if same, err := p.MarshalBinary(); err != nil || !bytes.Equal(same, text) {
		t.Errorf("another text, error %v", err)
	}
	if err := p.UnmarshalBinary(text[:len(text)-1]); !errors.Is(err, ErrPartial) {
		t.Errorf("a cut text: error %v", err)
	}
}

// readSet reads a set of one class.
func readSet(t *testing.T, images, annotations, results string) *partialSet {
	t.Helper()
	truth, err := coco.Decode(strings.NewReader(`{"images": [` + images + `], "annotations": [` + annotations + `], "categories": [{"id": 1, "name": "class 4"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	list, err := coco.DecodeResults(strings.NewReader("[" + results + "]"))
	if err != nil {
		t.Fatal(err)
	}
	s := &partialSet{truth: truth, results: list.List(), params: Params{Part: APart, SkipUnknownCategories: true}, places: map[coco.ID]uint64{}}
	for i := range truth.Images {
		n, _ := truth.Images[i].ID.Int()
		s.places[truth.Images[i].ID] = uint64(n)
	}
	return s
}

// TestPartialRefusals merges what does not belong together.
func TestPartialRefusals(t *testing.T) {
	set := func(image, annotation int, results string) *partialSet {
		return readSet(t, fmt.Sprintf(`{"id": %d, "height": 9, "width": 9}`, image),
			fmt.Sprintf(`{"id": %d, "image_id": %d, "category_id": 1, "area": 4, "segmentation": [[0,0,2,0,2,2,0,2]]}`, annotation, image), results)
	}
	const boxed = `{"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [0,0,2,2], "segmentation": [[0,0,2,0,2,2,0,2]]}`
	const bare = `{"image_id": 2, "category_id": 1, "score": 0.5, "segmentation": [[0,0,2,0,2,2,0,2]]}`
	const other = `{"image_id": 2, "category_id": 3, "score": 0.5, "bbox": [0,0,2,2], "segmentation": [[0,0,2,0,2,2,0,2]]}`
	change := func(s *partialSet, f func(s *partialSet)) *partialSet {
		f(s)
		return s
	}
	for _, c := range []struct {
		name     string
		a, b     *partialSet
		absolute bool
		part     string // of the error; empty: none
	}{
		{"fine", set(1, 1, boxed), set(2, 2, ""), true, ""},
		{"no order", set(1, 1, boxed), set(2, 2, ""), false, ""},
		{"only unknown categories in a part", set(1, 1, boxed), set(2, 2, other), true, ""},
		{"only unknown categories", set(1, 1, ""), set(2, 2, other), true, "no detection has a category of the ground truth"},
		{"the same image", set(1, 1, boxed), set(1, 2, ""), true, "image 1 is in a and in b: each image belongs in one part"},
		{"the same annotation", set(1, 7, boxed), set(2, 7, ""), true, "the annotation id 7 is in a and in b"},
		{"boxes and none", set(1, 1, boxed), set(2, 2, bare), true, "b: unusable partial evaluation: its first detection has a box and that of a has none, or"},
		{"areas of masks", change(set(1, 1, boxed), func(s *partialSet) { s.params.MaskAreas = true }),
			change(set(2, 2, bare), func(s *partialSet) { s.params.MaskAreas = true }), true, ""},
		{"one place", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.places = map[coco.ID]uint64{coco.IntID(2): 1} }), true,
			"image 1 of a and image 2 of b have the same place in the ground truth"},
		{"thresholds", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.params.IoU = []float64{.5} }), true,
			"b: unusable partial evaluation: it has other IoU thresholds than a: make all parts with the same options"},
		{"recalls", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.params.Recall = []float64{.5} }), true, "other recalls"},
		{"limits", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.params.MaxDets = []int{3} }), true, "other limits"},
		{"areas", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.params.Areas = []AreaRange{{"all", 0, 1e9}} }), true, "other area ranges"},
		{"type", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.params.Type = Boundary }), true, "another type (boundary, not segm)"},
		{"rules", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) { s.params.StrictPycocotools = true }), true, "other rules"},
		{"categories", set(1, 1, boxed), change(set(2, 2, ""), func(s *partialSet) {
			s.truth.Categories = append(s.truth.Categories, coco.Category{ID: 5, Name: "five"})
		}), true, "other categories"},
	} {
		a, b := c.a.partial(t, c.absolute), c.b.partial(t, c.absolute)
		var parts []*PartialReader
		for i, text := range [][]byte{a, b} {
			p, err := NewPartialReader(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if p.Name = string(rune('a' + i)); string(p.Label()) != "label" {
				t.Errorf("label %q", p.Label())
			}
			parts = append(parts, p)
		}
		_, err := MergePartials(nil, parts...)
		if (err == nil) != (c.part == "") || err != nil && !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: error %v, expected %q", c.name, err, c.part)
		}
		if _, err := MergePartials(nil, parts[0]); err == nil || !strings.Contains(err.Error(), "merged before") {
			t.Errorf("%s: used again: error %v", c.name, err)
		}
	}
	if _, err := MergePartials(nil); !errors.Is(err, ErrPartial) {
		t.Errorf("nothing merged: error %v", err)
	}
}

// TestPartialForm refuses what is no partial, and one of another version.
func TestPartialForm(t *testing.T) {
	text := somePartialSet().partial(t, true)
	next := slices.Clone(text)
	next[len(partialMagic)-1]++
	for _, c := range []struct{ text, part string }{
		{"", "begins with"},
		{"[]", "expected a file that begins with \"hubdata partial\""},
		{strings.Repeat("{}", 100), "expected a file that begins with"},
		{string(text[:9]), "it ends in the middle"},
		{string(next), "found version 3, expected 2"},
	} {
		if _, err := NewPartialReader(strings.NewReader(c.text)); !errors.Is(err, ErrPartial) || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%.20q: error %v, expected %q", c.text, err, c.part)
		}
	}
}

// TestPartialNeedsAll refuses evaluations of some images of a ground truth.
func TestPartialNeedsAll(t *testing.T) {
	s := somePartialSet()
	r, err := Evaluate(context.Background(), s.truth, coco.NewResults(s.results...), &s.params)
	if err != nil {
		t.Fatal(err)
	}
	some, err := r.Subset(context.Background(), []int{0})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := some.Partial(nil); !errors.Is(err, ErrParams) {
		t.Errorf("a subset: error %v", err)
	}
	if _, err := r.Partial(&PartialOptions{Places: []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7}}); !errors.Is(err, ErrParams) {
		t.Errorf("places of other images: error %v", err)
	}
	s.params.Images = []coco.ID{s.truth.Images[0].ID}
	if r, err = Evaluate(context.Background(), s.truth, coco.NewResults(s.results...), &s.params); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Partial(nil); !errors.Is(err, ErrParams) {
		t.Errorf("chosen images: error %v", err)
	}
}
