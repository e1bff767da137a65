package showcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/wsi"
)

// The size of pictures in pixels, where nobody says how large.
const (
	sheetWidth  = 1600 // of a sheet's pictures together
	cellMost    = 512  // of a sheet's picture, the longer side
	cellLeast   = 128
	singleSide  = 1024 // of a single picture
	besideGap   = 4
	gridColumns = 4 // of a sheet, as long as it is not large
	gridMost    = 10
	lineWidth   = 1.8
)

// Drawn is a tile that is drawn.
type Drawn struct {
	Image   int
	Picture *image.RGBA
	Caption []string
	row     showRow
	Faults  tileFaults
	page    []byte // the PNG, if it is a file of its own
}

// showRow is what --json tells of a tile.
type showRow struct {
	Tile        string `json:"tile"`
	Image       string `json:"image"` // drawn, absent or faulty
	Instances   int    `json:"instances"`
	Predictions int    `json:"predictions,omitempty"`
	*TileScore
	Codes []string `json:"codes,omitempty"`
}

// showSummary is what --json prints.
type showSummary struct {
	Files []ui.SummaryFile `json:"files"`
	Tiles []showRow        `json:"tiles"`
}

func (s *showSummary) WriteText(text *strings.Builder) {
	first := s.Files[:min(len(s.Files), 3)]
	ui.ListFiles(text, first...)
	if n := len(s.Files) - len(first); n > 0 {
		fmt.Fprintf(text, "... and %s more\n", ui.Thousands(n))
	}
}

// Layout is how tiles go onto pages.
type Layout struct {
	columns, rows int
	single        bool // a page is a tile
	Side          int  // of a tile's longer side in pixels
}

// layout divides the tiles.
func (job *Job) layout() Layout {
	o, n := job.Options, len(job.Tiles)
	l := Layout{columns: o.grid[0], rows: o.grid[1]}
	switch {
	case l.columns > 0:
	case job.intoFolder():
		return Layout{columns: 1, rows: 1, single: true, Side: cellMost}
	default:
		l.columns = int(math.Ceil(math.Sqrt(float64(n))))
		if n <= gridColumns*gridColumns {
			l.columns = min(l.columns, gridColumns)
		}
		if o.beside {
			l.columns = (l.columns + 1) / 2
		}
		l.columns = min(l.columns, gridMost)
		l.rows = min((n+l.columns-1)/l.columns, gridMost)
		if n == 3 && !o.beside {
			l.columns, l.rows = 3, 1
		}
	}
	across := l.columns
	if o.beside {
		across *= 2
	}
	l.Side = min(max(sheetWidth/across, cellLeast), cellMost)
	if l.columns*l.rows == 1 {
		l.Side = singleSide / (across + 1) * 2
		if !o.beside {
			l.Side = singleSide
		}
	}
	return l
}

// draw draws all tiles, page by page.
func (job *Job) draw(ctx context.Context) error {
	job.Chart()
	l := job.layout()
	perPage := l.columns * l.rows
	pages := (len(job.Tiles) + perPage - 1) / perPage
	if job.Options.out == "-" && pages > 1 {
		return ui.Usagef("-o - takes one picture, but the tiles fill %d: choose fewer tiles, or a larger --grid", pages)
	}
	sink, err := job.newSink(pages)
	if err != nil {
		return err
	}
	if job.Options.Style.Width == 0 { // thinner on small pictures
		job.Options.Style.Width = min(max(lineWidth*float64(l.Side)/300, 1), lineWidth)
	}
	add, stop := job.Console.Progress("drawing", -1)
	defer stop()
	sum := showSummary{Files: []ui.SummaryFile{}, Tiles: []showRow{}}
	var page []*Drawn
	put := func() error {
		if len(page) == 0 {
			return nil
		}
		name := ""
		if l.single {
			name = job.Images.Name(page[0].Image)
		}
		path, err := job.page(sink, page, l, name)
		if err != nil {
			return err
		}
		if path != "" {
			sum.Files = append(sum.Files, ui.NewSummaryFile(path))
		}
		page = nil
		return nil
	}
	for d, err := range parallel.Map(ctx, job.Options.Workers, parallel.Items(job.Tiles), func(i int) (*Drawn, error) { return job.One(ctx, i, l) }) {
		if err != nil {
			return err
		}
		add(1)
		job.Faults.Add(job.Images.Name(d.Image), d.Faults)
		sum.Tiles = append(sum.Tiles, d.row)
		if page = append(page, d); len(page) == perPage {
			if err := put(); err != nil {
				return err
			}
		}
	}
	if err := put(); err != nil {
		return err
	}
	if err := sink.close(); err != nil {
		return err
	}
	stop()
	return job.tell(&sum)
}

