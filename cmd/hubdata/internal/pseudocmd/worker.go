package pseudocmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/urfave/cli/v2"
)

// Workers are the hidden commands that a cluster runs: __split reads files of predictions and writes their records as
// rows, __fuse reads the rows of some shards and writes fused results. Of __split --by-slide the shards are slides, and
// __label writes their sets. They have the flags of hubdata pseudo; the files of --model are not read.
func Workers(c *ui.Console) []*cli.Command {
	more := []cli.Flag{
		&cli.IntFlag{Name: "shards", Value: 16, Usage: "make `N` shards"},
		&cli.BoolFlag{Name: "by-slide", Usage: "make a shard per slide, in place of --shards"},
		&cli.StringFlag{Name: "failed", Usage: "write what is wrong with the data to `FILE`, and end if it is there"},
	}
	worker := func(name, usage string, run func(context.Context, *ui.Console, *options, dividing) error) *cli.Command {
		return &cli.Command{
			Name: name, Usage: usage, UsageText: "[flags] [DIR]", Flags: append(Command(c).Flags, more...),
			Action: func(ctx *cli.Context) error {
				return shards.Once(ctx.String("failed"), func() error {
					o, err := parse(c, ctx)
					if err != nil {
						return err
					}
					if err := shards.CheckWorker(ctx, "shard", "out", "results"); err != nil {
						return err
					}
					return run(ctx.Context, c, o, dividing{shards: ctx.Int("shards"), bySlide: ctx.Bool("by-slide")})
				})
			},
		}
	}
	return []*cli.Command{
		worker("__split", "files of predictions, one per line with model and number, to rows of shards", split),
		worker("__fuse", "rows of shards to fused results", fuseRows),
		worker("__label", "rows of slides to a line for each set", labelRows),
	}
}

// dividing says how tiles are divided into shards.
type dividing struct {
	shards  int
	bySlide bool
}

// slides are the slides that have tiles which the flags select, in rising order.
func (a *aids) slides(o *options) ([]int, error) {
	if a.images != nil {
		return nil, ui.Usagef("sets by slide need a table of tiles, and %s has no slides", a.tableName)
	}
	var slides []int
	for _, t := range a.tiles {
		if a.selected(o, t) {
			slides = append(slides, t.WSI)
		}
	}
	slices.Sort(slides)
	return slices.Compact(slides), nil
}

