package pseudocmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/pseudo"
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

// labelledTile is the labels of a tile, for all sets. There may be many, so their text
// waits in a store.
type labelledTile struct {
	text   spool.Text // the image, then the labels, without their ids
	image  uint32     // bytes of the image
	labels []storedLabel
	merge  *mergeTile // for --merge alone
}

// storedLabel is an instance as a label, or as a crowd: whichever some set wants.
type storedLabel struct {
	score float64
	bytes uint32
	use   pseudo.Use
}

// mergeTile is the records of the text, which a union is made of.
type mergeTile struct {
	image  coco.Image
	labels []coco.Annotation
}

// withoutID is how many bytes of an encoded label come before what follows its id, which is
// 0: each set counts its own.
const withoutID = len(`{"id":0`)

// newWork returns what fuses a tile.
func (job *pseudoJob) newWork(r *pseudoReading) (func(*pseudo.Group) (*fusedTile, error), error) {
	fuser, err := pseudo.NewFuser(&job.opts.fuse)
	if err != nil {
		return nil, err
	}
	images := job.opts.Options(job.opts.Dir)
	return func(g *pseudo.Group) (*fusedTile, error) {
		img, err := images.Image(job.aids.tiles[g.Tile-1])
		if err != nil {
			return nil, err
		}
		instances, counts, err := fuser.Tile(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: g.Predictions, Exclude: job.aids.regions[g.Tile]})
		if err != nil {
			return nil, err
		}
		t := &fusedTile{row: g.Tile, outcome: job.opts.labels.Outcome(g.Predictions, instances, counts)}
		if err := t.label(job.opts, &img, instances); err != nil {
			return nil, err
		}
		if r.results != nil {
			err = t.encodeResults(&job.opts.labels, r.files[g.Predictions[0].Source], g.Image, instances)
		}
		return t, err
	}, nil
}

// label encodes the image and what the sets want of the instances.
func (t *fusedTile) label(o *pseudoOptions, img *coco.Image, instances []pseudo.Instance) error {
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

// wanted says whether some set uses an instance of a score so.
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

// take adds a tile to the reading, and writes its results.
func (job *pseudoJob) take(r *pseudoReading, t *fusedTile) error {
	tile := &job.aids.tiles[t.row-1]
	r.tally.AddTile(tile.Dataset, tile.WSI, t.outcome)
	for set := range r.areas {
		for _, area := range t.outcome.Areas(set) {
			r.areas[set].Add(float64(area))
		}
	}
	var err error
	if t.labels.text, err = r.texts.Add(t.text, t.row); err != nil {
		return err
	}
	r.rows[t.row] = t.labels
	if r.results == nil {
		return nil
	}
	return r.results.add(t.results, t.count)
}

// resultsFile is the file of --results.
type resultsFile struct {
	*files.Output
	count int
}

// add writes n results.
func (f *resultsFile) add(text []byte, n int) error {
	if n == 0 {
		return nil
	}
	head := ",\n"
	if f.count == 0 {
		head = "[\n"
	}
	f.count += n
	return f.write(head, text)
}

// end ends the list.
func (f *resultsFile) end() error {
	end := "\n]\n"
	if f.count == 0 {
		end = "[]\n"
	}
	if err := f.write(end, nil); err != nil {
		return err
	}
	return f.Finish()
}

func (f *resultsFile) write(head string, text []byte) error {
	if _, err := f.WriteString(head); err != nil {
		return f.Failed(err)
	}
	if _, err := f.Write(text); err != nil {
		return f.Failed(err)
	}
	return nil
}
