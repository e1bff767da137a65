package preds

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// Detections are the results of one file.
type Detections struct {
	Name string
	List []coco.Result
	Path string // of the list in the file
	Info os.FileInfo
	Note string // of what TranslateDetections dropped; empty: nothing on other images
}

// ReadDetections reads COCO results, or a dataset whose annotations have scores.
func ReadDetections(c *ui.Console, path string, kind eval.Type, seen func(n int)) (*Detections, error) {
	f, err := OpenResults(c, path, seen)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	f.WithoutChecksum()
	d := &Detections{Name: f.Name, Info: f.Stat(), Path: f.List}
	if f.Dataset == nil {
		decode := coco.DecodeResults
		if kind == eval.BBox {
			decode = coco.DecodeResultBoxes
		}
		isList := FirstByte(f.text.Reader) == '['
		if d.List, err = decode(f.text); err != nil {
			if err = ui.InFile(f.Name, err); !isList && !ui.IsReadError(err) && !errors.Is(err, context.Canceled) {
				err = (&ui.Failure{Code: ui.ExitBadData, Err: err}).
					Hint("results are a JSON list; \"hubdata submission score\" reads a submission, and --images a table of tiles")
			}
			return nil, err
		}
		return d, nil
	}
	for r, err := range f.Records {
		if err != nil {
			return nil, ui.InFile(f.Name, err)
		}
		d.List = append(d.List, r)
	}
	return d, nil
}

// TranslateDetections gives detections the ids of the ground truth; theirs are those of
// the file of --images.
func TranslateDetections(c *ui.Console, images string, categoryStart int64, t *Truth, list ...*Detections) error {
	ids, _, err := ReadImageIDs(c, images, categoryStart)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := d.translate(ids, t); err != nil {
			return err
		}
	}
	return nil
}

// translate gives results the ids of the ground truth, and drops those on tiles or of
// classes that it does not have. Note says how many were on such tiles; it is an error if all were.
func (d *Detections) translate(ids *ImageIDs, t *Truth) error {
	images := ids.In(t.Names.All)
	categories := map[string]int64{}
	for _, c := range t.Categories {
		categories[c.Name] = c.ID
	}
	kept := d.List[:0]
	elsewhere, first := 0, ""
	for i := range d.List {
		r := d.List[i]
		image, name, err := images.Find(r.ImageID)
		var class string
		if err == nil {
			class, err = ids.Class(r.CategoryID)
		}
		if err != nil {
			return ui.Failf(ui.ExitBadData, "%s: %s[%d].%w", d.Name, d.Path, i, err)
		}
		if image < 0 {
			if elsewhere++; elsewhere == 1 {
				first = name
			}
		}
		if category, ok := categories[class]; ok && image >= 0 {
			r.ImageID, r.CategoryID = t.Images[image].ID, category
			kept = append(kept, r)
		}
	}
	if elsewhere > 0 {
		d.Note = fmt.Sprintf("%s of %s on images that %s does not have, the first is %s", ui.Thousands(elsewhere), ui.Plural(len(d.List), "detection is", "detections are"), t.Name, first)
		if elsewhere == len(d.List) {
			return imagenames.Hint(ui.Failf(ui.ExitBadData, "%s: %s", d.Name, d.Note).
				Hint("check that --images names the file that the model was run on, and that it is of the same dataset"), t.Names.All, first)
		}
	}
	d.List = kept
	return nil
}

// Fault says in which file an error of the evaluation is.
func (d *Detections) Fault(t *Truth, err error) error {
	var e *eval.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.List != "results" {
		return ui.Failf(ui.ExitBadData, "%s: %w", t.Name, err)
	}
	member := ""
	if e.Member != "" {
		member = "." + e.Member
	}
	f := ui.Failf(ui.ExitBadData, "%s: %s[%d]%s: %w", d.Name, d.Path, e.Index, member, e.Err)
	if errors.Is(err, eval.ErrIDType) || errors.Is(err, eval.ErrImage) || errors.Is(err, eval.ErrCategory) {
		f = f.Hint("--images FILE matches tiles and classes by name: FILE is the COCO file that the model was run on")
	}
	return f
}