// split reads lines with a path, a model and a number of a file, and writes the records of the files as rows.
func split(ctx context.Context, c *ui.Console, o *options, by dividing) error {
	a, err := readAids(ctx, c, o)
	if err != nil {
		return err
	}
	var slides []int // nil: the shards are ranges of the tiles
	if by.bySlide {
		if slides, err = a.slides(o); err != nil {
			return err
		}
	}
	shard := func(tile int) int {
		if slides == nil {
			return shards.Of(tile-1, len(a.tiles), by.shards)
		}
		k, _ := slices.BinarySearch(slides, a.tiles[tile-1].WSI)
		return k + 1
	}
	r := &reader{c: c, o: o, aids: a}
	lines := bufio.NewScanner(c.Stdin())
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		if len(words) != 3 {
			return ui.Failf(ui.ExitBadData, "found %q, expected a path, a model and a number with tabs between", lines.Text())
		}
		source, err := strconv.Atoi(words[2])
		model := o.models.Place(words[1])
		if err != nil || source < 0 || model < 0 {
			return ui.Failf(ui.ExitBadData, "%s: found model %q and number %q, expected one of %s and a number", words[0], words[1], words[2], strings.Join(o.models.Names(), ", "))
		}
		if err := r.split(ctx, &shards.Row{Source: source, Model: words[1], Path: words[0]}, model, shard, len(slides)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// split writes the records of a file, and for each slide what is known of the whole file.
func (r *reader) split(ctx context.Context, row *shards.Row, model int, shard func(tile int) int, slides int) error {
	f, err := r.open(row.Path, model, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	if slides == 0 {
		f.WithoutChecksum()
	}
	r.files = []*predictionFile{f}
	record := 0
	var line []byte
	flush := func() error {
		if len(row.Text) == 0 {
			return nil
		}
		if row.Image > 0 {
			row.Text = append(row.Text, ']')
		}
		var err error
		if line, err = row.Append(line[:0]); err == nil {
			_, err = r.c.Out.Write(line)
		}
		row.Text = row.Text[:0]
		return err
	}
	for result, err := range f.Records {
		if err != nil {
			return ui.InFile(f.Name, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		tile, ok, err := f.admission.Tile(result.ImageID)
		if err != nil {
			return r.place(&pseudo.PredictionError{Record: record, Err: err})
		}
		if ok {
			if tile != row.Image || len(row.Text) > maxRow {
				if err := flush(); err != nil {
					return err
				}
				row.Image, row.First = tile, record
				row.Shard = shard(tile)
			}
			row.Text = append(row.Text, map[bool]byte{true: '[', false: ','}[len(row.Text) == 0])
			if row.Text, err = coco.AppendResult(row.Text, &result); err != nil {
				return err
			}
		}
		record++
	}
	if err := flush(); err != nil || slides == 0 {
		return err
	}
	whole := wholeFile{Records: record}
	if whole.File, err = f.ReadToEnd(); err != nil {
		return err
	}
	text, err := json.Marshal(whole)
	for k := 1; k <= slides && err == nil; k++ {
		row.Shard, row.Image, row.First, row.Text = k, 0, 0, append(row.Text, text...)
		err = flush()
	}
	return err
}

// A wholeFile is what is known of a file of predictions, of which a slide has some.
type wholeFile struct {
	File    files.FileInfo
	Records int
}

// maxRow is the length that ends a row.
const maxRow = 4 << 20

// A rowSource is the records that a shard has of a file.
type rowSource struct {
	source, model int
	path          string
	texts         [][]byte // lists
	first         []int    // records that they begin with
	lengths       []int    // records that they have
	whole         wholeFile
}

// fuseRows reads rows, sorted by shard, image, source and record, and writes fused results, one per line.
func fuseRows(ctx context.Context, c *ui.Console, o *options, _ dividing) error {
	a, err := readAids(ctx, c, o)
	if err != nil {
		return err
	}
	o.results, o.rows, o.fuse.MaskAbove = "-", true, -1
	return eachShard(c, o, func(_ int, sources []*rowSource) error { return fuseShard(ctx, c, o, a, sources) })
}

// eachShard reads rows, and passes on the records of each shard.
func eachShard(c *ui.Console, o *options, work func(shard int, sources []*rowSource) error) error {
	var sources []*rowSource
	shard := 0
	end := func() error {
		if len(sources) == 0 {
			return nil
		}
		slices.SortFunc(sources, func(a, b *rowSource) int { return a.source - b.source })
		err := work(shard, sources)
		sources = nil
		return err
	}
	err := shards.ReadRows(c.Stdin(), func(row *shards.Row) error {
		if row.Shard != shard {
			if err := end(); err != nil {
				return err
			}
			shard = row.Shard
		}
		k := slices.IndexFunc(sources, func(s *rowSource) bool { return s.source == row.Source })
		if k < 0 {
			model := o.models.Place(row.Model)
			if model < 0 {
				return ui.Failf(ui.ExitBadData, "%s: found model %q, expected one of %s", row.Path, row.Model, strings.Join(o.models.Names(), ", "))
			}
			k = len(sources)
			sources = append(sources, &rowSource{source: row.Source, model: model, path: row.Path})
		}
		s := sources[k]
		if row.Image == 0 { // of the whole file
			if err := json.Unmarshal(row.Text, &s.whole); err != nil {
				return ui.Failf(ui.ExitBadData, "%s: found the row %.40q, expected what is known of the file: %w", row.Path, row.Text, err)
			}
			return nil
		}
		s.texts, s.first = append(s.texts, row.Text), append(s.first, row.First)
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// fuseShard fuses the records of a shard.
func fuseShard(ctx context.Context, c *ui.Console, o *options, a *aids, sources []*rowSource) error {
	r := newRowReader(c, o, a, sources)
	out := r.newFused()
	defer out.close()
	var err error
	if out.results, err = r.createResults("-"); err != nil {
		return err
	}
	out.results.lines = true
	if err := r.fuse(ctx, out, true); err != nil { // all rows of the shard are in memory
		return err
	}
	return out.results.end()
}

// newRowReader returns a reader of rows.
func newRowReader(c *ui.Console, o *options, a *aids, sources []*rowSource) *reader {
	r := &reader{c: c, o: o, aids: a, outs: &files.Outputs{Console: c}}
	for _, s := range sources {
		f := r.admit(&preds.ResultFile{Input: &files.Input{Name: s.path}, Records: s.records()}, s.model, a.ids)
		f.number = s.number
		r.files = append(r.files, f)
	}
	return r
}

// records gives the records of all lists.
func (s *rowSource) records() iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		for _, text := range s.texts {
			list, err := coco.DecodeResults(bytes.NewReader(text))
			if err != nil {
				yield(coco.Result{}, err)
				return
			}
			s.lengths = append(s.lengths, list.Len())
			for _, r := range list.All() {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// number is the record of the file that the record of all lists is.
func (s *rowSource) number(record int) int {
	for i, n := range s.lengths {
		if record < n {
			return s.first[i] + record
		}
		record -= n
	}
	return record
}
