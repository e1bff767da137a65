package preds

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// Detections are the results of one file.
type Detections struct {
	Name  string
	List  coco.Results
	Path  string // of the list in the file
	Info  os.FileInfo
	Notes []string       // of what Align dropped and how it matched
	Stdin files.FileInfo // what identifies standard input, if that was read

	at    []int32       // position in the file of each of List; nil: nothing was dropped
	lists *coco.Dataset // images and categories of a dataset, without annotations; nil: results
}

// ReadDetections reads COCO results, or a dataset whose annotations have scores. The path of the ground truth is for
// hints.
func ReadDetections(c *ui.Console, path, truth string, kind eval.Type, seen func(n int)) (*Detections, error) {
	f, err := OpenResults(c, path, seen)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if path != "-" { // which cannot be read again
		f.WithoutChecksum()
	}
	d := &Detections{Name: f.Name, Info: f.Stat(), Path: f.List}
	if f.Dataset == nil {
		decode := coco.DecodeResults
		if kind == eval.BBox {
			decode = coco.DecodeResultBoxes
		}
		isList := FirstByte(f.text.Reader) == '['
		list, err := decode(f.text)
		switch {
		case err != nil && isList:
			return nil, ListFault(f.Name, path, truth, err)
		case err != nil:
			if err = ui.InFile(f.Name, err); !ui.IsReadError(err) && !errors.Is(err, context.Canceled) {
				err = (&ui.Failure{Code: ui.ExitBadData, Err: err}).
					Hint("results are a JSON list; \"hubdata submission score\" reads a submission, and --images a table of tiles")
			}
			return nil, err
		}
		d.List = *list
		return d, d.identify(path, f)
	}
	d.lists = &coco.Dataset{Images: f.Dataset.Images, Categories: f.Dataset.Categories}
	for r, err := range f.Records {
		if err != nil {
			return nil, ui.InFile(f.Name, err)
		}
		d.List.Append(r)
	}
	return d, d.identify(path, f)
}

// ListFault is the error of a list of results that cannot be read.
func ListFault(name, path, truth string, err error) error {
	var fault *coco.Error
	if errors.As(err, &fault) && fault.OfMember() {
		return (&ui.Failure{Code: ui.ExitBadData, Err: ui.InFile(name, err)}).Hint("%s", howToRepair(truth, path))
	}
	return ui.InFile(name, err)
}

// identify sets Stdin.
func (d *Detections) identify(path string, f *ResultFile) (err error) {
	if path == "-" {
		d.Stdin, err = f.ReadToEnd()
	}
	return err
}

// howToRepair is the command that repairs results. The ground truth may be a folder, which check does not compare with.
func howToRepair(truth, results string) string {
	if st, err := os.Stat(truth); err != nil || st.IsDir() {
		return fmt.Sprintf("\"hubdata check --fix -o FILE %s\" repairs members of another type that have one meaning", results)
	}
	return fmt.Sprintf("\"hubdata check --truth %s --fix -o FILE %s\" repairs members of another type that have one meaning", truth, results)
}

// Position returns the position of a detection of List in the file.
func (d *Detections) Position(i int) int {
	if d.at == nil {
		return i
	}
	return int(d.at[i])
}

// Keep drops the detections that keep says no to; it may give the others another image and
// category. An error of keep, of a member of a detection, ends it.
func (d *Detections) Keep(keep func(r *coco.Result) (bool, error)) error {
	n := 0
	err := d.List.Filter(func(i int, r *coco.Result) (bool, error) {
		yes, err := keep(r)
		if err != nil {
			return false, d.MemberFault(d.Position(i), err)
		}
		if !yes && d.at == nil {
			d.at = make([]int32, d.List.Len())
			for k := range d.at {
				d.at[k] = int32(k)
			}
		}
		if yes {
			if n < i {
				d.at[n] = d.at[i]
			}
			n++
		}
		return yes, nil
	})
	if d.at != nil {
		d.at = d.at[:n]
	}
	return err
}

// MemberFault says which record of the file an error of a member is of.
func (d *Detections) MemberFault(at int, err error) error {
	return ui.Failf(ui.ExitBadData, "%s: %s[%d].%w", d.Name, d.Path, at, err)
}

// fault is an error of what the file says of its own ids.
func (d *Detections) fault(format string, args ...any) error {
	return ui.Failf(ui.ExitBadData, "%s: %s", d.Name, fmt.Sprintf(format, args...)).Hint(meantBySelf)
}

// Fault says in which file an error of the evaluation is.
func (d *Detections) Fault(t *Truth, err error) error {
	var e *eval.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.List != "results" {
		f := ui.Failf(ui.ExitBadData, "%s: %w", t.Name, err)
		if e.Member == "area" && errors.Is(err, eval.ErrMissing) {
			f = f.Hint("\"hubdata check --fix -o FILE %s\" takes each area that is missing, null or NaN from the mask or the box", t.Name)
		}
		return f
	}
	member := ""
	if e.Member != "" {
		member = "." + e.Member
	}
	f := ui.Failf(ui.ExitBadData, "%s: %s[%d]%s: %w", d.Name, d.Path, d.Position(e.Index), member, e.Err)
	if errors.Is(err, eval.ErrIDType) {
		f = f.Hint("%s", howToRepair(t.Name, d.Name))
	}
	if errors.Is(err, eval.ErrCategory) && t.Name != "" {
		f = f.Hint("\"hubdata check --truth %s %s\" lists the detections of unknown categories", t.Name, d.Name)
	}
	if errors.Is(err, eval.ErrIDType) || errors.Is(err, eval.ErrImage) || errors.Is(err, eval.ErrCategory) {
		f = f.Hint("--images FILE matches tiles and classes by name: FILE is the COCO file that the model was run on")
	}
	return f
}
