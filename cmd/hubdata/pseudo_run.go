package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

func runPseudo(ctx context.Context, c *console, opts *pseudoOptions) error {
	job := &pseudoJob{c: c, opts: opts, outputs: outputs{c: c, force: opts.force}}
	defer job.close()
	if err := job.prepare(ctx); err != nil {
		return err
	}
	measuring, stop := context.WithCancel(ctx)
	defer stop()
	labels := job.startLabels(measuring)
	err := job.read(ctx, slices.Contains(job.files(), "-"))
	if errors.Is(err, pseudo.ErrOrder) {
		c.note("the predictions of a tile are not together in a file: reading again, with all of them in memory")
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
	return c.summarize(job.summary(account, known, files), opts.out, opts.results)
}

// pseudoJob is a run of pseudo.
type pseudoJob struct {
	c       *console
	opts    *pseudoOptions
	outputs outputs
	aids    pseudoAids
	reading *pseudoReading // the last one of the predictions
}

// pseudoAids are what is read before the predictions: what their ids stand for, and where
// no instance is wanted.
type pseudoAids struct {
	meta       *input
	table      *wsi.Table
	tiles      []wsi.Tile  // of table, by row
	names      *coco.Names // of tiles
	ids        *imageIDs
	categories []coco.Category
	category   map[string]int64   // id of each of categories, by name
	regions    map[int][]rle.Mask // by row of their tile
	told       []inputInfo        // of the files
}

// files are all files of predictions.
func (job *pseudoJob) files() []string {
	var files []string
	for _, path := range job.opts.models.paths() {
		files = append(files, path)
	}
	return files
}

func (job *pseudoJob) close() {
	if job.reading != nil {
		job.reading.close()
	}
	job.outputs.abort()
	if meta := job.aids.meta; meta != nil {
		meta.Close()
	}
}

// prepare reads the aids, and refuses early what could not be written.
func (job *pseudoJob) prepare(ctx context.Context) error {
	c, opts, aids := job.c, job.opts, &job.aids
	var err error
	if aids.categories, err = opts.options(opts.dir).Categories(); err != nil {
		return err
	}
	aids.category = map[string]int64{}
	for _, cat := range aids.categories {
		aids.category[cat.Name] = cat.ID
	}
	if aids.meta, err = opts.open(c, opts.tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if aids.table, err = wsi.ReadTable(aids.meta); err != nil {
		return inFile(aids.meta.name, err)
	}
	aids.tiles = slices.Collect(aids.table.All())
	aids.names = tableNames(aids.table)
	if !slices.ContainsFunc(aids.tiles, opts.selected) {
		return opts.nothingSelected(aids.meta.name, aids.table)
	}
	if _, err = aids.meta.provenance(); err != nil {
		return err
	}
	job.wasRead(aids.meta)
	if opts.images == "" {
		aids.ids = newImageIDs(opts.categoryStart)
		aids.ids.takeRows(aids.meta.name, aids.names)
	} else {
		var in *input
		if aids.ids, in, err = readImageIDs(c, opts.images, opts.categoryStart); err != nil {
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
func (job *pseudoJob) wasRead(in *input) {
	job.aids.told = append(job.aids.told, in.told)
	job.outputs.inputs = append(job.outputs.inputs, in)
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
				return usagef("standard input cannot be two files of predictions")
			}
			continue
		}
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		for i, other := range infos {
			if os.SameFile(st, other) {
				return failf(exitBadData, "%s and %s are one file: its predictions would count twice", names[i], path).
					hint("name each file once")
			}
		}
		infos, names = append(infos, st), append(names, path)
		job.outputs.inputs = append(job.outputs.inputs, &input{name: path, info: st})
	}
	return nil
}

// checkOutputs says which output cannot be written.
func (job *pseudoJob) checkOutputs() error {
	for set := range job.opts.labels.Above {
		if err := job.outputs.check(job.setPath(set)); err != nil {
			return err
		}
		if job.opts.merge != "" {
			if err := job.outputs.check(job.mergePath(set)); err != nil {
				return err
			}
		}
	}
	if job.opts.results != "" {
		return job.outputs.check(job.opts.results)
	}
	return nil
}

// setPath names the set of a threshold.
func (job *pseudoJob) setPath(set int) string {
	o := job.opts
	if o.outFile() {
		return o.out
	}
	name := strings.NewReplacer(",", "_", "<", "lt", ">", "gt", "=", "", " ", "").Replace(o.datasets.text)
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
		d, err := openCOCO(ctx, job.c, e.path)
		if err != nil {
			return err
		}
		job.wasRead(d.in)
		ix, names := d.Index(), coco.NewNames(d.Images)
		if e.class != "" {
			known := false
			for _, cat := range d.Categories {
				known = known || cat.Name == e.class
			}
			if !known {
				return usagef("--exclude: %s has no class %s", e.path, e.class)
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
				return failf(exitBadData, "%s: annotations[%d]: %w", d.in.name, i, err)
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
