package pseudocmd

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/pseudo"
)

// options say what is fused, by what rules, and what is written.
type options struct {
	folder.SetOptions
	folder.Location
	models   preds.ModelList
	images   string
	ofImages bool     // labels are made for the images of the file images, not for the tiles of a table
	classes  []string // of --class, for ofImages; nil: all
	labels   pseudo.Labels
	percents []string // of labels.Above, for the names of files: 60
	fuse     pseudo.Options
	preset   string
	// Of a preset that is a file; nil: it is none.
	presetFile    *files.Input // closed
	presetOptions pseudo.Options
	exclude       []classFile
	merge         string
	results       string
	out           string
	dropEmpty     bool
	shard         shards.Shard // zero: all tiles
	rows          bool         // fuse rows of a cluster
}

// classFile is a COCO file, and a class in it if only that counts.
type classFile struct{ path, class string }

// outputs are the paths that a run writes to and may be standard output.
func (o *options) outputs() []string {
	if o.shard.Of > 0 {
		return []string{o.results}
	}
	return []string{o.out, o.results}
}

// sets is the number of sets that are written: none of a shard, since the ids of annotations count through a whole set.
func (o *options) sets() int {
	if o.shard.Of > 0 || o.rows {
		return 0
	}
	return len(o.labels.Above)
}

// modelPaths are all files of predictions.
func (o *options) modelPaths() []string {
	var paths []string
	for _, path := range o.models.Paths() {
		paths = append(paths, path)
	}
	return paths
}

// outFile reports whether -o names a file and not a folder.
func (o *options) outFile() bool {
	bare := files.UnpackedName(o.out)
	return o.out == "-" || strings.EqualFold(filepath.Ext(bare), ".json")
}

// setPath is the path of the set of a threshold.
func (o *options) setPath(set int) string {
	if o.outFile() {
		return o.out
	}
	if o.ofImages {
		return filepath.Join(o.out, fmt.Sprintf("pseudo_thr%s.json", o.percents[set]))
	}
	name := strings.NewReplacer(",", "_", "<", "lt", ">", "gt", "=", "", " ", "").Replace(o.Datasets.String())
	return filepath.Join(o.out, fmt.Sprintf("pseudo_ds%s_thr%s.json", name, o.percents[set]))
}

// mergePath is the path of the set merged with that of --merge.
func (o *options) mergePath(set int) string {
	return filepath.Join(o.out, fmt.Sprintf("thr%s_combined_%s.json", o.percents[set], setName(o.merge)))
}

// setName is a file's name without folder and suffixes.
func setName(path string) string {
	name := files.UnpackedName(filepath.Base(path))
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// provenance is the options in the words of the command line.
func (o *options) provenance() map[string]any {
	f := &o.fuse
	steps := []string{}
	for _, s := range f.Post {
		steps = append(steps, s.String())
	}
	all := o.Provenance()
	m := map[string]any{
		"class": all["class"], "segmentation": all["segmentation"], "image_id": all["image_id"],
		"category_start": all["category_start"], "tile_size": all["tile_size"],
		"preset": o.preset, "fuse": f.Fusion.Method.String(), "iou": max(0, f.Fusion.IoU), "skip": f.Fusion.Skip,
		"cluster": f.By.String(), "vote_rule": f.Vote.Rule.String(), "vote": max(0, f.Vote.Part), "box_clip": f.Vote.ClipBox,
		"post": steps, "non_overlap": f.NonOverlap, "drop_empty": o.dropEmpty,
	}
	switch f.Fusion.Method {
	case pseudo.WBF:
		m["conf"], m["allow_overflow"] = f.Fusion.Confidence.String(), f.Fusion.AllowOverflow
	case pseudo.SoftNMS:
		m["decay"], m["sigma"] = f.Fusion.Decay.String(), f.Fusion.Sigma
	}
	if len(f.ClassAbove) > 0 {
		list := []string{}
		for _, name := range slices.Sorted(maps.Keys(f.ClassAbove)) {
			list = append(list, name+"="+strconv.FormatFloat(f.ClassAbove[name], 'g', -1, 64))
		}
		m["class_above"] = list
	}
	if f.Rescore != pseudo.RescoreNone {
		m["rescore"] = f.Rescore.String()
	}
	if o.labels.IgnoreBand {
		m["ignore_band"] = o.labels.IgnoreAbove
	}
	if len(o.exclude) > 0 {
		classes := []string{} // "": all
		for _, e := range o.exclude {
			classes = append(classes, e.class)
		}
		m["exclude_class"] = classes
	}
	models := []any{}
	for i, d := range o.models {
		files := []string{}
		for _, path := range d.Files {
			files = append(files, filepath.Base(path))
		}
		suppress := f.Suppress
		if own := f.Models[i].Suppress; own != nil {
			suppress = *own
		}
		model := map[string]any{"name": d.Name, "weight": f.Models[i].Weight, "tta_nms": suppress.String(), "files": files}
		if p := f.Models[i].Power; p != 0 && p != 1 {
			model["calibrate"] = p
		}
		models = append(models, model)
	}
	m["models"] = models
	if o.ofImages {
		m["class"] = o.Classes
		for _, name := range []string{"image_id", "category_start", "tile_size"} {
			delete(m, name)
		}
	}
	return m
}
