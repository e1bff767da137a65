package partials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// InMemory says that results have to be held in memory.
type InMemory struct {
	Why string // what needs all of them
}

func (e *InMemory) Error() string { return "not scored piece by piece: " + e.Why }

// A stream scores results piece by piece. A piece has all results on some of the images: of those that follow each
// other in the file, or, if the results of an image are not together, of a range of the images, for which the file is
// read again.
type stream struct {
	*Run
	c     *ui.Console
	index *coco.Index // of the whole ground truth
	place []int32     // by image of the whole ground truth: its index among those that are scored, or beyond -1 that of LeftOut
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
	first first        // of all results
	left  []int        // results on the images of LeftOut
}

// first is what the first of the results says that are on images that are scored.
type first struct {
	boxed    eval.Part // whether it has a box; zero: there is no result
	at       int       // its place in the file
	category int64
}

// stream scores results piece by piece. The error is [*InMemory] if they have to be held in memory. label is nil if
// the parts are to be told apart. The caller closes the spool.
func (r *Run) stream(ctx context.Context, c *ui.Console, label *Label) (*stream, error) {
	s := r.Scorer
	st := &stream{Run: r, c: c, index: r.Whole.Index(), left: make([]int, len(r.LeftOut)),
		done: make([]bool, len(s.Truth.Images)), in: make([]bool, len(s.Truth.Images))}
	st.spool.Dir = func() (string, error) { return os.TempDir(), nil }
	st.placeImages()
	// The ground truth is checked first, as in a run in memory.
	check := *s
	check.Params.Part = eval.PartUnboxed
	params, err := check.CheckTruth(ctx)
	if err != nil {
		return nil, (&preds.Detections{Name: r.name()}).Fault(s.Truth, err)
	}
	if s.OtherIoU(params) {
		return nil, &InMemory{"--iou has a threshold that --iou-thrs has not"}
	}
	if st.label = label; st.label == nil {
		if st.label, err = r.label(c); err != nil {
			return nil, err
		}
	}
	st.from, st.to = r.Shard.Range(len(s.Truth.Images))
	if st.groupings, err = st.label.divide(s, st.from, st.to); err != nil {
		return nil, err
	}
	if err := st.score(ctx); err != nil {
		return nil, errors.Join(err, st.spool.Close())
	}
	return st, nil
}

// placeImages fills place.
func (st *stream) placeImages() {
	scored := 0
	st.place = make([]int32, len(st.Whole.Images))
	for i := range st.place {
		id := st.Whole.Images[i].ID
		if k := slices.IndexFunc(st.LeftOut, func(l LeftOut) bool { return l.Images[id] }); k >= 0 {
			st.place[i] = int32(-1 - k)
			continue
		}
		st.place[i] = int32(scored)
		scored++
	}
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

// Stream scores results piece by piece. It counts those on the images of LeftOut too. The error is [*InMemory] if they
// have to be held in memory.
func (r *Run) Stream(ctx context.Context, c *ui.Console) (report *scoring.Report, left []int, err error) {
	st, err := r.stream(ctx, c, &Label{Results: files.FileInfo{Name: r.name()}})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = st.spool.Close() }() // it is removed in any case
	readers, err := st.readers()
	if err != nil {
		return nil, nil, err
	}
	of := &scoring.Merging{Results: r.name(), Truth: r.Whole.Name, Remarks: st.label.Remarks, None: withoutGroup(st.label)}
	report, err = scoring.Merge(r.Scorer.Scoring, of, readers)
	if errors.Is(err, eval.ErrCategory) {
		err = fmt.Errorf("%w: the ground truth has no category %d", eval.ErrCategory, st.first.category)
		err = st.fault(&eval.Error{List: "results", Index: st.first.at, Member: "category_id", Err: err})
	}
	return report, st.left, err
}

