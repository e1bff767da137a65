package evalcmd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/spool"
)

// sizes of what is scored piece by piece, in bytes of results; variables for tests.
var (
	streamFrom  int64 = 1 << 30 // smaller files are held in memory
	streamPiece int64 = 96 << 20
)

// errNotStreamed says that results have to be held in memory.
var errNotStreamed = errors.New("not scored piece by piece")

// streams reports whether the results are so many that they are scored piece by piece, and nothing is to be
// reported that needs all of them.
func (o *options) streams() bool {
	if len(o.results) != 1 || o.results[0] == "-" || o.truth.Path == "-" || o.Sweep || o.Errors || o.confusion || o.compare || o.Stitch ||
		o.images != "" || o.plan != "" || o.rules.SelectImages() || slices.ContainsFunc(o.By, func(by string) bool { return by == "tile" || by == "fold" }) {
		return false
	}
	st, err := os.Stat(o.results[0])
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	size := st.Size()
	if files.UnpackedName(o.results[0]) != o.results[0] {
		size *= 8
	}
	return size >= streamFrom
}

// A stream scores results piece by piece. A piece has all results on some of the images: of those that follow each
// other in the file, or, if the results of an image are not together, of a range of the images, for which the file is
// read again.
type stream struct {
	s     *Scorer
	c     *ui.Console
	path  string
	index *coco.Index
	seen  func(n int)

	spool     spool.File
	parts     []*spool.Part
	label     *partialLabel   // of all parts together
	groupings []eval.Grouping // of the images from the index from on
	from, to  int             // range of the images that are scored
	done      []bool          // by image: its piece was scored
	in        []bool          // the image is in the piece

	list  coco.Results // of the piece
	at    []int32      // their places in the file
	bytes int64        // of the list, about
	first eval.Part    // whether the first result has a box
}

// streamParts scores results piece by piece. The error is errNotStreamed if they have to be held in memory: their ids
// are not all those of the ground truth, say. label is nil if the parts are to be told apart. The caller closes the spool.
func streamParts(ctx context.Context, c *ui.Console, o *options, label *partialLabel) (*stream, error) {
	truth, err := o.truth.Read(ctx, c)
	if err != nil {
		return nil, errNotStreamed // which reports it with the results
	}
	s := &Scorer{Scoring: o.Scoring, Truth: truth}
	if s.Keys, err = imagekey.Open(c, o.table); err != nil {
		return nil, err
	}
	if s.Params.Categories, err = truth.CategoryIDs(o.truth.Classes); err != nil {
		return nil, err
	}
	st := &stream{s: s, c: c, path: o.results[0], index: truth.Index(), done: make([]bool, len(truth.Images)), in: make([]bool, len(truth.Images))}
	st.spool.Dir = func() (string, error) { return os.TempDir(), nil }
	// The ground truth is checked first, as in a run in memory.
	r := &Report{}
	none := &preds.Detections{Name: st.path}
	s.Params.Part = eval.PartUnboxed
	if err := s.evaluate(ctx, none, r); err != nil {
		return nil, none.Fault(truth, err)
	}
	if s.otherIoU(r.Whole.Params) {
		return nil, errNotStreamed
	}
	if st.label = label; st.label == nil {
		if st.label, err = newLabel(c, o, truth); err != nil {
			return nil, err
		}
	}
	st.from, st.to = o.shard.Range(len(truth.Images))
	if st.groupings, err = s.divide(st.label, st.from, st.to); err != nil {
		return nil, err
	}
	if err := st.score(ctx); err != nil {
		return nil, errors.Join(err, st.spool.Close())
	}
	return st, nil
}

// readers returns readers of the parts.
func (st *stream) readers() ([]*eval.PartialReader, error) {
	var readers []*eval.PartialReader
	for _, part := range st.parts {
		p, err := eval.NewPartialReader(io.NewSectionReader(part, 0, math.MaxInt64))
		if err != nil {
			return nil, err
		}
		readers = append(readers, p)
	}
	return readers, nil
}

