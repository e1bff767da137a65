package pseudocmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

func runPseudo(ctx context.Context, c *ui.Console, opts *pseudoOptions) error {
	job := &pseudoJob{c: c, opts: opts, outputs: files.Outputs{C: c, Force: opts.Force}}
	defer job.close()
	if err := job.prepare(ctx); err != nil {
		return err
	}
	measuring, stop := context.WithCancel(ctx)
	defer stop()
	labels := job.startLabels(measuring)
	err := job.read(ctx, slices.Contains(job.files(), "-"))
	if errors.Is(err, pseudo.ErrOrder) {
		c.Note("the predictions of a tile are not together in a file: reading again, with all of them in memory")
		err = job.read(ctx, true)
	}
	if err != nil {
		return err
	}
	known := <-labels
	account := job.account(&known.areas)
	files, err := job.write(ctx, account)
	if err != nil {
		return err
	}
	return c.Summarize(job.summary(account, known, files), opts.out, opts.results)
}

// pseudoJob is a run of pseudo.
type pseudoJob struct {
	c       *ui.Console
	opts    *pseudoOptions
	outputs files.Outputs
	aids    pseudoAids
	reading *pseudoReading // the last one of the predictions
}

// pseudoAids are what is read before the predictions: what their ids stand for, and where
// no instance is wanted.
type pseudoAids struct {
	meta       *files.Input
	table      *wsi.Table
	tiles      []wsi.Tile  // of table, by row
	names      *coco.Names // of tiles
	ids        *preds.ImageIDs
	categories []coco.Category
	category   map[string]int64   // id of each of categories, by name
	regions    map[int][]rle.Mask // by row of their tile
	told       []files.FileInfo   // of the files
}

// files are all files of predictions.
func (job *pseudoJob) files() []string {
	var files []string
	for _, path := range job.opts.models.Paths() {
		files = append(files, path)
	}
	return files
}

func (job *pseudoJob) close() {
	if job.reading != nil {
		job.reading.close()
	}
	job.outputs.Abort()
	if meta := job.aids.meta; meta != nil {
		meta.Close()
	}
}