// WriteStream writes as [Run.Write] does, of results that are scored piece by piece. notes are of the images that are
// scored. The error is [*InMemory] if they have to be held in memory; nothing was created then.
func (r *Run) WriteStream(ctx context.Context, c *ui.Console, notes []string, create func() (io.Writer, error)) (*Label, error) {
	st, err := r.stream(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.spool.Close() }() // it is removed in any case
	readers, err := st.readers()
	if err != nil {
		return nil, err
	}
	st.label.Notes = notes
	for k := range r.LeftOut {
		if note := r.LeftOut[k].Note(r.name(), st.left[k]); note != "" {
			st.label.Notes = append(st.label.Notes, note)
		}
	}
	text, err := json.Marshal(st.label)
	if err != nil {
		return nil, err
	}
	w, err := create()
	if err != nil {
		return nil, err
	}
	alone := r.Shard.Of == 0 && len(r.Scorer.Truth.Images) == st.label.All
	_, err = eval.MergePartials(&eval.PartialOutput{W: w, Label: text, Alone: alone}, readers...)
	return st.label, fault(err)
}

// score scores all results, in one reading if those of each image are together.
func (st *stream) score(ctx context.Context) error {
	size := int64(0)
	if info, err := os.Stat(st.Results); err == nil {
		size = info.Size()
	}
	seen, stop := st.c.Progress("scoring results", size)
	defer stop()
	st.seen = seen
	err := st.read(ctx, st.from, st.to, true)
	if errors.Is(err, errUnsure) {
		if err := st.again(); err != nil {
			return err
		}
		if err := st.look(ctx); err != nil {
			return err
		}
		err = st.read(ctx, st.from, st.to, true)
	}
	switch {
	case errors.Is(err, errScattered):
		if err := st.again(); err != nil {
			return err
		}
		if err := st.byRanges(ctx, size); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if st.label.Remarks.Notes, err = st.IDs.Notes(st.name()); err != nil {
		return err
	}
	return st.rest(ctx)
}

// again forgets what was scored.
func (st *stream) again() error {
	clear(st.done)
	st.empty()
	st.label.Remarks, st.parts = scoring.Remarks{}, nil
	return st.spool.Close()
}

// Packed is how many bytes of results a compressed byte is at most, about.
const Packed = 16

// byRanges scores one range of the images after another, and reads the results for each.
func (st *stream) byRanges(ctx context.Context, size int64) error {
	switch {
	case st.Results == "-":
		var err error
		if size, err = st.Kept.Size(); err != nil {
			return ui.InFile(st.name(), err)
		}
	case files.UnpackedName(st.Results) != st.Results:
		size *= Packed
	}
	images, passes := st.to-st.from, int(size/st.Piece)+1
	for pass := range passes {
		from, to := st.from+images*pass/passes, st.from+images*(pass+1)/passes
		if from == to && (pass > 0 || images > 0) {
			continue
		}
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

// What read finds out about the file.
var (
	errScattered = errors.New("results of an image are not together")
	errUnsure    = errors.New("what ids mean is not known yet")
)

// open opens the results.
func (st *stream) open() (*files.Input, files.Peeked, error) {
	in, err := files.OpenInput(st.c, st.Results)
	if err != nil {
		return nil, files.Peeked{}, err
	}
	in.OnRead(st.seen)
	text := files.PeekResults(in, in, 4096)
	switch preds.FirstByte(text.Reader) {
	case '[':
		return in, text, nil
	case '{':
		err = &InMemory{"it is a dataset, not a list of results"}
	default:
		err = &InMemory{"it is no list of results"} // the run in memory says what it is
	}
	in.Close()
	return nil, text, err
}

// look finds out what the ids of the results mean.
func (st *stream) look(ctx context.Context) error {
	in, text, err := st.open()
	if err != nil {
		return err
	}
	defer in.Close()
	in.WithoutChecksum()
	return st.IDs.Look(func(yield func(coco.Result, error) bool) {
		for r, err := range coco.ReadResults(text) {
			if err != nil {
				err = st.unreadable(err)
			} else {
				err = ctx.Err()
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	})
}

// unreadable is the error of results that cannot be read.
func (st *stream) unreadable(err error) error {
	var fault *coco.Error
	if errors.As(err, &fault) && fault.Path == "" && !errors.Is(err, io.ErrUnexpectedEOF) && !ui.IsReadError(err) {
		return &InMemory{"it cannot be read result by result"} // such as a result of many MB
	}
	return preds.ListFault(st.name(), st.Results, st.Whole.Name, err)
}

// read reads the results once, and keeps those on a range of the images. If these are all that are scored, it scores a
// piece as soon as it has its size.
func (st *stream) read(ctx context.Context, from, to int, all bool) error {
	in, text, err := st.open()
	if err != nil {
		return err
	}
	defer in.Close()
	identified := st.label.Results.Name != ""
	if identified {
		in.WithoutChecksum()
	}
	st.IDs.Begin()
	clear(st.left)
	st.first = first{}
	n, last, elsewhere := 0, -1, 0
	boxes := st.Scorer.Params.Type == eval.BBox
	for r, err := range coco.ReadResults(text) {
		if err != nil {
			return st.unreadable(err)
		}
		if n == math.MaxInt32 {
			return ui.Failf(ui.ExitBadData, "%s: found more than %s results, expected at most that many: cut the file, and score each part with --partial-out",
				st.name(), ui.Thousands(n))
		}
		n++
		i, ok := st.index.ImageAt(r.ImageID)
		if st.IDs.Unsure(&r, ok) {
			return errUnsure
		}
		keep, err := st.IDs.Map(&r)
		if err != nil {
			return (&preds.Detections{Name: st.name()}).MemberFault(n-1, err)
		}
		if !keep {
			continue
		}
		if st.IDs.Moves() {
			i, ok = st.index.ImageAt(r.ImageID)
		}
		if !ok {
			return st.unknownImage(ctx, r, n-1)
		}
		image := int(st.place[i])
		if image < st.from || image >= st.to {
			elsewhere++
		}
		if image < 0 {
			st.left[-1-image]++
			continue
		}
		if st.first.boxed == eval.Whole {
			st.first = first{eval.PartBoxed, n - 1, r.CategoryID}
			if r.Missing.Has(coco.FieldBBox) {
				st.first.boxed, boxes = eval.PartUnboxed, false
			}
		}
		if image < from || image >= to {
			continue
		}
		if all && image != last {
			if st.bytes >= st.Piece {
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
		st.add(r, n-1)
	}
	st.label.Elsewhere = elsewhere
	if !identified {
		st.label.Results, err = in.ReadToEnd()
	}
	return err
}

// add adds a result to the piece.
func (st *stream) add(r coco.Result, at int) {
	r.Extra = nil
	st.list.Append(r)
	st.at = append(st.at, int32(at))
	st.bytes += 96 + int64(r.Segmentation.Len())
}

// unknownImage is the error of a result on an image that the ground truth does not have, or of one before it.
func (st *stream) unknownImage(ctx context.Context, r coco.Result, at int) error {
	if st.from < st.to {
		st.in[st.from] = true // the error says how its id differs
	}
	st.add(r, at)
	return st.piece(ctx)
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
	s := *st.Scorer
	s.Params.Part = st.first.boxed
	truth := *s.Truth
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
			set.Annotations = append(set.Annotations, st.Whole.Annotations[at])
		}
		st.done[i] = true
	}
	truth.Dataset, s.Truth = &set, &truth
	p, err := s.Partial(ctx, &preds.Detections{Name: st.name(), List: st.list})
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
		return st.fault(err)
	}
	st.label.Remarks.Add(&p.Remarks)
	st.empty()
	return ctx.Err()
}

// fault says in which file an error of the evaluation is.
func (st *stream) fault(err error) error {
	return (&preds.Detections{Name: st.name()}).Fault(st.Scorer.Truth, err)
}
