package main

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

// drawn is a tile that is drawn.
type drawn struct {
	image   int
	picture *image.RGBA
	caption []string
	row     showRow
	faults  tileFaults
	page    []byte // the PNG, if it is a file of its own
}

// showRow is what --json tells of a tile.
type showRow struct {
	Tile        string `json:"tile"`
	Image       string `json:"image"` // drawn, absent or faulty
	Instances   int    `json:"instances"`
	Predictions int    `json:"predictions,omitempty"`
	*tileScore
	Codes []string `json:"codes,omitempty"`
}

// showSummary is what --json prints.
type showSummary struct {
	Files []summaryFile `json:"files"`
	Tiles []showRow     `json:"tiles"`
}

func (s *showSummary) write(text *strings.Builder) {
	first := s.Files[:min(len(s.Files), 3)]
	wrote(text, first...)
	if n := len(s.Files) - len(first); n > 0 {
		fmt.Fprintf(text, "... and %s more\n", thousands(n))
	}
}

// layout is how tiles go onto pages.
type layout struct {
	columns, rows int
	single        bool // a page is a tile
	side          int  // of a tile's longer side in pixels
}

// layout divides the tiles.
func (job *showJob) layout() layout {
	o, n := job.o, len(job.tiles)
	l := layout{columns: o.grid[0], rows: o.grid[1]}
	switch {
	case l.columns > 0:
	case job.intoFolder():
		return layout{columns: 1, rows: 1, single: true, side: cellMost}
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
	l.side = min(max(sheetWidth/across, cellLeast), cellMost)
	if l.columns*l.rows == 1 {
		l.side = singleSide / (across + 1) * 2
		if !o.beside {
			l.side = singleSide
		}
	}
	return l
}

// draw draws all tiles, page by page.
func (job *showJob) draw(ctx context.Context) error {
	job.chart()
	l := job.layout()
	perPage := l.columns * l.rows
	pages := (len(job.tiles) + perPage - 1) / perPage
	if job.o.out == "-" && pages > 1 {
		return usagef("-o - takes one picture, but the tiles fill %d: choose fewer tiles, or a larger --grid", pages)
	}
	sink, err := job.newSink(pages)
	if err != nil {
		return err
	}
	if job.o.style.width == 0 { // thinner on small pictures
		job.o.style.width = min(max(lineWidth*float64(l.side)/300, 1), lineWidth)
	}
	add, stop := job.c.progress("drawing", -1)
	defer stop()
	sum := showSummary{Files: []summaryFile{}, Tiles: []showRow{}}
	var page []*drawn
	put := func() error {
		if len(page) == 0 {
			return nil
		}
		name := ""
		if l.single {
			name = job.images.name(page[0].image)
		}
		path, err := job.page(sink, page, l, name)
		if err != nil {
			return err
		}
		if path != "" {
			sum.Files = append(sum.Files, newSummaryFile(path))
		}
		page = nil
		return nil
	}
	for d, err := range parallel.Map(ctx, job.o.workers, parallel.Items(job.tiles), func(i int) (*drawn, error) { return job.one(ctx, i, l) }) {
		if err != nil {
			return err
		}
		add(1)
		job.faults.add(job.images.name(d.image), d.faults)
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

// one draws a tile.
func (job *showJob) one(ctx context.Context, i int, l layout) (*drawn, error) {
	tiles, f := job.tile(i)
	d := &drawn{image: i, faults: f, row: showRow{Tile: job.images.name(i), Image: "drawn", Codes: job.codes[i]}}
	switch {
	case f.image != nil:
		d.row.Image = "faulty"
	case f.absent:
		d.row.Image = "absent"
	}
	labels, found := job.instances(i)
	d.row.Instances, d.row.Predictions = len(labels), len(found)
	if job.scores != nil && !job.unlined[job.labels.Images[i].ID] {
		s, err := job.scores.score(ctx, i)
		if err != nil {
			return nil, err
		}
		d.row.tileScore = &s
	}
	zoom := job.o.zoom
	if zoom == 0 {
		w, h := tiles[0].Size(1)
		zoom = float64(l.side) / float64(max(w, h))
	}
	var parts []*image.RGBA
	for _, t := range tiles {
		if l.side < 300 && zoom < 1 {
			t.LabelSize = 10
		}
		p, err := t.Picture(zoom)
		if err != nil {
			return nil, job.tooLarge(err)
		}
		parts = append(parts, p)
	}
	d.picture = joinBeside(parts)
	if !job.o.plain {
		d.caption = job.caption(d)
	}
	if l.single { // encoded here, by all workers
		img, err := job.sheet([]*drawn{d}, 1)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := draw.EncodePNG(&b, img); err != nil {
			return nil, err
		}
		d.picture, d.page = nil, b.Bytes()
	}
	return d, nil
}

// tooLarge says what to do about a picture that is too large.
func (job *showJob) tooLarge(err error) error {
	var size *draw.ErrSize
	if errors.As(err, &size) {
		return failf(exitUsage, "%w", err).hint("a smaller --zoom or --grid makes it smaller")
	}
	return err
}

// joinBeside puts pictures beside one another.
func joinBeside(parts []*image.RGBA) *image.RGBA {
	if len(parts) == 1 {
		return parts[0]
	}
	return draw.Beside(besideGap, parts...)
}

// caption tells of a tile below its picture.
func (job *showJob) caption(d *drawn) []string {
	img := &job.labels.Images[d.image]
	head := job.images.name(d.image)
	var where []string
	if v, ok := wsi.MemberDataset.Text(img, nil); ok {
		where = append(where, "dataset "+v)
	}
	if v, ok := wsi.MemberWSI.Text(img, nil); ok {
		where = append(where, "WSI "+v)
	}
	if s := d.row.tileScore; s != nil {
		text := fmt.Sprintf("found %d of %d, %d false", s.Found, s.Found+s.Missed, s.False)
		if s.AP >= 0 {
			text = fmt.Sprintf("AP%s %.2f · ", strconv.FormatFloat(100*job.o.iou, 'g', 4, 64), s.AP) + text
		}
		return append([]string{head}, text)
	}
	what := count(d.row.Instances, "instance", "instances")
	if job.scores != nil {
		what = count(d.row.Predictions, "prediction", "predictions")
	}
	where = slices.Insert(where, 0, what)
	out := []string{head, strings.Join(where, " · ")}
	if d.row.Codes != nil {
		out[1] = strings.Join(d.row.Codes, ", ")
	}
	return out
}

// sheet puts tiles onto a page.
func (job *showJob) sheet(page []*drawn, columns int) (*image.RGBA, error) {
	if job.o.plain && len(page) == 1 {
		return page[0].picture, nil
	}
	s := draw.Sheet{Columns: columns}
	for _, d := range page {
		s.Cells = append(s.Cells, draw.Cell{Picture: d.picture, Caption: d.caption})
	}
	if !job.o.plain {
		s.Legend = job.keys()
	}
	img, err := s.Picture()
	if err != nil {
		return nil, job.tooLarge(err)
	}
	return img, nil
}

// page gives a page to the sink.
func (job *showJob) page(sink sink, page []*drawn, l layout, name string) (string, error) {
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
func (job *showJob) tell(sum *showSummary) error {
	o, f := job.o, &job.faults
	if err := job.c.summarize(sum, o.out); err != nil {
		return err
	}
	if f.absent > 0 {
		where := "no folder of images found"
		if job.folder != "" {
			where = "not in " + job.folder
		}
		job.c.note("%s of %d without an image (%s): drawn on blank", count(f.absent, "tile", "tiles"), len(job.tiles), where)
	}
	if f.without > 0 {
		job.c.note("%s without a mask: not drawn", count(f.without, "instance is", "instances are"))
	}
	return job.tellFaults()
}

// tellFaults lists what could not be read; the run then exits with exitSkipped.
func (job *showJob) tellFaults() error {
	f := &job.faults
	bad := append(f.images, f.masks...)
	if len(bad) == 0 {
		return nil
	}
	if err := job.c.flush(); err != nil {
		return err
	}
	for _, text := range bad[:min(len(bad), 10)] {
		job.c.problem(text)
	}
	if n := len(bad) - 10; n > 0 {
		job.c.problem(fmt.Sprintf("... and %d more", n))
	}
	var what []string
	if n := len(f.images); n > 0 {
		what = append(what, count(n, "image", "images"))
	}
	if n := len(f.masks); n > 0 {
		what = append(what, count(n, "mask", "masks"))
	}
	return failf(exitSkipped, "drawn without %s that cannot be read", strings.Join(what, " and "))
}
