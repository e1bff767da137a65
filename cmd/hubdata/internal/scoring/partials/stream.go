package partials

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/spool"
)

// ErrInMemory says that results have to be held in memory.
var ErrInMemory = errors.New("not scored piece by piece")

// A stream scores results piece by piece. A piece has all results on some of the images: of those that follow each
// other in the file, or, if the results of an image are not together, of a range of the images, for which the file is
// read again.
type stream struct {
	s     *scoring.Scorer
	c     *ui.Console
	path  string
	most  int64 // bytes of results in a piece, about
	index *coco.Index
	seen  func(n int)

	spool     spool.File
	parts     []*spool.Part
	label     *Label          // of all parts together
	groupings []eval.Grouping // of the images from the index from on
	from, to  int             // range of the images that are scored
	done      []bool          // by image: its piece was scored
	in        []bool          // the image is in the piece

	list  coco.Results // of the piece
	at    []int32      // their places in the file
	bytes int64        // of the list, about
	first eval.Part    // whether the first result has a box
}

// stream scores results piece by piece. The error is [ErrInMemory] if they have to be held in memory: their ids are not
// all those of the ground truth, say. label is nil if the parts are to be told apart. The caller closes the spool.
func (r *Run) stream(ctx context.Context, c *ui.Console, label *Label) (*stream, error) {
	truth, err := r.Truth.Read(ctx, c)
	if err != nil {
		return nil, ErrInMemory // which reports it with the results
	}
	s, err := r.scorer(c, truth)
	if err != nil {
		return nil, err
	}
	st := &stream{s: s, c: c, path: r.Results, most: r.Piece, index: truth.Index(),
		done: make([]bool, len(truth.Images)), in: make([]bool, len(truth.Images))}
	st.spool.Dir = func() (string, error) { return os.TempDir(), nil }
	// The ground truth is checked first, as in a run in memory.
	s.Params.Part = eval.PartUnboxed
	params, err := s.CheckTruth(ctx)
	if err != nil {
		return nil, (&preds.Detections{Name: st.path}).Fault(truth, err)
	}
	if s.OtherIoU(params) {
		return nil, ErrInMemory
	}
	if st.label = label; st.label == nil {
		if st.label, err = r.label(c, truth); err != nil {
			return nil, err
		}
	}
	st.from, st.to = r.Shard.Range(len(truth.Images))
	if st.groupings, err = st.label.divide(s, st.from, st.to); err != nil {
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

// Stream scores results piece by piece. The error is [ErrInMemory] if they have to be held in memory.
func (r *Run) Stream(ctx context.Context, c *ui.Console) (*scoring.Report, error) {
	st, err := r.stream(ctx, c, &Label{Results: files.FileInfo{Name: r.Results}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.spool.Close() }() // it is removed in any case
	readers, err := st.readers()
	if err != nil {
		return nil, err
	}
	of := &scoring.Merging{Results: st.path, Truth: st.s.Truth.Name, Remarks: st.label.Remarks, None: withoutGroup(st.label)}
	report, err := scoring.Merge(r.Scoring, of, readers)
	if errors.Is(err, eval.ErrCategory) {
		return nil, ErrInMemory
	}
	return report, err
}

// WriteStream writes as [Run.Write] does, of results that are scored piece by piece. The error is [ErrInMemory] if they
// have to be held in memory; nothing was created then.
func (r *Run) WriteStream(ctx context.Context, c *ui.Console, create func() (io.Writer, error)) (*Label, error) {
	st, err := r.stream(ctx, c, nil)
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
	_, err = eval.MergePartials(&eval.PartialOutput{W: w, Label: text, Alone: r.Shard.Of == 0}, readers...)
	return st.label, fault(err)
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
	st.label.Remarks, st.parts = scoring.Remarks{}, nil
	if err := st.spool.Close(); err != nil {
		return err
	}
	if files.UnpackedName(st.path) != st.path {
		size *= 8
	}
	images, passes := st.to-st.from, int(size/st.most)+1
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
		return ErrInMemory
	}
	known := map[int64]bool{}
	for i := range st.s.Truth.Categories {
		known[st.s.Truth.Categories[i].ID] = true
	}
	n, last, elsewhere := int32(0), -1, 0
	boxes := st.s.Params.Type == eval.BBox
	for r, err := range coco.ReadResults(text) {
		if err != nil {
			return ErrInMemory // which says where it is and what to do
		}
		if n == 0 {
			if st.first = eval.PartBoxed; r.Missing.Has(coco.FieldBBox) {
				st.first, boxes = eval.PartUnboxed, false
			}
		}
		image, ok := st.index.ImageAt(r.ImageID)
		if !ok || !known[r.CategoryID] && !r.Missing.Has(coco.FieldCategoryID) || r.Extra.Get("file_name") != nil || n == math.MaxInt32 {
			return ErrInMemory
		}
		n++
		if image < st.from || image >= st.to {
			elsewhere++
		}
		if image < from || image >= to {
			continue
		}
		if all && image != last {
			if st.bytes >= st.most {
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
		return ErrInMemory
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
	p, err := s.Partial(ctx, d)
	if err == nil {
		part := st.spool.Part()
		st.parts = append(st.parts, part)
		err = p.Write(part, eval.PartialOptions{Places: places, Groupings: groupings})
	}
	if err != nil {
		var fault *eval.Error
		if errors.As(err, &fault) && fault.List == "results" {
			fault.Index = int(st.at[fault.Index])
		}
		return d.Fault(st.s.Truth, err)
	}
	st.label.Remarks.Add(&p.Remarks)
	st.empty()
	return ctx.Err()
}
