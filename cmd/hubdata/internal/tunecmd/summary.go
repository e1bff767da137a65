package tunecmd

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/tune"
)

// summary is what a run reports.
type summary struct {
	tune.Result
	By    string           `json:"divided_by"`
	Seed  uint64           `json:"seed"`
	Seen  []string         `json:"seen"` // what is known of tiles that models trained on
	Notes []string         `json:"notes"`
	Files []ui.SummaryFile `json:"files"`

	knobs []tune.Knob
}

// WriteText writes the scores, the chosen setting, what each knob is worth, and thresholds.
func (sum *summary) WriteText(text *strings.Builder) {
	iv := &sum.Interval
	tw := ui.NewTable(text, ui.Right)
	ui.Fprintf(tw, "%s\tmean of folds\t95 %% interval\tall tiles in one\t\n", sum.Goal)
	ui.Fprintf(tw, "unseen\t%.4f\t%.4f to %.4f\t\t\n", sum.Unseen, iv.Low, iv.High)
	ui.Fprintf(tw, "default\t%.4f\t\t%.4f\t\n", sum.Default, sum.Together.Default)
	ui.Fprintf(tw, "winner\t%.4f\t\t%.4f\t\n", sum.Winner, sum.Together.Winner)
	for _, m := range sum.Models {
		ui.Fprintf(tw, "%s\t%.4f\t\t%.4f\t\n", m.Name, m.Score, m.Together)
	}
	ui.Fprintf(tw, "optimistic\t%.4f\t\t%.4f\t\n", sum.Optimistic, sum.Together.Optimistic)
	_ = tw.Flush()
	ui.Fprintf(text, "%s, divided by %s; unseen: each fold is fused by a setting that was chosen without it;\noptimistic: the best of %s on the tiles that chose it\n\n",
		ui.Plural(sum.Images, "tile", "tiles"), sum.By, ui.Plural(len(sum.Settings), "setting", "settings"))
	sum.verdict(text)
	sum.writeFolds(text)
	ui.Fprintf(text, "\nchosen by all tiles: %s\n", values(sum.Chosen))
	sum.writeKnobs(text)
	sum.writeThresholds(text)
	for _, note := range append(append([]string{}, sum.Seen...), sum.Notes...) {
		ui.Fprintf(text, "note: %s\n", note)
	}
	ui.ListFiles(text, sum.Files...)
}

// verdict says whether the search was worth it.
func (sum *summary) verdict(text *strings.Builder) {
	iv := &sum.Interval
	switch {
	case iv.Beyond():
		ui.Fprintf(text, "better than the default by %.4f on unseen tiles (95 %% interval %.4f to %.4f)\n", iv.Gain, iv.GainLow, iv.GainHigh)
	case iv.GainHigh < 0:
		ui.Fprintf(text, "worse than the default by %.4f on unseen tiles (95 %% interval %.4f to %.4f): keep the default\n", -iv.Gain, -iv.GainHigh, -iv.GainLow)
	default:
		ui.Fprintf(text, "no setting is better than the default by more than noise: %+.4f on unseen tiles (95 %% interval %+.4f to %+.4f)\n", iv.Gain, iv.GainLow, iv.GainHigh)
	}
}

// writeFolds writes what was chosen without each fold.
func (sum *summary) writeFolds(text *strings.Builder) {
	text.WriteByte('\n')
	tw := ui.NewTable(text, ui.Left)
	fmt.Fprint(tw, "fold\ttiles\tseen\tunseen\tdefault\tchosen\n")
	for _, f := range sum.Folds {
		ui.Fprintf(tw, "%d\t%s\t%.4f\t%s\t%s\t%s\n", f.Fold, ui.Thousands(f.Images), f.Seen, score(f.Unseen), score(f.Default), values(f.Chosen))
	}
	_ = tw.Flush()
}

// score writes a score that may not exist.
func score(v float64) string {
	if v < 0 {
		return "none"
	}
	return fmt.Sprintf("%.4f", v)
}

// values writes a setting as flags.
func values(list []tune.KnobValue) string {
	if len(list) == 0 {
		return "the default, which is all that the space has"
	}
	var words []string
	for _, k := range list {
		words = append(words, k.Name+"="+k.Value)
	}
	return strings.Join(words, " ")
}

// writeKnobs writes what each knob is worth.
func (sum *summary) writeKnobs(text *strings.Builder) {
	if len(sum.Ablation) == 0 {
		return
	}
	text.WriteByte('\n')
	tw := ui.NewTable(text, ui.Left)
	fmt.Fprint(tw, "knob\tbest\tother values\n")
	for _, k := range sum.Ablation {
		var others []string
		for _, v := range k.Values {
			if v.Value != k.Best {
				others = append(others, fmt.Sprintf("%s %+.4f", v.Value, v.Score-sum.Together.Optimistic))
			}
		}
		ui.Fprintf(tw, "%s\t%s\t%s\n", k.Name, k.Best, strings.Join(others, ", "))
	}
	_ = tw.Flush()
	text.WriteString("what each value of a knob costs when the others are as in the best setting, on the tiles that chose it\n")
}

// writeThresholds writes what pseudo-labels are worth.
func (sum *summary) writeThresholds(text *strings.Builder) {
	t := sum.Thresholds
	if t == nil {
		return
	}
	text.WriteByte('\n')
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprint(tw, "above\tkept\tprecision\trecall\tF1\tmask IoU\t\n")
	for k, p := range t.Curve {
		if k%2 == 0 && p.Kept > 0 {
			ui.Fprintf(tw, "%v\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t\n", p.Threshold, ui.Thousands(p.Kept), p.Precision, p.Recall, p.F1, p.IoU)
		}
	}
	_ = tw.Flush()
	where := "unseen tiles"
	if !t.Unseen {
		where = "the tiles that chose the setting, since folds chose others"
	}
	ui.Fprintf(text, "pseudo-labels above a score on %s, correct at IoU 0.6;\nbest F1 above %v", where, t.BestF1)
	if t.Precise != nil {
		ui.Fprintf(text, "; precision 0.9 above %v", *t.Precise)
	}
	if t.Ignore != nil {
		ui.Fprintf(text, "; a band to ignore from %v", *t.Ignore)
	}
	ui.Fprintf(text, "; scores differ from the share that is correct by %.3f\n\n", t.CalibrationError)
}
