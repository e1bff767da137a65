package tunecmd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/pseudo"
)

// data is what was read.
type data struct {
	truth  *preds.Truth
	files  []predicted
	inputs []*files.Input // closed
	notes  []string
	groups [][]pseudo.Prediction // by image of the truth
}

// predicted is a file of a model's predictions, with the ids of the ground truth.
type predicted struct {
	*preds.Detections
	model  int
	images []int // of the ground truth, ascending, on which it has predictions
}

// read reads the ground truth and the predictions.
func read(ctx context.Context, c *ui.Console, o *options) (*data, error) {
	d := &data{}
	for _, path := range append([]string{o.truth.Path, o.images, o.plan, o.table, o.space}, o.paths()...) {
		if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() && !st.IsDir() {
			return nil, ui.Usagef("%s is not a regular file: tune reads its files twice, to record their checksums", path)
		}
	}
	var err error
	if d.truth, err = o.truth.Read(ctx, c); err != nil {
		return nil, err
	}
	if len(d.truth.Images) == 0 {
		return nil, ui.Failf(ui.ExitBadData, "%s has no images", d.truth.Name)
	}
	if len(d.truth.Annotations) == 0 {
		return nil, ui.Failf(ui.ExitBadData, "%s has no instances: every setting would score the same", d.truth.Name)
	}
	var list []*preds.Detections
	for model, path := range o.models.Paths() {
		det, err := preds.ReadDetections(c, path, o.truth.Path, eval.Segm, func(int) {})
		if err != nil {
			return nil, preds.Swapped(c, err, o.truth.Path, path, "hubdata tune --truth "+path)
		}
		for _, other := range append([]predicted{{Detections: &preds.Detections{Name: d.truth.Name, Info: firstOf(d.truth.Info)}}}, d.files...) {
			if other.Info != nil && det.Info != nil && os.SameFile(other.Info, det.Info) {
				return nil, ui.Usagef("%s and %s are the same file: name each file once", other.Name, det.Name)
			}
		}
		d.files = append(d.files, predicted{Detections: det, model: model})
		list = append(list, det)
	}
	if err := preds.Align(c, o.images, 1, d.truth, list...); err != nil {
		return nil, err
	}
	if err := d.identify(ctx, c, o); err != nil {
		return nil, err
	}
	if err := d.group(); err != nil {
		return nil, err
	}
	d.remark(o)
	return d, nil
}

// remark notes what makes a model's share in a fusion smaller than it looks: tiles that it did not predict, and scores
// that rank nothing.
func (d *data) remark(o *options) {
	for model, of := range o.models {
		on := map[int]bool{}
		for i := range d.files {
			if d.files[i].model == model {
				for _, at := range d.files[i].images {
					on[at] = true
				}
			}
		}
		if n, all := len(on), len(d.truth.Images); n < all {
			d.notes = append(d.notes, fmt.Sprintf("model %s has no predictions on %s of %s: it counts as one that finds nothing there", of.Name, ui.Thousands(all-n), ui.Plural(all, "tile", "tiles")))
		}
		n, equal, first := 0, true, 0.0
		for _, list := range d.groups {
			for i := range list {
				if p := &list[i]; p.Model == model {
					if n++; n == 1 {
						first = p.Score
					}
					equal = equal && p.Score == first
				}
			}
		}
		if n > 1 && equal {
			d.notes = append(d.notes, fmt.Sprintf("model %s: all %s have the score %v, which ranks none above another", of.Name, ui.Plural(n, "prediction", "predictions"), first))
		}
	}
}

