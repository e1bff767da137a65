package reportcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// reportFiles are the files that a report is made from, found by the names that the
// other commands write or named by flags.
type reportFiles struct {
	dir, name   string
	dataset     string // COCO file in place of a folder's outlines
	polygons    string
	table       string
	slides      string // wsi_meta.csv
	truth       string
	truths      []string // candidates, where there are several
	predictions []preds.ModelFiles
	plans       []string
	pseudo      []string
	images      string // folder

	sums map[string]*fileSum
	wg   sync.WaitGroup
}

// fileSum is what a file is; once the job's wait is over.
type fileSum struct {
	role string
	files.FileInfo
	err error
}

// findReportFiles looks for the files. A file that a flag names must be there.
func findReportFiles(c *ui.Console, o *reportOptions) (*reportFiles, error) {
	f := &reportFiles{dir: o.dir, dataset: o.file, truth: o.truth, plans: o.plans, pseudo: o.pseudo, polygons: o.polygons, table: o.tileMeta, sums: map[string]*fileSum{}}
	var err error
	whole, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	if f.name = filepath.Base(whole); o.file != "" {
		f.name = filepath.Base(o.file)
	}
	for _, path := range slices.Concat([]string{o.truth, o.polygons, o.tileMeta}, o.predictions, o.plans, o.pseudo) {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	find := func(path *string, name string) {
		if *path == "" {
			*path, _ = files.FindInput(f.dir, name) // absent: the report says so
		}
	}
	find(&f.table, "tile_meta.csv")
	find(&f.slides, "wsi_meta.csv")
	if f.images = o.images; f.images == "" {
		f.images = filepath.Join(f.dir, "train")
	} else if st, err := os.Stat(f.images); f.images != noImages && (err != nil || !st.IsDir()) {
		return nil, ui.Failf(ui.ExitFailure, "--image-dir: no folder %s", f.images)
	}
	for _, path := range o.predictions {
		f.predictions = append(f.predictions, preds.ModelFiles{Name: modelName(path), Files: []string{path}})
	}
	if o.file != "" {
		if f.truth == "" {
			f.truth = o.file
		}
		return f, nil // what lies beside a file need not be of it
	}
	find(&f.polygons, "polygons.jsonl")
	if len(f.predictions) == 0 {
		if f.predictions, err = preds.FindModels(filepath.Join(f.dir, "predictions")); err != nil {
			var usage *ui.Failure
			if errors.As(err, &usage) && usage.Code == ui.ExitUsage {
				return nil, err
			}
			f.predictions = nil
		}
	}
	if f.plans == nil {
		if f.plans, err = f.glob("coco_data", "folds*.json", "folds*.csv"); err != nil {
			return nil, err
		}
		f.plans = slices.DeleteFunc(f.plans, func(path string) bool { // the same plan as JSON says more
			other, isCSV := strings.CutSuffix(path, ".csv")
			return isCSV && slices.Contains(f.plans, other+".json")
		})
	}
	if f.pseudo == nil {
		if f.pseudo, err = f.glob(filepath.Join("coco_data", "pseudo_coco"), "pseudo_*.json"); err != nil {
			return nil, err
		}
	}
	if f.truth == "" {
		if f.truths, err = f.glob(".", "*truth.json", "*_gt.json"); err != nil {
			return nil, err
		}
		if len(f.truths) == 1 {
			f.truth, f.truths = f.truths[0], nil
		}
	}
	if f.table == "" && f.polygons == "" && f.truth == "" && len(f.plans)+len(f.pseudo)+len(f.predictions)+len(f.truths) == 0 {
		return nil, ui.Failf(ui.ExitFailure, "%s holds nothing to report on: no tile_meta.csv, no polygons.jsonl, no predictions", files.FolderName(o.dir)).
			Hint("name a HuBMAP folder or a COCO file: hubdata report DIR").Hint("no data at hand? \"hubdata demo\" makes some")
	}
	return f, nil
}

// modelName names a model by its file.
func modelName(path string) string {
	name := files.UnpackedName(filepath.Base(path))
	return strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".segm")
}

// glob lists the files of a folder in the dataset's folder that match a pattern,
// plain or compressed.
func (f *reportFiles) glob(folder string, patterns ...string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var out []string
	for _, pattern := range patterns {
		for _, e := range entries { // sorted by name
			bare := files.UnpackedName(e.Name())
			if ok, _ := filepath.Match(pattern, bare); ok && !e.IsDir() {
				out = append(out, filepath.Join(f.dir, folder, e.Name()))
			}
		}
	}
	return out, nil
}

