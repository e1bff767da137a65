package evalcmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// parseGrid reads 0.6 or 0.5,0.75 or 0.5:0.95:0.05, the value of a flag; nil: empty.
func parseGrid(flag, text string, zero bool) ([]float64, error) {
	if text == "" && flag != "iou" {
		return nil, nil
	}
	above := "above 0 and up to 1"
	if zero {
		above = "from 0 to 1"
	}
	var out []float64
	bad := ui.Usagef("--%s: %q is not like 0.6 or 0.5,0.75 or 0.5:0.95:0.05, of numbers %s", flag, text, above)
	for part := range strings.SplitSeq(text, ",") {
		var v [3]float64
		words := strings.Split(strings.TrimSpace(part), ":")
		for i, w := range words {
			f, err := strconv.ParseFloat(w, 64)
			if err != nil || i > 2 || !(f >= 0 && f <= 1) || f == 0 && (!zero || i == 2) {
				return nil, bad
			}
			v[i] = f
		}
		switch {
		case len(words) == 1:
			out = append(out, v[0])
		case len(words) == 3 && v[1] >= v[0] && (v[1]-v[0])/v[2] < 1000:
			n := int((v[1]-v[0])/v[2]+1e-9) + 1
			out = append(out, eval.Linspace(v[0], v[0]+float64(float64(n-1)*v[2]), n)...)
		default:
			return nil, bad
		}
	}
	return out, nil
}

// parseAreas reads classes of area; all comes first.
func parseAreas(text string) ([]eval.AreaRange, error) {
	if text == "" {
		return nil, nil
	}
	out := []eval.AreaRange{{Name: "all", Min: 0, Max: 1e10}}
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Split(strings.TrimSpace(part), ":")
		if len(words) != 3 || words[0] == "" {
			return nil, ui.Usagef("--areas: %q is not NAME:FROM:TO", part)
		}
		a := eval.AreaRange{Name: words[0]}
		for i, v := range []*float64{&a.Min, &a.Max} {
			f, err := strconv.ParseFloat(words[i+1], 64)
			if err != nil || !(f >= 0) {
				return nil, ui.Usagef("--areas: %q is not a number of pixels", words[i+1])
			}
			*v = f
		}
		if a.Max < a.Min || slices.ContainsFunc(out, func(o eval.AreaRange) bool { return o.Name == a.Name }) {
			return nil, ui.Usagef("--areas: %q ends before it begins, or is a duplicate", part)
		}
		out = append(out, a)
	}
	return out, nil
}
