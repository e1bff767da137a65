package coco

import "slices"

// Code names a kind of problem. Codes do not change between versions.
type Code string

// Severity says how bad a problem is.
type Severity uint8

// The severities, the least first.
const (
	SeverityNote    Severity = iota // worth knowing; nothing is wrong
	SeverityWarning                 // a consumer loses data without a word, or takes it for something else
	SeverityError                   // a consumer fails, or its numbers are wrong
)

var severityNames = []string{"note", "warning", "error"}

// String returns note, warning or error.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "unknown"
}

// ParseSeverity reads what String returns.
func ParseSeverity(name string) (Severity, bool) {
	i := slices.Index(severityNames, name)
	return Severity(max(i, 0)), i >= 0
}

// Consumer is a tool that reads COCO files.
type Consumer string

// The consumers that rules tell of.
const (
	MMDet2      Consumer = "mmdet2"      // MMDetection 2.x, training with masks
	MMDet3      Consumer = "mmdet3"      // MMDetection 3.x, training with masks and the usual filter_cfg
	Pycocotools Consumer = "pycocotools" // COCO and COCOeval
	Detectron2  Consumer = "detectron2"  // load_coco_json and the training loader
	YOLO        Consumer = "yolo"        // ultralytics: convert_coco and the labels' cache
	Kaggle      Consumer = "kaggle"      // the competition's scorer, the masks being a submission's
)

// Consumers returns all consumers.
func Consumers() []Consumer {
	return []Consumer{MMDet2, MMDet3, Pycocotools, Detectron2, YOLO, Kaggle}
}

// Outcome is what a problem makes of a consumer.
type Outcome uint8

// The outcomes.
const (
	Fails    Outcome = iota // it stops with an error
	Drops                   // it leaves data out without a word
	Misreads                // it goes on with something else than was meant
)

// String returns fails, drops or misreads.
func (o Outcome) String() string {
	switch o {
	case Fails:
		return "fails"
	case Drops:
		return "drops"
	}
	return "misreads"
}

// Effect is what a consumer does with a problem.
type Effect struct {
	Consumer Consumer
	Outcome  Outcome
	Does     string
}

// Rule is what is known of a kind of problem.
type Rule struct {
	Code     Code
	Severity Severity
	About    string // what is wrong
	Why      string // why that matters, beyond the effects; may be empty
	Effects  []Effect
	Fix      string // what Fix does; empty: nothing
}

// Effect returns what a consumer does with the problem, and false if it does not mind.
func (r *Rule) Effect(c Consumer) (Effect, bool) {
	i := slices.IndexFunc(r.Effects, func(e Effect) bool { return e.Consumer == c })
	if i < 0 {
		return Effect{}, false
	}
	return r.Effects[i], true
}

// Rules returns all rules, in the order in which a file is looked at.
func Rules() []Rule { return slices.Clone(rules) }

// RuleOf returns the rule of a code, nil if there is none.
func RuleOf(code Code) *Rule {
	if i, ok := ruleAt[code]; ok {
		return &rules[i]
	}
	return nil
}

var ruleAt = func() map[Code]int {
	at := make(map[Code]int, len(rules))
	for i := range rules {
		at[rules[i].Code] = i
	}
	return at
}()

// effects joins the effects of several consumers.
func effects(lists ...[]Effect) []Effect { return slices.Concat(lists...) }

func on(outcome Outcome, does string, consumers ...Consumer) []Effect {
	var out []Effect
	for _, c := range consumers {
		out = append(out, Effect{c, outcome, does})
	}
	return out
}
