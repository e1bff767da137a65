package check

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Count is the number of findings of a code.
type Count struct {
	Code     coco.Code     `json:"code"`
	Severity coco.Severity `json:"severity"`
	Count    int           `json:"count"`
	About    string        `json:"about"`            // as in [Rule]
	Outcome  Outcome       `json:"outcome,omitzero"` // for the given consumer
	Does     string        `json:"does,omitempty"`   // what the consumer does
	Fix      string        `json:"fix,omitempty"`    // as in [Rule]
}

// CountCodes counts findings by code. The most severe codes come first, then the order
// is that of the rules. Codes without a rule are not counted. If c is not empty, each
// count includes the effect on that consumer.
func CountCodes(list []coco.Finding, rules []Rule, c Consumer) []Count {
	n := map[coco.Code]int{}
	for i := range list {
		n[list[i].Code]++
	}
	out := []Count{}
	for i := range rules {
		r := &rules[i]
		if n[r.Code] == 0 {
			continue
		}
		e := r.Effect(c)
		out = append(out, Count{Code: r.Code, Severity: r.Severity, Count: n[r.Code], About: r.About, Outcome: e.Outcome, Does: e.Does, Fix: r.Fix})
	}
	slices.SortStableFunc(out, func(a, b Count) int { return int(b.Severity) - int(a.Severity) })
	return out
}

// CountSeverities counts findings by severity, which is the index.
func CountSeverities(list []coco.Finding) (n [coco.SeverityError + 1]int) {
	for i := range list {
		n[list[i].Severity]++
	}
	return n
}