// One draws a tile.
func (job *Job) One(ctx context.Context, i int, l Layout) (*Drawn, error) {
	tiles, f := job.tile(i)
	d := &Drawn{Image: i, Faults: f, row: showRow{Tile: job.Images.Name(i), Image: "drawn", Codes: job.codes[i]}}
	switch {
	case f.image != nil:
		d.row.Image = "faulty"
	case f.absent:
		d.row.Image = "absent"
	}
	labels, found := job.instances(i)
	d.row.Instances, d.row.Predictions = len(labels), len(found)
	if job.Scores != nil && !job.unlined[job.Labels.Images[i].ID] {
		s, err := job.Scores.score(ctx, i)
		if err != nil {
			return nil, err
		}
		d.row.TileScore = &s
	}
	zoom := job.Options.zoom
	if zoom == 0 {
		w, h := tiles[0].Size(1)
		zoom = float64(l.Side) / float64(max(w, h))
	}
	var parts []*image.RGBA
	for _, t := range tiles {
		if l.Side < 300 && zoom < 1 {
			t.LabelSize = 10
		}
		p, err := t.Picture(zoom)
		if err != nil {
			return nil, job.tooLarge(err)
		}
		parts = append(parts, p)
	}
	d.Picture = joinBeside(parts)
	if !job.Options.plain {
		d.Caption = job.caption(d)
	}
	if l.single { // encoded here, by all workers
		img, err := job.sheet([]*Drawn{d}, 1)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := draw.EncodePNG(&b, img); err != nil {
			return nil, err
		}
		d.Picture, d.page = nil, b.Bytes()
	}
	return d, nil
}

// tooLarge says what to do about a picture that is too large.
func (job *Job) tooLarge(err error) error {
	var size *draw.ErrSize
	if errors.As(err, &size) {
		return ui.Failf(ui.ExitUsage, "%w", err).Hint("a smaller --zoom or --grid makes it smaller")
	}
	return err
}

// joinBeside puts pictures beside one another.
func joinBeside(parts []*image.RGBA) *image.RGBA {
	if len(parts) == 1 {
		return parts[0]
	}
	return draw.SideBySide(besideGap, parts...)
}

// caption tells of a tile below its picture.
func (job *Job) caption(d *Drawn) []string {
	img := &job.Labels.Images[d.Image]
	head := job.Images.Name(d.Image)
	var where []string
	if v, ok := wsi.MemberDataset.Text(img, nil); ok {
		where = append(where, "dataset "+v)
	}
	if v, ok := wsi.MemberWSI.Text(img, nil); ok {
		where = append(where, "WSI "+v)
	}
	if s := d.row.TileScore; s != nil {
		text := fmt.Sprintf("found %d of %d, %d false", s.Found, s.Found+s.Missed, s.False)
		if s.AP >= 0 {
			text = fmt.Sprintf("AP%s %.2f · ", strconv.FormatFloat(100*job.Options.Iou, 'g', 4, 64), s.AP) + text
		}
		return append([]string{head}, text)
	}
	what := ui.Plural(d.row.Instances, "instance", "instances")
	if job.Scores != nil {
		what = ui.Plural(d.row.Predictions, "prediction", "predictions")
	}
	where = slices.Insert(where, 0, what)
	out := []string{head, strings.Join(where, " · ")}
	if d.row.Codes != nil {
		out[1] = strings.Join(d.row.Codes, ", ")
	}
	return out
}

// sheet puts tiles onto a page.
func (job *Job) sheet(page []*Drawn, columns int) (*image.RGBA, error) {
	if job.Options.plain && len(page) == 1 {
		return page[0].Picture, nil
	}
	s := draw.Sheet{Columns: columns}
	for _, d := range page {
		s.Cells = append(s.Cells, draw.Cell{Picture: d.Picture, Caption: d.Caption})
	}
	if !job.Options.plain {
		s.Legend = job.Keys()
	}
	img, err := s.Picture()
	if err != nil {
		return nil, job.tooLarge(err)
	}
	return img, nil
}

// page gives a page to the sink.
func (job *Job) page(sink sink, page []*Drawn, l Layout, name string) (string, error) {
	if l.single {
		return sink.png(name, page[0].page)
	}
	img, err := job.sheet(page, l.columns)
	if err != nil {
		return "", err
	}
	return sink.picture(img)
}

// tell prints what was drawn, and what was wrong.
func (job *Job) tell(sum *showSummary) error {
	o, f := job.Options, &job.Faults
	if err := job.Console.Summarize(sum, o.out); err != nil {
		return err
	}
	if f.absent > 0 {
		where := "no folder of images found"
		if job.Folder != "" {
			where = "not in " + job.Folder
		}
		job.Console.Note("%s of %d without an image (%s): drawn on blank", ui.Plural(f.absent, "tile", "tiles"), len(job.Tiles), where)
	}
	if f.without > 0 {
		job.Console.Note("%s without a mask: not drawn", ui.Plural(f.without, "instance is", "instances are"))
	}
	return job.tellFaults()
}

// tellFaults lists what could not be read; the run then exits with ExitSkipped.
func (job *Job) tellFaults() error {
	f := &job.Faults
	bad := append(f.Images, f.Masks...)
	if len(bad) == 0 {
		return nil
	}
	if err := job.Console.Flush(); err != nil {
		return err
	}
	for _, text := range bad[:min(len(bad), 10)] {
		job.Console.Problem(text)
	}
	if n := len(bad) - 10; n > 0 {
		job.Console.Problem(fmt.Sprintf("... and %d more", n))
	}
	var what []string
	if n := len(f.Images); n > 0 {
		what = append(what, ui.Plural(n, "image", "images"))
	}
	if n := len(f.Masks); n > 0 {
		what = append(what, ui.Plural(n, "mask", "masks"))
	}
	return ui.Failf(ui.ExitSkipped, "drawn without %s that cannot be read", strings.Join(what, " and "))
}
