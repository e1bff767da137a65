package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
)

// TestMeasured compares the rules with what reference/consumers.py measured. A rule has
// one outcome per consumer; if variants of a fault differ, it is one of theirs. The
// rules of pycocotools say what its scores do, which reference/check.py compares.
func TestMeasured(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(golden.Repository(t), "reference", "consumers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Rows []struct {
			Consumer Consumer
			Code     coco.Code
			Outcome  string
			Version  string
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	type key struct {
		consumer Consumer
		code     coco.Code
	}
	// What these rules say is not what loading shows.
	otherwise := map[key]string{
		{MMDet2, CrowdMissing}:         "its evaluation needs it",
		{MMDet3, CrowdMissing}:         "its evaluation needs it",
		{Detectron2, CrowdMissing}:     "its evaluation needs it",
		{Detectron2, AreaMissing}:      "its evaluation needs it",
		{Detectron2, SegmentationNone}: "measured with masks only if there are any",
		{Detectron2, CategoryGroup}:    "measured by names; its labels are numbers",
		{MMDet2, RingOdd}:              "the number ignored was the one too many",
	}
	outcomes := map[key]map[string]bool{}
	seen := map[Consumer]bool{Kaggle: true}
	for _, r := range table.Rows {
		k := key{r.Consumer, r.Code}
		if outcomes[k] == nil {
			outcomes[k] = map[string]bool{}
		}
		outcomes[k][r.Outcome] = true
		seen[r.Consumer] = true
		if r.Version == "" || RuleOf(r.Code) == nil {
			t.Errorf("%+v has no version or no rule", r)
		}
	}
	for k, of := range outcomes {
		if got := RuleOf(k.code).Effect(k.consumer).Outcome; k.consumer != Pycocotools && !of[got.String()] != (otherwise[k] != "") {
			t.Errorf("%s: %s: the rule says %s, measured %v", k.code, k.consumer, got, of)
		}
	}
	for _, c := range Consumers() {
		if !seen[c] {
			t.Errorf("%s was not measured", c)
		}
	}
	for code, list := range measured {
		for _, e := range list {
			if outcomes[key{e.Consumer, code}] == nil && code != CrowdAll {
				t.Errorf("%s: the effect on %s was not measured", code, e.Consumer)
			}
		}
	}
}
