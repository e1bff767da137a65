package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	job, err := newPseudoJob(ctx, c, opts)
	if err != nil {
		return err
	}
	defer job.close()
	measuring, stop := context.WithCancel(ctx)
	defer stop()
	labels := job.startLabels(measuring)
	err = job.fuse(ctx, job.readsStdin())
	if errors.Is(err, pseudo.ErrOrder) {
		c.note("the predictions of a tile are not together in a file: reading again, with all of them in memory")
		err = job.fuse(ctx, true)
	}
	if err != nil {
		return err
	}
	known := <-labels
	job.accounting = job.account(&known.areas)
	if err := job.write(ctx); err != nil {
		return err
	}
	return c.summarize(job.summary(known), opts.out, opts.results)
}

// pseudoJob is a run of pseudo.
type pseudoJob struct {
	c          *console
	opts       *pseudoOptions
	outputs    outputs
	meta       *input
	table      *wsi.Table
	tiles      []wsi.Tile  // of table, by row
	names      *coco.Names // of tiles
	ids        *imageIDs
	files      []*predictionFile // open
	categories []coco.Category
	class      map[string]int // name to place in opts.classes
	regions    map[int][]rle.Mask
	inputs     []inputInfo // of what was read besides predictions
	filesInfo  []inputInfo
	sets       []*set // one for each threshold
	scratch    scratch
	texts      textStore // of what was kept, until the sets are written
	merged     []summaryFile
	results    *output
	accounting *pseudoAccounting
	*pseudoTally
}

func newPseudoJob(ctx context.Context, c *console, opts *pseudoOptions) (*pseudoJob, error) {
	job := &pseudoJob{c: c, opts: opts, outputs: outputs{c: c, force: opts.force}, class: map[string]int{}}
	if err := job.prepare(ctx); err != nil {
		job.close()
		return nil, err
	}
	return job, nil
}

// prepare reads all but the predictions.
func (job *pseudoJob) prepare(ctx context.Context) error {
	c, opts := job.c, job.opts
	for k, name := range opts.classes {
		job.class[name] = k
	}
	var err error
	if job.categories, err = opts.options(opts.dir).Categories(); err != nil {
		return err
	}
	if job.meta, err = opts.open(c, opts.tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if job.table, err = wsi.ReadTable(job.meta); err != nil {
		return inFile(job.meta.name, err)
	}
	job.tiles = slices.Collect(job.table.All())
	job.names = tableNames(job.table)
	if !slices.ContainsFunc(job.tiles, opts.selected) {
		return (&conversion{content: &opts.content, meta: job.meta, table: job.table}).nothingSelected()
	}
	if _, err = job.meta.provenance(); err != nil {
		return err
	}
	job.read(job.meta)
	if opts.images == "" {
		job.ids = newImageIDs(opts.categoryStart)
		job.ids.takeRows(job.meta.name, job.names)
	} else {
		var in *input
		if job.ids, in, err = readImageIDs(c, opts.images, opts.categoryStart); err != nil {
			return err
		}
		job.read(in)
	}
	if err = job.readRegions(ctx); err != nil {
		return err
	}
	if err = job.sameFiles(); err != nil {
		return err
	}
	return job.plan()
}

// read notes an input that was read to its end.
func (job *pseudoJob) read(in *input) {
	job.inputs = append(job.inputs, in.told)
	job.outputs.inputs = append(job.outputs.inputs, in)
}

func (job *pseudoJob) close() {
	job.scratch.close()
	job.texts.scratch.close()
	job.outputs.abort()
	job.closeFiles()
	if job.meta != nil {
		job.meta.Close()
	}
}

func (job *pseudoJob) closeFiles() {
	for _, f := range job.files {
		f.Close()
	}
	job.files = nil
}

// paths gives the files of predictions, with their models.
func (job *pseudoJob) paths() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for m, model := range job.opts.models {
			for _, path := range model.files {
				if !yield(m, path) {
					return
				}
			}
		}
	}
}

func (job *pseudoJob) readsStdin() bool {
	for _, path := range job.paths() {
		if path == "-" {
			return true
		}
	}
	return false
}

// sameFiles refuses a file that is named twice, and an output that is a file of
// predictions.
func (job *pseudoJob) sameFiles() error {
	var infos []os.FileInfo
	var names []string
	stdin := 0
	for _, path := range job.paths() {
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

// plan lays out the sets, and refuses early what could not be written.
func (job *pseudoJob) plan() error {
	o := job.opts
	for _, t := range o.thresholds {
		path := o.out
		if !o.outFile() {
			name := strings.NewReplacer(",", "_", "<", "lt", ">", "gt", "=", "", " ", "").Replace(o.datasets.text)
			path = filepath.Join(o.out, fmt.Sprintf("pseudo_ds%s_thr%s.json", name, t.name))
		}
		s := &set{path: path, categories: job.categories}
		job.scratch.dir = job.outputs.scratchFolder(path)
		s.spoolTo(&job.scratch, spoolMemory)
		job.sets = append(job.sets, s)
		if err := job.outputs.check(path); err != nil {
			return err
		}
		if o.merge != "" {
			if err := job.outputs.check(job.mergePath(t)); err != nil {
				return err
			}
		}
	}
	if o.results != "" {
		return job.outputs.check(o.results)
	}
	return nil
}

// mergePath names the union with --merge.
func (job *pseudoJob) mergePath(t threshold) string {
	return filepath.Join(job.opts.out, fmt.Sprintf("thr%s_combined_%s.json", t.name, setName(job.opts.merge)))
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
		job.read(d.in)
		ix, names := d.Index(), coco.NewNames(d.Images)
		place := make(map[*coco.Image]int, len(d.Images))
		for i := range d.Images {
			place[&d.Images[i]] = i
		}
		if e.class != "" {
			known := false
			for _, cat := range d.Categories {
				known = known || cat.Name == e.class
			}
			if !known {
				return usagef("--exclude: %s has no class %s", e.path, e.class)
			}
		}
		if job.regions == nil {
			job.regions = map[int][]rle.Mask{}
		}
		for i := range d.Annotations {
			a := &d.Annotations[i]
			cat, img := ix.Category(a.CategoryID), ix.Image(a.ImageID)
			if e.class != "" && (cat == nil || cat.Name != e.class) {
				continue
			}
			fault := func(err error) error {
				return failf(exitBadData, "%s: annotations[%d]: %w", d.in.name, i, err)
			}
			if img == nil {
				return fault(fmt.Errorf("image_id: found %s, which no image has", a.ImageID.AppendJSON(nil)))
			}
			t, err := names.Match(place[img], job.names)
			var ambiguous *coco.AmbiguousNameError
			if errors.As(err, &ambiguous) {
				return fault(fmt.Errorf("image_id: found %s: %w", a.ImageID.AppendJSON(nil), err))
			} else if err != nil {
				continue // of another folder
			}
			m, err := a.Segmentation.Mask(img.Height, img.Width)
			if err != nil {
				return fault(err)
			}
			row := job.tiles[t].Row
			job.regions[row] = append(job.regions[row], m)
		}
	}
	return nil
}