// inputs are the files as those that an output must not be.
func (f *reportFiles) inputs() []*files.Input {
	var out []*files.Input
	for _, r := range f.roles() {
		if st, err := os.Stat(r.path); err == nil && !st.IsDir() {
			out = append(out, files.Unopened(r.path, st))
		}
	}
	return out
}

// roles lists the files, and what each is.
func (f *reportFiles) roles() []struct{ role, path string } {
	var out []struct{ role, path string }
	add := func(role, path string) {
		if path == "" || slices.ContainsFunc(out, func(r struct{ role, path string }) bool { return r.path == path }) {
			return
		}
		out = append(out, struct{ role, path string }{role, path})
	}
	add("dataset", f.dataset)
	add("tiles", f.table)
	add("slides", f.slides)
	add("outlines", f.polygons)
	add("truth", f.truth)
	for _, m := range f.predictions {
		for _, path := range m.Files {
			add("predictions of "+m.Name, path)
		}
	}
	for _, path := range f.plans {
		add("folds", path)
	}
	for _, path := range f.pseudo {
		add("pseudo-labels", path)
	}
	return out
}

// startSums hashes the files while others work.
func (f *reportFiles) startSums(ctx context.Context) {
	var paths []string
	for _, r := range f.roles() {
		if st, err := os.Stat(r.path); err == nil && st.Mode().IsRegular() {
			f.sums[r.path] = &fileSum{role: r.role}
			paths = append(paths, r.path)
		}
	}
	f.wg.Go(func() {
		for _, path := range paths {
			if ctx.Err() != nil {
				return
			}
			s := f.sums[path]
			s.FileInfo, s.err = files.SumFile(path)
		}
	})
}

