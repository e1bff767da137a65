package foldscmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/folds"
)

// planning says where a plan comes from, and what becomes of it.
type planning struct {
	given   string // file of a plan; empty: one is made by method
	method  method
	always  alwaysTrain
	buffer  buffer
	table   string   // file of further values of the images; empty: none
	auditBy []string // keys whose groups are looked for on both sides
}

// buffer is the gap in slide pixels that is left between validation and training.
type buffer struct {
	pixels int
	set    bool // else that of the plan stays
}

// provenance records what decided the division.
func (p *planning) provenance(plan *folds.Plan) map[string]any {
	m := map[string]any{"method": plan.Method, "folds": plan.K, "buffer": plan.Buffer}
	if p.given == "" {
		if p.method.Method.Shuffles() {
			m["shuffle"] = p.method.Shuffle
			if p.method.Shuffle {
				m["seed"] = p.method.Seed
			}
		}
		if len(p.method.Stratify) > 0 {
			m["stratify"] = p.method.Stratify
		}
		if p.method.Group != "" {
			m["group"] = p.method.Group
		}
	}
	if p.always.text != "" {
		m["always_train"] = p.always.text
	}
	if len(p.auditBy) > 0 {
		m["audit_by"] = p.auditBy
	}
	return m
}

// flagged identifies the inputs that decide a division besides what is divided: a table of values, a plan.
func flagged(inputs []*files.Input) []files.FileInfo {
	var list []files.FileInfo
	for _, in := range inputs {
		if in.Flag != "" {
			list = append(list, in.FileInfo())
		}
	}
	return list
}

// needsPlaces says whether every image must have a place.
func (p *planning) needsPlaces() bool {
	m := p.method.Method
	return m == folds.MethodSpatial || m == folds.MethodQuantile || p.buffer.set && p.buffer.pixels > 0
}
