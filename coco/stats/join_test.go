package stats_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/rle"
)

// joinFile returns a dataset of n images, some of them without annotations.
func joinFile(t *testing.T, rng *rand.Rand, n int) *coco.Dataset {
	t.Helper()
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}}}
	for i := range n {
		d.Images = append(d.Images, coco.Image{ID: coco.IntID(int64(50 - i)), FileName: fmt.Sprintf("%d.png", i), Height: 20,
			Width: 20})
		for range rng.IntN(4) {
			k := len(d.Annotations)
			d.Annotations = append(d.Annotations, coco.Annotation{ID: coco.IntID(int64(k)), ImageID: d.Images[i].ID,
				CategoryID: int64(1 + k%2), BBox: rle.Box{W: float64(1 + k)}})
		}
	}
	var text bytes.Buffer
	if err := d.Encode(&text); err != nil {
		t.Fatal(err)
	}
	d, err := coco.Decode(&text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// joined lists what a join yields: each image with the indices of its annotations.
func joined(seq iter.Seq2[*stats.AnnotatedImage, error]) (list []string, err error) {
	for t, err := range seq {
		if err != nil {
			return list, err
		}
		for k, a := range t.Annotations {
			if a.ImageID != t.Image.ID {
				return nil, fmt.Errorf("annotation %d is of image %s, not %s", t.Places[k], a.ImageID, t.Image.ID)
			}
		}
		list = append(list, fmt.Sprint(t.Place, t.Image.FileName, t.Places))
	}
	return list, nil
}

func records(d *coco.Dataset) iter.Seq2[coco.Record, error] {
	return func(yield func(coco.Record, error) bool) {
		for i := range d.Images {
			if !yield(&d.Images[i], nil) {
				return
			}
		}
		for i := range d.Annotations {
			if !yield(&d.Annotations[i], nil) {
				return
			}
		}
		for i := range d.Categories {
			if !yield(&d.Categories[i], nil) {
				return
			}
		}
	}
}

// TestJoinStream compares the stream with the dataset in memory: it yields the same
// images with the same annotations, or ErrOrder.
func TestJoinStream(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	refused, streamed := 0, 0
	for round := range 300 {
		d := joinFile(t, rng, 1+rng.IntN(8))
		if round%3 == 0 && len(d.Annotations) > 1 { // the annotations of an image may get separated
			i, k := rng.IntN(len(d.Annotations)), rng.IntN(len(d.Annotations))
			d.Annotations[i], d.Annotations[k] = d.Annotations[k], d.Annotations[i]
		}
		newJoin := func() *stats.Join {
			begun := 0
			return &stats.Join{
				Begin: func(images []*coco.Image) error {
					if begun++; begun > 1 || len(images) != len(d.Images) {
						t.Errorf("begun %d times with %d images, want %d", begun, len(images), len(d.Images))
					}
					return nil
				},
				KeepImage:      func(place int, img *coco.Image) (bool, error) { return place != 1, nil },
				KeepAnnotation: func(a *coco.Annotation) bool { return round%2 == 0 || a.CategoryID == 1 },
			}
		}
		want, err := joined(newJoin().Dataset(d))
		if err != nil {
			t.Fatal(err)
		}
		got, err := joined(newJoin().Stream(records(d)))
		together := true
		seen := map[coco.ID]bool{}
		for i, a := range d.Annotations {
			if i > 0 && d.Annotations[i-1].ImageID != a.ImageID {
				together = together && !seen[a.ImageID]
			}
			seen[a.ImageID] = true
		}
		if errors.Is(err, stats.ErrOrder) == together {
			t.Fatalf("together: %t, error %v", together, err)
		}
		if !together {
			refused++
			continue
		}
		streamed++
		if slices.Sort(got); err != nil || !slices.Equal(got, sorted(want)) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
	}
	if refused == 0 || streamed == 0 {
		t.Errorf("%d refused, %d streamed", refused, streamed)
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// TestJoinOrder checks that Stream refuses an image after an annotation, and
// annotations before all images.
func TestJoinOrder(t *testing.T) {
	image, other := &coco.Image{ID: coco.IntID(1)}, &coco.Image{ID: coco.IntID(2)}
	annotation := &coco.Annotation{ImageID: coco.IntID(1)}
	for _, list := range [][]coco.Record{{image, annotation, other}, {annotation, image}} {
		seq := func(yield func(coco.Record, error) bool) {
			for _, r := range list {
				if !yield(r, nil) {
					return
				}
			}
		}
		if _, err := joined((&stats.Join{}).Stream(seq)); !errors.Is(err, stats.ErrOrder) {
			t.Errorf("%T first: %v", list[0], err)
		}
	}
}

// TestJoinBad checks that errors name the place of a record, both from a stream and in
// memory.
func TestJoinBad(t *testing.T) {
	image := `{"id":1,"file_name":"a.png","height":20,"width":20}`
	ann := `{"id":1,"image_id":1,"category_id":1,"segmentation":[[1,1,9,1,9,9]]}`
	gone := errors.New("gone")
	begin := &stats.Join{Begin: func([]*coco.Image) error { return gone }}
	keep := &stats.Join{KeepImage: func(int, *coco.Image) (bool, error) { return true, gone }}
	for _, tt := range []struct {
		join                *stats.Join
		images, annotations string
		want                string
	}{
		{&stats.Join{}, image, ann + `,{"id":2,"image_id":5,"category_id":1}`,
			"annotations[1].image_id: found 5, but no image has this id"},
		{&stats.Join{}, image + `,{"id":2},` + image, ann, "images[2].id: found 1, but images[0] also has this id"},
		{&stats.Join{}, image + `,` + image, "", "images[1].id: found 1, but images[0] also has this id"},
		{&stats.Join{}, `{"id":1,"height":20}`, ann,
			"images[0].width: found none, expected the image's size in pixels: annotations[0].segmentation needs it"},
		{&stats.Join{}, `{"id":1,"width":20}`, ann,
			"images[0].height: found none, expected the image's size in pixels: annotations[0].segmentation needs it"},
		{begin, image, ann, "gone"},
		{begin, image, "", "gone"},
		{keep, image, ann, "gone"},
		{keep, image, "", "gone"},
	} {
		text := fmt.Sprintf(`{"images":[%s],"annotations":[%s]}`, tt.images, tt.annotations)
		d, err := coco.Decode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for name, seq := range map[string]iter.Seq2[*stats.AnnotatedImage, error]{
			"stream": tt.join.Stream(coco.NewReader(strings.NewReader(text)).Records()), "dataset": tt.join.Dataset(d),
		} {
			_, err := joined(seq)
			var record *stats.RecordError
			if err == nil || err.Error() != tt.want || errors.As(err, &record) != (tt.want != "gone") {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
		}
	}
	var data *coco.Error
	if _, err := joined((&stats.Join{}).Stream(coco.NewReader(strings.NewReader(`{"images":[`)).Records())); !errors.As(
		err, &data) {
		t.Errorf("a cut file: %v", err)
	}
}

func TestJoinResults(t *testing.T) {
	images := []coco.Image{{ID: coco.IntID(1), Height: 9, Width: 9}, {ID: coco.IntID(2), Height: 9, Width: 9}}
	list := []coco.Result{
		{ImageID: coco.IntID(2), CategoryID: 1, BBox: rle.Box{W: 3, H: 2}, Score: 0.25},
		{ImageID: coco.IntID(1), CategoryID: 1, BBox: rle.Box{W: 4, H: 2}, Score: 0.5},
		{ImageID: coco.IntID(2), CategoryID: 2, BBox: rle.Box{W: 5, H: 2}, Score: 1},
	}
	var got []string
	for tile, err := range (&stats.Join{}).Results(images, list) {
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range tile.Annotations {
			got = append(got, fmt.Sprintf("%s: %v %s", tile.Image.ID, a.BBox.W, a.Extra.Get("score")))
		}
	}
	if want := []string{"1: 4 0.5", "2: 3 0.25", "2: 5 1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, err := joined((&stats.Join{KeepScore: func(score float64) bool { return score > 0.4 }}).Results(images,
		list)); err != nil || len(got) != 2 {
		t.Errorf("with a score above 0.4: %q, %v", got, err)
	}
	list[1].Missing = coco.FieldScore
	if _, err := joined((&stats.Join{}).Results(images, list)); err == nil ||
		err.Error() != "[1].score: found none, expected a score: this may be a file of labels, not predictions" {
		t.Errorf("without a score: %v", err)
	}
	list[1].Missing, list[1].ImageID = 0, coco.IntID(7)
	if _, err := joined((&stats.Join{}).Results(images, list)); err == nil ||
		err.Error() != "[1].image_id: found 7, but no image has this id" {
		t.Errorf("%v", err)
	}
}

// TestJoinCollect checks that measuring from a stream gives the result of
// [stats.Collect].
func TestJoinCollect(t *testing.T) {
	d := joinFile(t, rand.New(rand.NewPCG(2, 2)), 30)
	all, err := stats.Collect(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	var c stats.Collector
	var m stats.Measurer
	for t1, err := range (&stats.Join{}).Stream(records(d)) {
		if err != nil {
			t.Fatal(err)
		}
		tile, err := m.Measure(t1.Image.Height, t1.Image.Width, t1.Annotations)
		if err != nil {
			t.Fatal(err)
		}
		c.Add(tile)
	}
	for _, m := range stats.Measures() {
		a, _ := json.Marshal(all.Group(stats.Key{}).Values(m).Summary())
		b, _ := json.Marshal(c.Group(stats.Key{}).Values(m).Summary())
		if string(a) != string(b) {
			t.Errorf("%s: %s, want %s", m, b, a)
		}
	}
}

// TestJoinLeave checks that a sequence ends when the loop over it does.
func TestJoinLeave(t *testing.T) {
	d := joinFile(t, rand.New(rand.NewPCG(3, 3)), 9)
	for _, seq := range []iter.Seq2[*stats.AnnotatedImage, error]{(&stats.Join{}).Stream(records(d)),
		(&stats.Join{}).Dataset(d)} {
		n := 0
		for range seq {
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%d images", n)
		}
	}
}