// show names a file as the report does: by its place in the folder, with slashes.
func (f *reportFiles) show(path string) string {
	if rel, err := filepath.Rel(f.dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// words is an error with the files as the report names them.
func (f *reportFiles) words(err error) string {
	text := err.Error()
	if f.dir != "" && f.dir != "." {
		text = strings.ReplaceAll(text, strings.TrimSuffix(f.dir, string(filepath.Separator))+string(filepath.Separator), "")
	}
	return text
}

// writtenFile is a file that hubdata wrote, and what it says of its making.
type writtenFile struct {
	path string
	size int64
	from files.Provenance
	// other are the inputs that it was made from and that are others now; unknown
	// those that are not at hand.
	other, unknown []string
}

// maxWritten bounds how many files the report lists, and looks at.
const maxWritten = 1000

// written looks through coco_data for files of hubdata's.
func (f *reportFiles) written(c *ui.Console) ([]writtenFile, error) {
	var out []writtenFile
	seen := 0
	err := filepath.WalkDir(filepath.Join(f.dir, "coco_data"), func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !e.Type().IsRegular():
			return nil
		}
		bare := files.UnpackedName(e.Name())
		if filepath.Ext(bare) != ".json" {
			return nil
		}
		if seen++; seen > maxWritten {
			return fs.SkipAll
		}
		from, ok := files.MadeFrom(c, path)
		if !ok {
			return nil
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		out = append(out, writtenFile{path: path, size: st.Size(), from: from})
		return nil
	})
	return out, err
}

// compare holds what the file was made from against the files of today.
func (w *writtenFile) compare(now map[string]*fileSum) {
	for _, in := range w.from.Inputs {
		known := false
		for _, s := range now {
			if s.err == nil && s.Name == in.Name {
				if known = true; s.SHA256 != in.SHA256 {
					w.other = append(w.other, in.Name)
				}
			}
		}
		if !known {
			w.unknown = append(w.unknown, in.Name)
		}
	}
}

// filesSection tells what the report was made from, and which files hubdata wrote
// from what.
func (job *reportJob) filesSection(ctx context.Context) ([]htmlreport.Block, error) {
	f := job.files
	f.wg.Wait()
	inputs := &htmlreport.Table{Caption: "Files that this report was made from",
		Columns: []htmlreport.Column{{Name: "file"}, {Name: "what it is"}, {Name: "bytes", Numbers: true}, {Name: "SHA-256"}}}
	for _, r := range f.roles() {
		s := f.sums[r.path]
		row := []htmlreport.Cell{{Text: f.show(r.path), Code: true}, {Text: r.role}, {}, {}}
		switch {
		case s == nil:
			row[3].Text = "a folder"
		case s.err != nil:
			row[3] = htmlreport.Cell{Text: "cannot be read", Level: htmlreport.Bad}
		default:
			row[2].Text, row[3] = ui.Thousands(int(s.Bytes)), htmlreport.Cell{Text: s.SHA256, Code: true}
		}
		inputs.Rows = append(inputs.Rows, row)
	}
	blocks := []htmlreport.Block{{Table: inputs}}
	written, err := f.written(job.c)
	if err != nil {
		return blocks, err
	}
	if len(written) == 0 {
		return append(blocks, htmlreport.Block{Text: "There is no file of hubdata's in coco_data."}), nil
	}
	return append(blocks, job.writtenBlocks(written)...), nil
}

func (job *reportJob) writtenBlocks(written []writtenFile) []htmlreport.Block {
	files := &htmlreport.Table{Caption: "Files that hubdata wrote, and what from", Shown: 20,
		Columns: []htmlreport.Column{{Name: "file"}, {Name: "command"}, {Name: "version"}, {Name: "bytes", Numbers: true}, {Name: "made from"}, {Name: "state", About: "whether its inputs are the files that lie here now"}}}
	options := &htmlreport.Table{Caption: "Options that the files were made with", Columns: []htmlreport.Column{{Name: "options"}, {Name: "files"}}}
	rows := map[string]int{}
	outdated := 0
	for i := range written {
		w := &written[i]
		w.compare(job.files.sums)
		var from []string
		for _, in := range w.from.Inputs {
			from = append(from, in.Name)
		}
		state := htmlreport.Cell{Text: "up to date", Level: htmlreport.Good}
		switch {
		case len(w.other) > 0:
			outdated++
			state = htmlreport.Cell{Text: "made from another " + strings.Join(w.other, ", "), Level: htmlreport.Warning}
		case len(w.from.Inputs) == 0:
			state = htmlreport.Cell{Text: "names no inputs", Level: htmlreport.Note}
		case len(w.unknown) > 0:
			state = htmlreport.Cell{Text: "not looked at: " + strings.Join(w.unknown, ", "), Level: htmlreport.Note}
		}
		name := job.files.show(w.path)
		files.Rows = append(files.Rows, []htmlreport.Cell{{Text: name, Code: true}, {Text: w.from.Command}, {Text: w.from.Version},
			{Text: ui.Thousands(int(w.size))}, {Text: strings.Join(from, ", ")}, state})
		text := w.from.Command + " " + wordOptions(w.from.Options)
		k, ok := rows[text]
		if !ok {
			k = len(options.Rows)
			rows[text] = k
			options.Rows = append(options.Rows, []htmlreport.Cell{{Text: text, Code: true}, {}})
		}
		cell := &options.Rows[k][1]
		if cell.Text != "" {
			cell.Text += ", "
		}
		cell.Text += filepath.Base(w.path)
	}
	if outdated > 0 {
		job.glance(htmlreport.Warning, "files", "%s made from other inputs than those that lie here now", ui.Plural(outdated, "file of hubdata's was", "files of hubdata's were"))
	}
	state := htmlreport.Remark{Level: htmlreport.Good, Text: fmt.Sprintf("hubdata wrote %s in coco_data; their inputs are the files that lie here now.", ui.Plural(len(written), "file", "files"))}
	if outdated > 0 {
		state = htmlreport.Remark{Level: htmlreport.Warning, Text: fmt.Sprintf("hubdata wrote %s in coco_data; %s made from other inputs than those that lie here now.", ui.Plural(len(written), "file", "files"), ui.Plural(outdated, "was", "were"))}
	}
	return []htmlreport.Block{{Remarks: []htmlreport.Remark{state}}, {Folded: &htmlreport.Folded{Summary: "Files that hubdata wrote", Blocks: []htmlreport.Block{{Table: files}}}},
		{Folded: &htmlreport.Folded{Summary: "Options of each file", Blocks: []htmlreport.Block{{Table: options}}}}}
}

// wordOptions writes the options of a provenance in the order of their names. What
// tells only the files of a run apart is left out.
func wordOptions(options map[string]any) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if name == "set" {
			continue
		}
		text, err := json.Marshal(options[name])
		if err != nil {
			continue
		}
		words = append(words, fmt.Sprintf("%s=%s", name, strings.Trim(string(text), `"`)))
	}
	return strings.Join(words, " ")
}
