package checkcmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/wsi"
)

// Subject is a dataset to be checked.
type Subject struct {
	Name    string        // of the file or folder, as messages show it
	Dataset *coco.Dataset // of a folder its outlines of all classes; nil: it cannot be read, which the report says

	o      Options
	c      *ui.Console
	inputs []*files.Input
	folder *folderOutlines // nil: a file
	table  *wsi.Table      // nil: none
	files  []check.ImageFile
	found  findings // while it was read
	faults []coco.TypeFault
	bad    error // why the text of a file has no dataset

	lists   bool              // a list is read as results
	results *check.ResultList // nil: a dataset, or it cannot be read
	truth   *coco.Dataset     // of results; nil: none
	bom     bool              // the text begins with a byte order mark
}

// IsFolder reports whether the subject is a HuBMAP folder. Then places of findings are those in lines of its outlines.
func (s *Subject) IsFolder() bool { return s.folder != nil }

// add adds a finding, unless its code is left out.
func (s *Subject) add(f coco.Finding) {
	if !s.o.ignores(f.Code) {
		f.Severity = Rule(f.Code).Severity
		s.found.add(f)
	}
}

// Read reads a dataset and what it is compared with. Faults of the text are findings, not errors. Inputs are opened on
// the console, which shows progress.
func Read(ctx context.Context, c *ui.Console, o Options) (*Subject, error) {
	s, err := open(c, o)
	if err != nil {
		return nil, err
	}
	return s, s.read(ctx)
}

// open opens the input if it is a file.
func open(c *ui.Console, o Options) (*Subject, error) {
	s := &Subject{Name: o.In, o: o, c: c, found: findings{most: o.Most}}
	if st, err := os.Stat(o.In); o.In != "-" && err == nil && st.IsDir() {
		s.folder = &folderOutlines{}
		return s, nil
	}
	in, err := files.OpenInput(c, o.In)
	if err != nil {
		return nil, err
	}
	s.Name, s.inputs = in.Name, append(s.inputs, in)
	return s, nil
}

// close closes the input if it was not read.
func (s *Subject) close() {
	for _, in := range s.inputs {
		in.Close()
	}
}

// read reads what was opened, and the tiles' table.
func (s *Subject) read(ctx context.Context) error {
	if s.IsFolder() {
		return s.readFolder(ctx)
	}
	f, err := files.DecodeCOCO(ctx, s.c, s.inputs[0], s.decode)
	var data *coco.Error
	var other *formatError
	switch {
	case ui.IsReadError(err):
		return err
	case errors.As(err, &other):
		err = ui.Failf(ui.ExitBadData, "%s: %w", s.Name, other)
		s.add(coco.Finding{Code: check.FileUnreadable, Reason: other.Error()})
	case errors.As(err, &data):
		s.add(coco.Finding{Code: check.FileUnreadable, Place: coco.Place{Member: data.Path}, Reason: strings.TrimPrefix(data.Error(), data.Path+": ")})
	case errors.Is(err, ui.ErrInput):
		s.add(coco.Finding{Code: check.FileUnreadable, Reason: err.Error()})
	case err != nil:
		return err
	default:
		s.Dataset = f.Dataset
	}
	switch s.bad = err; {
	case err != nil:
		return nil
	case s.results != nil && s.o.Truth != "":
		return s.readTruth(ctx, s.o.Truth)
	case s.results != nil || s.o.TileMeta == "":
		return nil
	}
	return s.readTable(s.o.TileMeta)
}

// readTable reads the tiles' table.
func (s *Subject) readTable(path string) error {
	in, err := files.OpenInput(s.c, path)
	if err != nil {
		return err
	}
	defer in.Close()
	if !s.IsFolder() {
		in.Flag = "tile-meta"
	}
	s.inputs = append(s.inputs, in)
	s.table, err = wsi.ReadTable(in)
	var row *wsi.RowError
	if errors.As(err, &row) {
		s.add(coco.Finding{Code: wsi.TableInvalid, File: filepath.Base(in.Name), Line: row.Line, Reason: row.Error()})
		return nil
	}
	if err != nil {
		return ui.InFile(in.Name, err)
	}
	_, err = in.ReadToEnd()
	return err
}
