package pseudocmd

import (
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/wsi"
)

// fusedTile is what a worker makes of a tile.
type fusedTile struct {
	row     int
	outcome *pseudo.Outcome
	labels  *labelledTile
	text    []byte // of labels
	results []byte // a list without its brackets
	count   int    // of results
}

// labelledTile is the labels of a tile, for all sets. There may be many, so their text is in a store, which spills to disk.
type labelledTile struct {
	text   spool.Text // the image, then the labels, without their ids
	image  uint32     // bytes of the image
	labels []storedLabel
	merge  *mergeTile // for --merge alone
}

// storedLabel is an instance as a label, or as a crowd, if some set has it so.
type storedLabel struct {
	score float64
	bytes uint32
	use   pseudo.Use
}

// mergeTile is the records of the text, for --merge.
type mergeTile struct {
	image  coco.Image
	labels []coco.Annotation
}

// withoutID is the length of the beginning of an encoded label, with the id 0. Each set has its own ids.
const withoutID = len(`{"id":0`)

// newWork returns a function that fuses a tile, for one goroutine.
func (r *reader) newWork() (func(*pseudo.Group) (*fusedTile, error), error) {
	fuser, err := pseudo.NewFuser(&r.o.fuse)
	if err != nil {
		return nil, err
	}
	images := r.o.Options(r.o.Dir)
	return func(g *pseudo.Group) (*fusedTile, error) {
		img, err := r.aids.image(images, g.Tile)
		if err != nil {
			return nil, err
		}
		instances, counts, err := fuser.Tile(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: g.Predictions, Exclude: r.aids.regions[g.Tile]})
		if err != nil {
			return nil, err
		}
		t := &fusedTile{row: g.Tile, outcome: r.o.labels.Outcome(g.Predictions, instances, counts)}
		if r.o.sets() == 0 {
			t.labels = &labelledTile{}
		} else if err := t.label(r.o, &img, instances); err != nil {
			return nil, err
		}
		if r.o.results != "" {
			err = t.encodeResults(&r.o.labels, r.files[g.Predictions[0].Source], g.Image, instances)
		}
		return t, err
	}, nil
}

// image is the image of a tile in the sets.
func (a *aids) image(opts *wsi.ConvertOptions, row int) (coco.Image, error) {
	if a.images != nil {
		return a.images[row-1], nil
	}
	return opts.Image(a.tiles[row-1])
}

// label encodes the image, and the instances that some set has.
func (t *fusedTile) label(o *options, img *coco.Image, instances []pseudo.Instance) error {
	out := &labelledTile{}
	t.labels = out
	var err error
	if t.text, err = coco.AppendImage(nil, img); err != nil {
		return err
	}
	out.image = uint32(len(t.text))
	if o.merge != "" {
		out.merge = &mergeTile{image: *img}
	}
	var label []byte
	for i := range instances {
		in := &instances[i]
		for _, use := range []pseudo.Use{pseudo.Kept, pseudo.Ignored} {
			if !wanted(&o.labels, in.Score, use) {
				continue
			}
			a := o.labels.Annotation(img.ID, in, use == pseudo.Ignored)
			if label, err = coco.AppendAnnotation(label[:0], &a); err != nil {
				return err
			}
			label := label[withoutID:]
			t.text = append(t.text, label...)
			out.labels = append(out.labels, storedLabel{in.Score, uint32(len(label)), use})
			if out.merge != nil {
				out.merge.labels = append(out.merge.labels, a)
			}
		}
	}
	return nil
}

// wanted reports whether some set uses an instance of this score so.
func wanted(l *pseudo.Labels, score float64, use pseudo.Use) bool {
	for set := range l.Above {
		if l.Use(set, score) == use {
			return true
		}
	}
	return false
}

// encodeResults appends all instances as results, with the ids that the predictions have.
func (t *fusedTile) encodeResults(l *pseudo.Labels, f *predictionFile, image coco.ID, instances []pseudo.Instance) error {
	for i := range instances {
		if t.count > 0 {
			t.results = append(t.results, ",\n"...)
		}
		t.count++
		r := l.Result(image, &instances[i])
		r.CategoryID = f.own[r.CategoryID]
		var err error
		if t.results, err = coco.AppendResult(t.results, &r); err != nil {
			return err
		}
	}
	return nil
}

// take adds a tile, and writes its results.
func (f *fused) take(a *aids, t *fusedTile) error {
	tile := &a.tiles[t.row-1]
	f.tally.AddTile(tile.Dataset, tile.WSI, t.outcome)
	for set := range f.areas {
		for _, area := range t.outcome.Areas(set) {
			f.areas[set].Add(float64(area))
		}
	}
	var err error
	if t.labels.text, err = f.texts.Add(t.text, t.row); err != nil {
		return err
	}
	f.rows[t.row] = t.labels
	if f.results == nil {
		return nil
	}
	return f.results.add(t.results, t.count)
}
