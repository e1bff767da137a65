package checkcmd

import (
	"maps"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// mostListed is how many findings of a code the command lists. All are counted.
const mostListed = 10000

// findings are all counted, and the first of each code kept: millions of bad lines take little memory.
type findings struct {
	most     int // of a code that are kept; 0: all
	list     []coco.Finding
	codes    map[coco.Code]int // all
	severity [coco.SeverityError + 1]int
	kept     map[coco.Code]int // in list
}

// add counts a finding.
func (f *findings) add(found coco.Finding) {
	if f.codes == nil {
		f.codes = map[coco.Code]int{}
	}
	f.codes[found.Code]++
	f.severity[found.Severity]++
	f.keep(found)
}

// keep appends a finding, unless there are enough of its code.
func (f *findings) keep(found coco.Finding) {
	if f.kept == nil {
		f.kept = map[coco.Code]int{}
	}
	if f.most > 0 && f.kept[found.Code] >= f.most {
		return
	}
	f.kept[found.Code]++
	f.list = append(f.list, found)
}

// fixable reports whether --fix does something about one of the findings.
func (f *findings) fixable() bool {
	for code := range f.codes {
		if Rule(code).Fix != "" {
			return true
		}
	}
	return false
}

// merged returns the findings of f and then those of more, in the order of compare if that is not nil.
func (f *findings) merged(more *findings, compare func(a, b coco.Finding) int) *findings {
	all := slices.Concat(f.list, more.list)
	if compare != nil {
		slices.SortStableFunc(all, compare)
	}
	out := &findings{most: f.most, codes: map[coco.Code]int{}, severity: f.severity}
	for _, found := range all {
		out.keep(found)
	}
	maps.Copy(out.codes, f.codes)
	for code, n := range more.codes {
		out.codes[code] += n
	}
	for severity, n := range more.severity {
		out.severity[severity] += n
	}
	return out
}
