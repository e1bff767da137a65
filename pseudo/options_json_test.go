package pseudo

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// TestOptionsAreData writes options as JSON and reads the same.
func TestOptionsAreData(t *testing.T) {
	all := Default()
	all.Models = []Model{{Name: "a\"\u2028", Weight: 2}, {Name: "b", Weight: 0, Suppress: &Suppression{Method: SoftNMS, IoU: -1, By: ByMask, Decay: Linear, Sigma: .3, MinScore: .01}}}
	all.Fusion = Fusion{Method: SoftNMS, IoU: -1, Skip: .25, Confidence: ConfAbsentModelAwareAvg, AllowOverflow: true, Decay: Linear, Sigma: .125, MinScore: .5, Weights: []float64{1, 0}}
	all.By, all.Vote, all.MaskAbove, all.NonOverlap, all.ExcludeIoF = ByMask, Vote{VoteBest, -1, true}, -1, true, .75
	var err error
	if all.Post, err = rle.ParseSteps("open:cross:3,fill,largest,min-area:40,dilate:ellipse:5:2"); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{Default(), Winner(), all} {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var again Options
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(o, again) {
			t.Errorf("%s became %+v", text, again)
		}
		if strings.Contains(string(text), "unknown") {
			t.Errorf("%s", text)
		}
	}
	for _, text := range []string{`{"fusion": {"method": "mean"}}`, `{"by": "outline"}`, `{"post": ["fill,largest"]}`, `{"vote": {"rule": 3}}`, `{"fusion": {"decay": ""}}`, `{"fusion": {"confidence": "no"}}`} {
		if err := json.Unmarshal([]byte(text), new(Options)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
