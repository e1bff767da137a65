package tunecmd

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/tune"
)

// run searches, and writes the preset and the plot.
func run(ctx context.Context, c *ui.Console, o *options) (*summary, error) {
	start := time.Now()
	outs := &files.Outputs{Console: c, Force: o.force}
	defer outs.Abort()
	if err := outs.Check(o.out, o.plot); err != nil {
		return nil, err
	}
	if err := outs.Apart(o.out, o.plot, o.resume); err != nil {
		return nil, err
	}
	d, err := read(ctx, c, o)
	if err != nil {
		return nil, err
	}
	outs.Inputs = d.inputs
	if err := outs.Check(o.out, o.plot); err != nil {
		return nil, err
	}
	kept, err := openKept(c, o, d)
	if err != nil {
		return nil, err
	}
	defer kept.close()
	space, err := readSpace(c, o, d)
	if err != nil {
		return nil, err
	}
	v, err := divide(c, o, d)
	if err != nil {
		return nil, err
	}
	seen, err := checkSeen(o, d, v)
	if err != nil {
		return nil, err
	}
	bench, err := tune.NewBench(ctx, &tune.Source{Truth: d.truth.Dataset, Models: o.models.Names(), Predictions: d.groups, Goal: o.goal, Class: o.class, Workers: o.workers})
	if err != nil {
		return nil, d.fault(err)
	}
	total := int64(-1)
	if o.budget == 0 {
		total = int64(min(o.settings, space.Size(o.settings))) + 2 // the default and the winner
	}
	add, stop := c.Counting("trying settings", total)
	search := &tune.Options{Space: space, Folds: v.folds, Settings: o.settings, Seed: o.seed, Samples: o.samples, Log: kept.log, Progress: add}
	if o.budget > 0 {
		search.Deadline = start.Add(o.budget)
	}
	r, err := tune.Search(ctx, bench, search)
	stop()
	switch {
	case errors.Is(err, tune.ErrFolds):
		return nil, ui.Failf(ui.ExitBadData, "%w", err).Hint("--by FIELD, --folds PLAN or more tiles make more folds")
	case errors.Is(err, tune.ErrBudget):
		return nil, ui.Failf(ui.ExitFailure, "--budget: %w", err).Hint("give more time, or a number of settings")
	case errors.Is(err, tune.ErrLog):
		return nil, ui.Failf(ui.ExitBadData, "%s: %w", o.resume, err).Hint("delete it, or name another file")
	case err != nil:
		return nil, d.fault(err)
	}
	sum := &summary{Result: *r, By: v.by, Seed: o.seed, Seen: seen, Notes: append([]string{}, d.notes...), Files: []ui.SummaryFile{}, knobs: space.Knobs}
	if err := sum.write(o, outs, d); err != nil {
		return nil, err
	}
	return sum, outs.Commit()
}

// readSpace reads the space of --space, or the default.
func readSpace(c *ui.Console, o *options, d *data) (*tune.Space, error) {
	var classes []string
	for i := range d.truth.Categories {
		if name := d.truth.Categories[i].Name; !slices.Contains(classes, name) {
			classes = append(classes, name)
		}
	}
	var text io.Reader = strings.NewReader(tune.DefaultSpace())
	name := "the default space"
	if o.space != "" {
		in, err := files.OpenInput(c, o.space)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		text, name = in, in.Name
	}
	s, err := tune.ReadSpace(text, o.models.Names(), classes)
	if errors.Is(err, tune.ErrSpace) {
		return nil, ui.Failf(ui.ExitBadData, "%s: %w", name, err).Hint("\"hubdata tune --show-space\" prints a space")
	} else if err != nil {
		return nil, ui.InFile(name, err)
	}
	return s, nil
}

// write writes the preset and the plot.
func (sum *summary) write(o *options, outs *files.Outputs, d *data) error {
	if o.out != "" {
		p, err := o.provenance(sum, d)
		if err != nil {
			return err
		}
		info, err := p.Info("fusion settings of hubdata pseudo, chosen by hubdata tune")
		if err != nil {
			return err
		}
		options := sum.Options
		options.MaskAbove = 0
		if err := finish(outs, o.out, func(w io.Writer) error { return pseudo.WritePreset(w, info, &options) }); err != nil {
			return err
		}
		sum.Files = append(sum.Files, ui.NewSummaryFile(o.out))
	}
	if o.plot != "" {
		chart := sum.chart()
		draw := chart.SVG
		if strings.EqualFold(filepath.Ext(o.plot), ".png") {
			draw = chart.PNG
		}
		if err := finish(outs, o.plot, draw); err != nil {
			return err
		}
		sum.Files = append(sum.Files, ui.NewSummaryFile(o.plot))
	}
	return nil
}

// finish writes a file.
func finish(outs *files.Outputs, path string, write func(io.Writer) error) error {
	f, err := outs.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return f.Failed(err)
	}
	return f.Finish()
}

// provenance is how the preset is made, with what the search found.
func (o *options) provenance(sum *summary, d *data) (*files.Provenance, error) {
	found, err := jsonscan.Marshal(found{sum.By, len(sum.Settings), sum.Unseen, sum.Interval, sum.Optimistic, sum.Default})
	if err != nil {
		return nil, err
	}
	models := []any{}
	for _, m := range o.models {
		names := []string{}
		for _, path := range m.Files {
			names = append(names, filepath.Base(path))
		}
		models = append(models, map[string]any{"name": m.Name, "files": names})
	}
	p := &files.Provenance{Version: ui.Version, Command: "tune", Accounting: found, Options: map[string]any{
		"goal": sum.Goal, "seed": o.seed, "samples": o.samples, "allow_seen": o.allowSeen, "budget": o.settings, "models": models,
	}}
	if o.class != "" {
		p.Options["class"] = o.class
	}
	if o.by != "" {
		p.Options["by"] = o.by
	}
	if o.budget > 0 {
		p.Options["budget"] = o.budget.String()
	}
	for _, in := range d.inputs {
		p.Inputs = append(p.Inputs, in.FileInfo())
	}
	return p, nil
}

// found is what a preset says of the search that chose it.
type found struct {
	By         string        `json:"divided_by"`
	Settings   int           `json:"settings_tried"`
	Unseen     float64       `json:"unseen"`
	Interval   tune.Interval `json:"interval"`
	Optimistic float64       `json:"optimistic"`
	Default    float64       `json:"default"`
}

// chart is the best score against settings tried.
func (sum *summary) chart() *plot.Chart {
	best := plot.Line{Name: "best so far, on all tiles"}
	flat := func(name string, v float64) plot.Line {
		return plot.Line{Name: name, Points: [][2]float64{{0, v}, {1, v}}}
	}
	most := 0.0
	for i, t := range sum.Settings {
		if t.Images == sum.Images {
			most = max(most, t.Score)
		}
		best.Points = append(best.Points, [2]float64{float64(i+1) / float64(len(sum.Settings)), most})
	}
	return &plot.Chart{
		Title: "Score against settings tried", X: "share of the " + ui.Plural(len(sum.Settings), "setting", "settings") + " tried", Y: sum.Goal,
		Lines: []plot.Line{best, flat("unseen", sum.Unseen), flat("default", sum.Together.Default), flat("winner", sum.Together.Winner)},
	}
}
