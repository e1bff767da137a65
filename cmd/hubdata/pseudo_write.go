package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/hubdata/hubdata/coco"
)

// write makes all files visible together: the sets, their unions with --merge
// and the results.
func (job *pseudoJob) write(ctx context.Context) error {
	for k, s := range job.sets {
		for _, t := range job.rows {
			if t == nil || job.opts.dropEmpty && t.bySet[k].kept+t.bySet[k].ignored == 0 {
				continue
			}
			text, err := job.texts.Get(t.bySet[k].stored, nil)
			if err != nil {
				return err
			}
			if err := s.AddText(text); err != nil {
				return err
			}
		}
	}
	if job.opts.merge != "" {
		if err := job.merge(ctx); err != nil {
			return err
		}
	}
	if job.results != nil {
		end := "\n]\n"
		if job.resultCount == 0 {
			end = "[]\n"
		}
		if _, err := job.results.buf.WriteString(end); err != nil {
			return job.results.failed(err)
		}
		if err := job.results.finish(); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return writeSets(&job.outputs, job.sets, job.from)
}

// from says what made a set.
func (job *pseudoJob) from(s *set) provenance {
	options := job.opts.provenance()
	for k, t := range job.opts.thresholds {
		if job.sets[k] == s {
			options["thr"] = t.value
		}
	}
	f := provenance{
		Version: version, Command: "pseudo", Dataset: job.opts.datasets.text, Options: options,
		Inputs: append(append([]inputInfo{}, job.inputs...), job.filesInfo...), Accounting: job.accounted,
	}
	if job.opts.wsis.text != "" {
		f.WSI = job.opts.wsis.text
	}
	return f
}

// merge writes the union of each set with that of --merge.
func (job *pseudoJob) merge(ctx context.Context) error {
	labels, err := openCOCO(ctx, job.c, job.opts.merge)
	if err != nil {
		return err
	}
	in := labels.in
	job.outputs.inputs = append(job.outputs.inputs, in)
	for k, s := range job.sets {
		var text bytes.Buffer
		from := job.from(s)
		head, err := from.info(from.describe())
		if err != nil {
			return err
		}
		if err := s.Write(&text, head); err != nil {
			return err
		}
		found, err := coco.Decode(&text)
		if err != nil {
			return err
		}
		from.Inputs = append(from.Inputs, in.told)
		from.Options["merge"] = in.told.Name
		if head, err = from.info(from.describe() + ", with " + setName(in.name)); err != nil {
			return err
		}
		m, err := coco.Merge([]coco.Source{
			{Name: setName(in.name), File: in.name, Dataset: labels.Dataset},
			{Name: setName(s.path), File: s.path, Dataset: found},
		}, &coco.MergeOptions{Info: head})
		var conflict *coco.MergeError
		if errors.As(err, &conflict) {
			return (&failure{code: exitBadData, err: err}).
				hint("give this run the ids of %s: --image-id, --category-start and --class as it was made", in.name)
		} else if err != nil {
			return err
		}
		path := job.mergePath(job.opts.thresholds[k])
		if err := writeCOCO(&job.outputs, path, m.Dataset); err != nil {
			return err
		}
		job.merged = append(job.merged, newSummarySet(path, len(m.Dataset.Images), len(m.Dataset.Annotations)))
	}
	return nil
}

// appendScore appends a score with the digits that tell it from all others.
func appendScore(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'f', -1, 64) }

// appendJSONString appends a string as JSON.
func appendJSONString(dst []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always can
	return append(dst, text...)
}
