package preds

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// Truth is what detections are scored against.
type Truth struct {
	*coco.Dataset
	Name  string
	Names selection.Names
	Info  []os.FileInfo
}

// TruthSource says where a truth is: in a COCO file, or in the outlines of a HuBMAP
// folder.
type TruthSource struct {
	Path    string
	Content folder.SetOptions // of a folder
	Classes []string          // of a folder; nil: those of content
	Boxes   bool              // masks of a file are not needed
	Workers int
}

// Read reads the truth.
func (s *TruthSource) Read(ctx context.Context, c *ui.Console) (*Truth, error) {
	t := &Truth{Name: s.Path}
	if st, err := os.Stat(s.Path); err == nil && st.IsDir() {
		if err := t.convert(ctx, c, s); err != nil {
			return nil, err
		}
	} else {
		in, err := files.OpenInput(c, s.Path)
		if err != nil {
			return nil, err
		}
		in.WithoutChecksum()
		decode := coco.Decode
		if s.Boxes {
			decode = coco.DecodeBoxes
		}
		f, err := files.DecodeCOCO(ctx, c, in, decode)
		if err != nil {
			return nil, err
		}
		t.Dataset, t.Name, t.Info = f.Dataset, in.Name, append(t.Info, in.Stat())
	}
	t.Names = selection.NewNames(t.Images)
	return t, nil
}

// convert makes the truth of a folder's outlines.
func (t *Truth) convert(ctx context.Context, c *ui.Console, s *TruthSource) error {
	ct := s.Content
	if s.Classes != nil {
		var err error
		if ct.Classes, err = flags.ChooseClasses(s.Classes, wsi.AllClasses(), "HuBMAP"); err != nil {
			return err
		}
	}
	src := folder.Location{Dir: s.Path, MaxLine: wsi.DefaultMaxLine, Workers: s.Workers}
	folder, err := folder.Open(c, &ct, &src)
	if err != nil {
		return err
	}
	defer folder.Close()
	t.Info = append(t.Info, folder.Meta.Stat(), folder.Polygons.Stat())
	opts := ct.Options(s.Path)
	opts.Workers = src.Workers
	if t.Dataset, _, err = wsi.ConvertDataset(ctx, folder.Table, folder.Polygons, opts); err != nil {
		return ui.InFile(folder.Polygons.Name, err)
	}
	if len(t.Images) == 0 {
		return folder.NothingSelected()
	}
	return nil
}

// Detections are the results of one file.
type Detections struct {
	Name string
	List []coco.Result
	Path string // of the list in the file
	Info os.FileInfo
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
		if d.List, err = decode(f.text); err != nil {
			return nil, ui.InFile(f.Name, err)
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

// TranslateDetections gives detections the ids of the truth; theirs are those of the
// file of --images.
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

// translate gives results the truth's ids; what is of a tile or a class that the truth
// does not have goes.
func (d *Detections) translate(ids *ImageIDs, t *Truth) error {
	images := ids.In(t.Names.All)
	categories := map[string]int64{}
	for _, c := range t.Categories {
		categories[c.Name] = c.ID
	}
	kept := d.List[:0]
	for i := range d.List {
		r := d.List[i]
		image, _, err := images.Find(r.ImageID)
		var class string
		if err == nil {
			class, err = ids.Class(r.CategoryID)
		}
		if err != nil {
			return ui.Failf(ui.ExitBadData, "%s: %s[%d].%w", d.Name, d.Path, i, err)
		}
		if category, ok := categories[class]; ok && image >= 0 {
			r.ImageID, r.CategoryID = t.Images[image].ID, category
			kept = append(kept, r)
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
		f = f.Hint("--images FILE, the COCO file that the model was run on, matches tiles and classes by name")
	}
	return f
}

// CategoryIDs returns the ids of the classes of these names; nil: of all.
func (t *Truth) CategoryIDs(names []string) ([]int64, error) {
	var known []string
	for _, cat := range t.Categories {
		known = append(known, cat.Name)
	}
	chosen, err := flags.ChooseClasses(names, known, t.Name)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, name := range chosen {
		ids = append(ids, t.Categories[slices.Index(known, name)].ID)
	}
	return ids, nil
}

// Only drops the images of the truth that keep says no to, and what is on them.
func (t *Truth) Only(keep func(i int) bool) map[coco.ID]bool {
	dropped := map[coco.ID]bool{}
	images := t.Images[:0:0]
	at := []int{}
	for i := range t.Images {
		if keep(i) {
			images, at = append(images, t.Images[i]), append(at, t.Names.Place(i))
		} else {
			dropped[t.Images[i].ID] = true
		}
	}
	d := *t.Dataset
	d.Images = images
	d.Annotations = slices.DeleteFunc(slices.Clone(d.Annotations), func(a coco.Annotation) bool { return dropped[a.ImageID] })
	t.Dataset, t.Names.At = &d, at
	return dropped
}
