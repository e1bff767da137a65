package statscmd

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/hubdata/hubdata/coco/stats"
)

// csv writes a row for each set, group and measure, of a comparison one for each
// group and measure that were compared.
func (r *report) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	summary := func(s *stats.Summary) []string {
		row := []string{strconv.Itoa(s.N)}
		for _, v := range []float64{s.Mean, s.Std, s.Min, s.P05, s.P25, s.Median, s.P75, s.P95, s.Max} {
			if s.N == 0 {
				row = append(row, "")
			} else {
				row = append(row, f(v))
			}
		}
		return row
	}
	columns := []string{"n", "mean", "std", "min", "p05", "p25", "median", "p75", "p95", "max"}
	if r.Shifts != nil {
		head := []string{"by", "name", "measure", "unit"}
		for _, side := range []string{"a_", "b_"} {
			for _, c := range columns {
				head = append(head, side+c)
			}
		}
		_ = out.Write(append(head, "ks", "wasserstein", "verdict")) // errors stick until Flush
		for _, s := range r.Shifts {
			row := append([]string{s.By, s.Name, s.Measure.String(), s.Measure.Unit()}, summary(&s.A)...)
			row = append(row, summary(&s.B)...)
			_ = out.Write(append(row, f(s.KS), f(s.Wasserstein), s.Verdict.String()))
		}
		out.Flush()
		return out.Error()
	}
	_ = out.Write(append([]string{"by", "name", "tiles", "empty_tiles", "instances", "crowds", "measure", "unit"}, columns...))
	for _, g := range r.Sets[0].Groups {
		for _, m := range g.Measures {
			row := []string{g.By, g.Name, strconv.Itoa(g.Tiles), strconv.Itoa(g.Empty), strconv.Itoa(g.Instances), strconv.Itoa(g.Crowds), m.Measure.String(), m.Unit}
			_ = out.Write(append(row, summary(&m.Summary)...))
		}
	}
	out.Flush()
	return out.Error()
}