// firstOf is the only file of the ground truth; nil: it is a folder.
func firstOf(list []os.FileInfo) os.FileInfo {
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

// identify reads the checksums of the files.
func (d *data) identify(ctx context.Context, c *ui.Console, o *options) error {
	type input struct{ flag, path string }
	list := []input{{"truth", o.truth.Path}}
	if st, err := os.Stat(o.truth.Path); err == nil && st.IsDir() {
		list = nil
		for _, name := range []string{"tile_meta.csv", "polygons.jsonl"} {
			path, err := files.FindInput(o.truth.Path, name)
			if err != nil {
				return err
			}
			list = append(list, input{"truth", path})
		}
	}
	for _, path := range o.paths() {
		list = append(list, input{"", path})
	}
	list = append(list, input{"images", o.images}, input{"folds", o.plan}, input{"table", o.table}, input{"space", o.space})
	sums := map[string]string{}
	for _, of := range list {
		if of.path == "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		in, err := files.OpenInput(c, of.path)
		if err != nil {
			return err
		}
		info, err := in.ReadToEnd()
		in.Close()
		if err != nil {
			return err
		}
		if of.flag == "" { // predictions
			if other, ok := sums[info.SHA256]; ok {
				return ui.Failf(ui.ExitBadData, "%s and %s are equal: their predictions would count twice", other, in.Name).Hint("name each file once")
			}
			sums[info.SHA256] = in.Name
		}
		in.Flag = of.flag
		d.inputs = append(d.inputs, in)
	}
	return nil
}

// group sorts the predictions by image.
func (d *data) group() error {
	d.groups = make([][]pseudo.Prediction, len(d.truth.Images))
	place := make(map[coco.ID]int, len(d.truth.Images))
	for i := range d.truth.Images {
		place[d.truth.Images[i].ID] = i
	}
	classes := map[int64]bool{}
	for i := range d.truth.Categories {
		classes[d.truth.Categories[i].ID] = true
	}
	used := 0
	for k := range d.files {
		f := &d.files[k]
		before := used
		on := map[int]bool{}
		for n := range f.List.Len() {
			i, ok := place[f.List.ImageID(n)]
			if !ok {
				return f.Fault(d.truth, &eval.Error{List: "results", Index: n, Member: "image_id", Err: fmt.Errorf("%w: the ground truth has no image %s", eval.ErrImage, f.List.ImageID(n).AppendJSON(nil))})
			}
			on[i] = true
			r := f.List.At(n)
			p, err := pseudo.NewPrediction(&r, f.model, k, f.Position(n))
			if err != nil {
				return d.fault(err)
			}
			if classes[p.Category] {
				d.groups[i] = append(d.groups[i], p)
				used++
			}
		}
		for i := range d.truth.Images {
			if on[i] {
				f.images = append(f.images, i)
			}
		}
		switch n, left := f.List.Len(), f.List.Len()-(used-before); {
		case n > 0 && left == n:
			return ui.Failf(ui.ExitBadData, "%s: none of its %s is of a class of %s: the model would count as one that finds nothing", f.Name, ui.Plural(n, "prediction", "predictions"), d.truth.Name).
				Hint("predictions and ground truth must have the same category ids")
		case left > 0:
			d.notes = append(d.notes, fmt.Sprintf("%s: %s of classes that %s does not have: not used", f.Name, ui.Plural(left, "prediction is", "predictions are"), d.truth.Name))
		}
		for _, note := range f.Notes {
			d.notes = append(d.notes, f.Name+": "+note)
		}
		f.List = coco.Results{}
	}
	if used == 0 {
		return ui.Failf(ui.ExitBadData, "no prediction is on an image and of a class of %s: there is nothing to fuse", d.truth.Name).
			Hint("--images FILE names the file that the models were run on")
	}
	return nil
}

// fault says in which file an error of a prediction or of the ground truth is.
func (d *data) fault(err error) error {
	var p *pseudo.PredictionError
	var e *eval.Error
	switch {
	case errors.As(err, &p):
		f := d.files[p.Source]
		return ui.Failf(ui.ExitBadData, "%s: %s%w", f.Name, f.Path, err)
	case errors.As(err, &e):
		return ui.Failf(ui.ExitBadData, "%s: %w", d.truth.Name, err)
	case errors.Is(err, eval.ErrCategory):
		return ui.Failf(ui.ExitBadData, "%s: %w", d.truth.Name, err).Hint("--class NAME names the class of the goal hubmap; --goal ap scores all classes")
	}
	return err
}
