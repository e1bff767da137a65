package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// table shows a row for each fold.
func (sum *foldsSummary) table(text *strings.Builder) {
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "fold\ttrain\tvalid\tkept apart\ttrain instances\tvalid instances\ttouching\tslides on both sides\t")
	for _, f := range sum.Audit.Folds {
		var slides []string
		for _, s := range f.SharedSlides {
			slides = append(slides, s.Slide)
		}
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", f.Fold, thousands(f.Train), thousands(f.Valid), thousands(f.Apart),
			thousands(f.TrainInstances), thousands(f.ValidInstances), thousands(f.Leaking["touch"]+f.Leaking["overlap"]), strings.Join(slides, ","))
	}
	_ = tw.Flush()
}
