package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// write writes the plan and its sets.
func (job *cocoSplit) write(ctx context.Context) ([]summaryFile, error) {
	opts, plan := job.opts, job.plan
	base := filepath.Base(opts.coco)
	if opts.coco == "-" {
		base = "stdin.json"
	}
	stem, suffix, _ := strings.Cut(base, ".json")
	planned := planNames(opts.out, fmt.Sprintf("%s_folds%d", stem, plan.K))
	if err := planned.check(&job.outputs); err != nil {
		return nil, err
	}
	from := provenance{Version: version, Command: "folds", Options: opts.provenance(plan), Inputs: []inputInfo{job.info}}
	uses := plan.Uses()
	byImage := make([][]*part, len(job.ids))
	var parts []*part
	if !planned.only {
		apart := ""
		if plan.Buffer > 0 {
			apart = fmt.Sprintf("_buffer%d", plan.Buffer)
		}
		add := func(format string, args ...any) *part {
			p := &part{path: filepath.Join(opts.out, stem+fmt.Sprintf(format, args...)+".json"+suffix)}
			parts = append(parts, p)
			return p
		}
		// Images of one fold share their list of sets, unless a buffer differs.
		lists := map[string][]*part{}
		trains, valids := make([]*part, plan.K), make([]*part, plan.K)
		for f := range plan.K {
			if !opts.onlySet || plan.First+f == opts.only {
				trains[f], valids[f] = add("_train%s_fold%d", apart, plan.First+f), add("_valid_fold%d", plan.First+f)
			}
		}
		var full *part
		if opts.full {
			full = add("_train_full_includes_valid")
		}
		key := make([]byte, plan.K)
		for i, n := range job.names {
			for f := range plan.K {
				key[f] = byte(uses.Of(n, plan.First+f))
			}
			list, ok := lists[string(key)]
			if !ok {
				used := false
				for f := range plan.K {
					use := folds.Use(key[f])
					used = used || use == folds.Train || use == folds.Validate
					switch {
					case trains[f] == nil:
					case use == folds.Train:
						list = append(list, trains[f])
					case use == folds.Validate:
						list = append(list, valids[f])
					}
				}
				if full != nil && used {
					list = append(list, full)
				}
				lists[string(key)] = list
			}
			byImage[i] = list
		}
	}
	for _, p := range parts {
		if err := job.outputs.check(p.path); err != nil {
			return nil, err
		}
	}
	if err := planned.write(&job.outputs, plan, base, from); err != nil {
		return nil, err
	}
	files := planned.files()
	for _, p := range parts {
		if err := p.open(job, &from); err != nil {
			return nil, err
		}
	}
	if len(parts) > 0 {
		if err := job.fill(ctx, byImage); err != nil {
			return nil, err
		}
	}
	for _, p := range parts {
		if err := p.close(); err != nil {
			return nil, err
		}
		files = append(files, newSummarySet(p.path, p.images, p.annotations))
	}
	return files, job.outputs.commit()
}

// fill reads the file again and gives each record to its sets, images first.
func (job *cocoSplit) fill(ctx context.Context, byImage [][]*part) error {
	var text []byte
	copyRecords := func(images, annotations bool) error {
		_, err := job.records(ctx, "writing", func(r coco.Record) error {
			var err error
			switch r := r.(type) {
			case *coco.Image:
				if !images {
					return nil
				}
				if text, err = coco.AppendImage(text[:0], r); err != nil {
					return err
				}
				for _, p := range byImage[job.order[r.ID]] {
					if err := p.add(text, true); err != nil {
						return err
					}
				}
			case *coco.Annotation:
				i, ok := job.order[r.ImageID]
				if !annotations || !ok {
					return nil
				}
				if text, err = coco.AppendAnnotation(text[:0], r); err != nil {
					return err
				}
				for _, p := range byImage[i] {
					if err := p.add(text, false); err != nil {
						return err
					}
				}
			}
			return nil
		})
		return err
	}
	if !job.late {
		return copyRecords(true, true)
	}
	if err := copyRecords(true, false); err != nil {
		return err
	}
	return copyRecords(false, true)
}

// part is a COCO file that takes some records of another.
type part struct {
	path                string
	out                 *output
	w                   *coco.Writer
	block               []byte // records of one section
	isImages            bool   // what block holds
	images, annotations int
}

// partBlock is the size at which a part's records go on.
const partBlock = 64 << 10

// open begins the file: all of the source but images and annotations.
func (p *part) open(job *cocoSplit, from *provenance) error {
	var err error
	if p.out, err = job.outputs.create(p.path); err != nil {
		return err
	}
	p.w = coco.NewWriter(p.out)
	licenses := json.RawMessage(`[]`)
	var source json.RawMessage
	for _, m := range job.members {
		switch m.Key {
		case "info":
			source = m.Value
		case "licenses":
			licenses = m.Value
		}
	}
	info, err := from.info("images of "+filepath.Base(job.name), coco.Field{Key: "source", Value: source})
	if err != nil {
		return err
	}
	if err := p.w.Header(info, licenses); err != nil {
		return p.out.failed(err)
	}
	for _, m := range job.members {
		if m.Key != "info" && m.Key != "licenses" {
			if err := p.w.Member(m.Key, m.Value); err != nil {
				return p.out.failed(err)
			}
		}
	}
	for i := range job.categories {
		if err := p.w.Category(&job.categories[i]); err != nil {
			return p.out.failed(err)
		}
	}
	return nil
}

// add takes an encoded record. All images come before all annotations.
func (p *part) add(text []byte, image bool) error {
	if image {
		p.images++
	} else {
		p.annotations++
	}
	if image != p.isImages || len(p.block) >= partBlock {
		if err := p.flush(); err != nil {
			return err
		}
		p.isImages = image
	}
	if len(p.block) > 0 {
		p.block = append(p.block, ",\n"...)
	}
	p.block = append(p.block, text...)
	return nil
}

func (p *part) flush() error {
	if len(p.block) == 0 {
		return nil
	}
	write := p.w.Annotations
	if p.isImages {
		write = p.w.Images
	}
	if err := write(bytes.NewReader(p.block)); err != nil {
		return p.out.failed(err)
	}
	p.block = p.block[:0]
	return nil
}

func (p *part) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.w.Close(); err != nil {
		return p.out.failed(err)
	}
	return p.out.finish()
}