// runStream scores results piece by piece. The error is errNotStreamed if they have to be held in memory.
func runStream(ctx context.Context, c *ui.Console, o *options) (*result, error) {
	st, err := streamParts(ctx, c, o, &partialLabel{Results: files.FileInfo{Name: o.results[0]}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.spool.Close() }() // it is removed in any case
	readers, err := st.readers()
	if err != nil {
		return nil, err
	}
	out := &Report{File: st.path, IoU: st.s.iou(), remarks: st.label.Remarks}
	if err := out.merge(&o.Scoring, []*partialLabel{st.label}, st.s.Truth.Name, readers); err != nil {
		if errors.Is(err, eval.ErrCategory) {
			return nil, errNotStreamed
		}
		return nil, err
	}
	return &result{reports: []*Report{out}}, nil
}

// streamPartial writes the part of results that are scored piece by piece. The error is errNotStreamed if they have to be
// held in memory; nothing was written then.
func streamPartial(ctx context.Context, c *ui.Console, o *options, create func() (io.Writer, error)) (*partialLabel, error) {
	st, err := streamParts(ctx, c, o, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.spool.Close() }() // it is removed in any case
	readers, err := st.readers()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(st.label)
	if err != nil {
		return nil, err
	}
	w, err := create()
	if err != nil {
		return nil, err
	}
	_, err = eval.MergePartials(&eval.PartialOutput{W: w, Label: text, Alone: o.shard.Of == 0}, readers...)
	return st.label, partialFault(err)
}

// score scores all results, in one reading if those of each image are together.
func (st *stream) score(ctx context.Context) error {
	size := int64(0)
	if info, err := os.Stat(st.path); err == nil {
		size = info.Size()
	}
	seen, stop := st.c.Progress("scoring results", size)
	defer stop()
	st.seen = seen
	err := st.read(ctx, st.from, st.to, true)
	if !errors.Is(err, errScattered) {
		if err == nil {
			err = st.rest(ctx)
		}
		return err
	}
	clear(st.done)
	st.label.Remarks, st.parts = remarks{}, nil
	if err := st.spool.Close(); err != nil {
		return err
	}
	if files.UnpackedName(st.path) != st.path {
		size *= 8
	}
	images, passes := st.to-st.from, int(size/streamPiece)+1
	for pass := range passes {
		from, to := st.from+images*pass/passes, st.from+images*(pass+1)/passes
		if from == to && (pass > 0 || images > 0) {
			continue
		}
		st.empty()
		if err := st.read(ctx, from, to, false); err != nil {
			return err
		}
		for image := from; image < to; image++ {
			st.in[image] = true
		}
		if err := st.piece(ctx); err != nil {
			return err
		}
	}
	return nil
}

// errScattered says that results of an image come after those of others.
var errScattered = errors.New("results of an image are not together")

// read reads the results once, and keeps those on a range of the images. If these are all that are scored, it scores a
// piece as soon as it has its size.
func (st *stream) read(ctx context.Context, from, to int, all bool) error {
	in, err := files.OpenInput(st.c, st.path)
	if err != nil {
		return err
	}
	defer in.Close()
	identified := st.label.Results.Name != ""
	if identified {
		in.WithoutChecksum()
	}
	in.OnRead(st.seen)
	text := files.PeekResults(in, in, 4096)
	if preds.FirstByte(text.Reader) != '[' {
		return errNotStreamed
	}
	known := map[int64]bool{}
	for i := range st.s.Truth.Categories {
		known[st.s.Truth.Categories[i].ID] = true
	}
	n, last, elsewhere := int32(0), -1, 0
	boxes := st.s.Params.Type == eval.BBox
	for r, err := range coco.ReadResults(text) {
		if err != nil {
			return errNotStreamed // which says where it is and what to do
		}
		if n == 0 {
			if st.first = eval.PartBoxed; r.Missing.Has(coco.FieldBBox) {
				st.first, boxes = eval.PartUnboxed, false
			}
		}
		image, ok := st.index.ImageAt(r.ImageID)
		if !ok || !known[r.CategoryID] && !r.Missing.Has(coco.FieldCategoryID) || r.Extra.Get("file_name") != nil || n == math.MaxInt32 {
			return errNotStreamed
		}
		n++
		if image < st.from || image >= st.to {
			elsewhere++
		}
		if image < from || image >= to {
			continue
		}
		if all && image != last {
			if st.bytes >= streamPiece {
				if err := st.piece(ctx); err != nil {
					return err
				}
			}
			if st.done[image] {
				return errScattered
			}
			st.in[image], last = true, image
		}
		if boxes && !r.Missing.Has(coco.FieldBBox) {
			r.Segmentation = coco.Segmentation{}
		}
		r.Extra = nil
		st.list.Append(r)
		st.at = append(st.at, n-1)
		st.bytes += 96 + int64(r.Segmentation.Len())
	}
	if n == 0 {
		return errNotStreamed
	}
	st.label.Elsewhere = elsewhere
	if !identified {
		st.label.Results, err = in.ReadToEnd()
	}
	return err
}

// rest scores what is left: the last piece, and the images without results.
func (st *stream) rest(ctx context.Context) error {
	if slices.Contains(st.in, true) {
		if err := st.piece(ctx); err != nil {
			return err
		}
	}
	for i := st.from; i < st.to; i++ {
		st.in[i] = !st.done[i]
	}
	if len(st.parts) > 0 && !slices.Contains(st.in, true) {
		return nil
	}
	return st.piece(ctx)
}

// empty begins a new piece.
func (st *stream) empty() {
	st.list, st.at, st.bytes = coco.Results{}, st.at[:0], 0
	clear(st.in)
}

// piece scores a piece, and begins a new one.
func (st *stream) piece(ctx context.Context) error {
	s := *st.s
	s.Params.Part = st.first
	truth := *st.s.Truth
	set := *truth.Dataset
	set.Images, set.Annotations = nil, nil
	places := []uint64{}
	groupings := slices.Clone(st.groupings)
	for k := range groupings {
		groupings[k].Groups = nil
	}
	for i, in := range st.in {
		if !in {
			continue
		}
		img := &truth.Images[i]
		set.Images, places = append(set.Images, *img), append(places, uint64(truth.Names.Place(i)))
		for k := range groupings {
			groupings[k].Groups = append(groupings[k].Groups, st.groupings[k].Groups[i-st.from])
		}
		for _, at := range st.index.Annotations(img.ID) {
			set.Annotations = append(set.Annotations, truth.Annotations[at])
		}
		st.done[i] = true
	}
	truth.Dataset, s.Truth = &set, &truth
	d := &preds.Detections{Name: st.path, List: st.list}
	r := &Report{}
	err := s.evaluate(ctx, d, r)
	if err == nil {
		var competition *eval.HuBMAPOptions
		if competition, err = s.competition(); err == nil {
			part := st.spool.Part()
			st.parts = append(st.parts, part)
			err = r.Whole.WritePartial(part, &eval.PartialOptions{HuBMAP: competition, Places: places, Groupings: groupings})
		}
	}
	if err != nil {
		var fault *eval.Error
		if errors.As(err, &fault) && fault.List == "results" {
			fault.Index = int(st.at[fault.Index])
		}
		return d.Fault(st.s.Truth, err)
	}
	m := s.gather(d, r.Whole)
	st.label.Remarks.add(&m)
	st.empty()
	return ctx.Err()
}
