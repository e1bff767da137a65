package paint

import (
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// TestBoxes: where an instance or a prediction has no mask, all are matched by boxes, and
// those without a mask are drawn as boxes.
func TestBoxes(t *testing.T) {
	const (
		boxes = `"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[4,4,10,10],"area":100,"iscrowd":0},{"id":2,"image_id":1,"category_id":1,"bbox":[20,20,8,8],"area":64,"iscrowd":0}]`
		mixed = `"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[4,4,10,10],"area":100,"iscrowd":0},{"id":2,"image_id":1,"category_id":1,"segmentation":[[20,20,28,20,28,28,20,28]],"bbox":[20,20,8,8],"area":64,"iscrowd":0}]`
		// Its first mask fills its box by half.
		masks = `"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[4,4,14,4,4,14]],"bbox":[4,4,10,10],"area":50,"iscrowd":0},{"id":2,"image_id":1,"category_id":1,"segmentation":[[20,20,28,20,28,28,20,28]],"bbox":[20,20,8,8],"area":64,"iscrowd":0}]`

		found      = `[{"image_id":1,"category_id":1,"bbox":[4,4,10,9],"score":0.9},{"image_id":1,"category_id":1,"bbox":[2,20,8,8],"score":0.8}]`
		foundMasks = `[{"image_id":1,"category_id":1,"segmentation":[[4,4,14,4,14,13,4,13]],"score":0.9},{"image_id":1,"category_id":1,"segmentation":[[2,20,10,20,10,28,2,28]],"score":0.8}]`
	)
	for _, c := range []struct {
		name, annotations, results string
		byBoxes                    bool
		found                      int
	}{
		{"boxes", boxes, found, true, 1},
		{"mixed", mixed, found, true, 1},
		{"masks and boxes", masks, found, true, 1},
		{"boxes and masks", boxes, foundMasks, true, 1},
		{"masks", masks, foundMasks, false, 0},
	} {
		s := NewScene(labels(t, `{"images":[{"id":1,"file_name":"a.png","height":32,"width":32}],`+c.annotations+
			`,"categories":[{"id":1,"name":"v"}]}`), Filter{})
		list, err := coco.DecodeResults(strings.NewReader(c.results))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Predict(t.Context(), &preds.Detections{Name: "p.json", List: *list}, 0.7, 1); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		p := NewPainter(s, noImages(s), []int{0}, Options{Side: 64})
		tile, err := p.Paint(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if s.MatchesBoxes() != c.byBoxes || tile.Score.Found != c.found || tile.Score.Missed != 2-c.found ||
			tile.Score.False != 2-c.found || tile.Faults.NoMask != 0 {
			t.Errorf("%s: by boxes %v, %+v, %+v", c.name, s.MatchesBoxes(), tile.Score, tile.Faults)
		}
		_, predicted := s.instances(0)
		if states := []eval.State{predicted[1].state, predicted[0].state}; c.found == 1 &&
			!slices.Equal(states, []eval.State{eval.Matched, eval.Unmatched}) {
			t.Errorf("%s: %v", c.name, states)
		}
	}
}
