package check

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Consumer is a tool that reads COCO files.
type Consumer string

// The consumers that rules know.
const (
	MMDet2      Consumer = "mmdet2"      // MMDetection 2.x, training with masks
	MMDet3      Consumer = "mmdet3"      // MMDetection 3.x, training with masks and the usual filter_cfg
	Pycocotools Consumer = "pycocotools" // COCO and COCOeval
	Detectron2  Consumer = "detectron2"  // load_coco_json and the training loader
	YOLO        Consumer = "yolo"        // ultralytics 8.4: convert_coco and the labels' cache
	Kaggle      Consumer = "kaggle"      // the competition's scorer, given the masks as a submission
)

// Consumers returns all consumers.
func Consumers() []Consumer {
	return []Consumer{MMDet2, MMDet3, Pycocotools, Detectron2, YOLO, Kaggle, Torchvision, Transformers, RTDETR, RFDETR, SAHI, Supervision, Datumaro, LabelStudio, CVAT}
}

// Outcome is the effect of a finding on a consumer.
type Outcome uint8

// The outcomes.
const (
	Unaffected Outcome = iota
	Fails              // it stops with an error
	Drops              // it silently leaves data out
	Misreads           // it continues with something other than was meant
)

var outcomeNames = []string{"unaffected", "fails", "drops", "misreads"}

// String returns unaffected, fails, drops or misreads.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// MarshalText returns the same name as String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Effect describes what a consumer does if a rule is broken.
type Effect struct {
	Consumer Consumer `json:"consumer"`
	Outcome  Outcome  `json:"outcome"`
	Does     string   `json:"does"`
}

// Rule describes a kind of finding.
type Rule struct {
	Code     coco.Code     `json:"code"`
	Severity coco.Severity `json:"severity"`
	About    string        `json:"about"`         // what is wrong
	Why      string        `json:"why,omitempty"` // why that matters apart from the effects; may be empty
	Effects  []Effect      `json:"effects"`
	Fix      string        `json:"fix,omitempty"` // what [Fix] does; empty: nothing
}

// Effect returns what a consumer does if the rule is broken. The outcome may be
// [Unaffected].
func (r *Rule) Effect(c Consumer) Effect {
	if i := slices.IndexFunc(r.Effects, func(e Effect) bool { return e.Consumer == c }); i >= 0 {
		return r.Effects[i]
	}
	return Effect{Consumer: c}
}

// Rules returns all rules, in the order in which a file is checked.
func Rules() []Rule { return slices.Clone(rules) }

// RuleOf returns the rule of a code, or nil if there is none.
func RuleOf(code coco.Code) *Rule {
	if i, ok := ruleAt[code]; ok {
		return &rules[i]
	}
	return nil
}

var ruleAt = func() map[coco.Code]int {
	at := make(map[coco.Code]int, len(rules))
	for i := range rules {
		at[rules[i].Code] = i
	}
	return at
}()

// effects joins lists of effects.
//
//go:noinline
func effects(lists ...[]Effect) []Effect { return slices.Concat(lists...) }

// on returns the effect on each of some consumers. It is called hundreds of times at the start:
// inlined, that would be a tenth of a megabyte of code.
//
//go:noinline
func on(outcome Outcome, does string, consumers ...Consumer) []Effect {
	var out []Effect
	for _, c := range consumers {
		out = append(out, Effect{c, outcome, does})
	}
	return out
}
