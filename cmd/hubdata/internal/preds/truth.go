package preds

import (
	"context"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// Truth is the ground truth that detections are scored against.
type Truth struct {
	*coco.Dataset
	Name  string
	Names imagenames.Names
	Info  []os.FileInfo
	Files []string       // paths
	Stdin files.FileInfo // what identifies standard input, if that was read
}

// TruthSource says where the ground truth is: in a COCO file, or in the outlines of a
// HuBMAP folder.
type TruthSource struct {
	Path    string
	Content folder.SetOptions // of a folder
	Classes []string          // of a folder; nil: those of content
	Boxes   bool              // masks of a file are not needed
	Workers int
}

// Read reads the ground truth.
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
		if s.Path != "-" { // which cannot be read again
			in.WithoutChecksum()
		}
		decode := coco.Decode
		if s.Boxes {
			decode = coco.DecodeBoxes
		}
		f, err := files.DecodeCOCO(ctx, c, in, decode)
		if err != nil {
			return nil, err
		}
		t.Dataset, t.Name, t.Info = f.Dataset, in.Name, append(t.Info, in.Stat())
		t.Files, t.Stdin = append(t.Files, s.Path), in.FileInfo()
	}
	t.Names = imagenames.Of(t.Images)
	return t, nil
}

// convert makes the ground truth of a folder's outlines.
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
	t.Files = append(t.Files, folder.Meta.Name, folder.Polygons.Name)
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

// Only drops the images that keep says no to, and their annotations. It returns the ids of
// the images that it dropped.
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