// prepare reads the aids, and refuses early what could not be written.
func (job *pseudoJob) prepare(ctx context.Context) error {
	c, opts, aids := job.c, job.opts, &job.aids
	var err error
	if aids.categories, err = opts.Options(opts.Dir).Categories(); err != nil {
		return err
	}
	aids.category = map[string]int64{}
	for _, cat := range aids.categories {
		aids.category[cat.Name] = cat.ID
	}
	if aids.meta, err = opts.Open(c, opts.Tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if aids.table, err = wsi.ReadTable(aids.meta); err != nil {
		return ui.InFile(aids.meta.Name, err)
	}
	aids.tiles = slices.Collect(aids.table.All())
	aids.names = aids.table.Names()
	if !slices.ContainsFunc(aids.tiles, opts.Selected) {
		return opts.NothingSelected(aids.meta.Name, aids.table)
	}
	if _, err = aids.meta.Provenance(); err != nil {
		return err
	}
	job.wasRead(aids.meta)
	if opts.images == "" {
		aids.ids = preds.NewImageIDs(opts.CategoryStart)
		aids.ids.TakeRows(aids.meta.Name, aids.names)
	} else {
		var in *files.Input
		if aids.ids, in, err = preds.ReadImageIDs(c, opts.images, opts.CategoryStart); err != nil {
			return err
		}
		job.wasRead(in)
	}
	if err = job.readRegions(ctx); err != nil {
		return err
	}
	if err = job.sameFiles(); err != nil {
		return err
	}
	return job.checkOutputs()
}

// wasRead notes an input that was read to its end.
func (job *pseudoJob) wasRead(in *files.Input) {
	job.aids.told = append(job.aids.told, in.Told)
	job.outputs.Inputs = append(job.outputs.Inputs, in)
}

// sameFiles refuses a file that is named twice, and an output that is a file of
// predictions.
func (job *pseudoJob) sameFiles() error {
	var infos []os.FileInfo
	var names []string
	stdin := 0
	for _, path := range job.files() {
		if path == "-" {
			if stdin++; stdin > 1 {
				return ui.Usagef("standard input cannot be two files of predictions")
			}
			continue
		}
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		for i, other := range infos {
			if os.SameFile(st, other) {
				return ui.Failf(ui.ExitBadData, "%s and %s are one file: its predictions would count twice", names[i], path).
					Hint("name each file once")
			}
		}
		infos, names = append(infos, st), append(names, path)
		job.outputs.Inputs = append(job.outputs.Inputs, &files.Input{Name: path, Info: st})
	}
	return nil
}

// checkOutputs says which output cannot be written.
func (job *pseudoJob) checkOutputs() error {
	for set := range job.opts.labels.Above {
		if err := job.outputs.Check(job.setPath(set)); err != nil {
			return err
		}
		if job.opts.merge != "" {
			if err := job.outputs.Check(job.mergePath(set)); err != nil {
				return err
			}
		}
	}
	if job.opts.results != "" {
		return job.outputs.Check(job.opts.results)
	}
	return nil
}

// setPath names the set of a threshold.
func (job *pseudoJob) setPath(set int) string {
	o := job.opts
	if o.outFile() {
		return o.out
	}
	name := strings.NewReplacer(",", "_", "<", "lt", ">", "gt", "=", "", " ", "").Replace(o.Datasets.Text)
	return filepath.Join(o.out, fmt.Sprintf("pseudo_ds%s_thr%s.json", name, o.percents[set]))
}

// mergePath names its union with --merge.
func (job *pseudoJob) mergePath(set int) string {
	return filepath.Join(job.opts.out, fmt.Sprintf("thr%s_combined_%s.json", job.opts.percents[set], setName(job.opts.merge)))
}

// setName is a file's name without folder and suffixes.
func setName(path string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".zst")
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// readRegions reads the masks of --exclude, by row of their tile.
func (job *pseudoJob) readRegions(ctx context.Context) error {
	for _, e := range job.opts.exclude {
		d, err := files.OpenCOCO(ctx, job.c, e.path)
		if err != nil {
			return err
		}
		job.wasRead(d.Input)
		ix, names := d.Index(), coco.NewNames(d.Images)
		if e.class != "" {
			known := false
			for _, cat := range d.Categories {
				known = known || cat.Name == e.class
			}
			if !known {
				return ui.Usagef("--exclude: %s has no class %s", e.path, e.class)
			}
		}
		if job.aids.regions == nil {
			job.aids.regions = map[int][]rle.Mask{}
		}
		for i := range d.Annotations {
			a := &d.Annotations[i]
			cat := ix.Category(a.CategoryID)
			if e.class != "" && (cat == nil || cat.Name != e.class) {
				continue
			}
			fault := func(err error) error {
				return ui.Failf(ui.ExitBadData, "%s: annotations[%d]: %w", d.Input.Name, i, err)
			}
			place, ok := ix.ImageAt(a.ImageID)
			if !ok {
				return fault(fmt.Errorf("image_id: found %s, which no image has", a.ImageID.AppendJSON(nil)))
			}
			t, err := names.Match(place, job.aids.names)
			var ambiguous *coco.AmbiguousNameError
			if errors.As(err, &ambiguous) {
				return fault(fmt.Errorf("image_id: found %s: %w", a.ImageID.AppendJSON(nil), err))
			} else if err != nil {
				continue // of another folder
			}
			img := &d.Images[place]
			m, err := a.Segmentation.Mask(img.Height, img.Width)
			if err != nil {
				return fault(err)
			}
			row := job.aids.tiles[t].Row
			job.aids.regions[row] = append(job.aids.regions[row], m)
		}
	}
	return nil
}
