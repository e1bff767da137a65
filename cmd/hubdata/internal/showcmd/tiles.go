package showcmd

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/parallel"
)

// The size of pictures in pixels where no flag says it.
const (
	sheetWidth  = 1600 // of a sheet's pictures together
	cellMost    = 512  // of a sheet's picture, the longer side
	cellLeast   = 128
	singleSide  = 1024 // of a single picture
	gridColumns = 4    // of a sheet, as long as it is not large
	gridMost    = 10
)

// layout is how tiles go onto pages.
type layout struct {
	columns, rows int
	single        bool // a page is a tile, with a file of its own
	side          int  // of a tile's longer side in pixels
}

// newLayout lays out n tiles.
func newLayout(n int, grid [2]int, beside, intoFolder bool) layout {
	l := layout{columns: grid[0], rows: grid[1]}
	switch {
	case l.columns > 0:
	case intoFolder:
		return layout{columns: 1, rows: 1, single: true, side: cellMost}
	default:
		l.columns = int(math.Ceil(math.Sqrt(float64(n))))
		if n <= gridColumns*gridColumns {
			l.columns = min(l.columns, gridColumns)
		}
		if beside {
			l.columns = (l.columns + 1) / 2
		}
		l.columns = min(l.columns, gridMost)
		l.rows = min((n+l.columns-1)/l.columns, gridMost)
		if n == 3 && !beside {
			l.columns, l.rows = 3, 1
		}
	}
	across := l.columns
	if beside {
		across *= 2
	}
	l.side = min(max(sheetWidth/across, cellLeast), cellMost)
	if l.columns*l.rows == 1 {
		l.side = singleSide / (across + 1) * 2
		if !beside {
			l.side = singleSide
		}
	}
	return l
}

// painted is a tile that was drawn, as a PNG if it has a file of its own.
type painted struct {
	*paint.Tile
	png []byte
}

// pages makes pages of tiles.
type pages struct {
	painter *paint.Painter
	layout  layout
	plain   bool
}

// drawTiles draws the chosen tiles, page by page.
func drawTiles(ctx context.Context, c *ui.Console, outs *files.Outputs, o *options, in *input, to *target) (*drawn, error) {
	ch, err := choose(ctx, c, o, in, to)
	if err != nil {
		return nil, err
	}
	l := newLayout(len(ch.tiles), o.grid, o.beside, to.folder)
	p := &pages{layout: l, plain: o.plain, painter: paint.NewPainter(in.scene, ch.folder, ch.tiles, paint.Options{Style: o.style, Side: l.side, Zoom: o.zoom,
		Crop: o.crop >= 0, Margin: o.crop, Beside: o.beside, Plain: o.plain, Marks: ch.marks})}
	perPage := l.columns * l.rows
	n := (len(ch.tiles) + perPage - 1) / perPage
	if o.out == "-" && n > 1 {
		return nil, ui.Usagef("-o - takes one picture, but the tiles fill %d: draw fewer tiles, or use a larger --grid", n)
	}
	sink := to.open(c, outs, n)
	add, stop := c.Progress("drawing", -1)
	defer stop()
	done := newDrawn(ch.folder)
	var page []painted
	put := func() error {
		if len(page) == 0 {
			return nil
		}
		path, err := p.put(sink, page)
		page = nil
		done.addFile(path)
		return err
	}
	for t, err := range parallel.Map(ctx, o.workers, parallel.Items(ch.tiles), func(i int) (painted, error) { return p.paint(ctx, i) }) {
		if err != nil {
			return nil, err
		}
		add(1)
		done.addTile(t.Tile)
		if page = append(page, t); len(page) == perPage {
			if err := put(); err != nil {
				return nil, err
			}
		}
	}
	if err := put(); err != nil {
		return nil, err
	}
	return done, sink.close()
}

// paint draws a tile. One with a file of its own is encoded here, by all workers.
func (p *pages) paint(ctx context.Context, image int) (painted, error) {
	t, err := p.painter.Paint(ctx, image)
	if err != nil || !p.layout.single {
		return painted{Tile: t}, tooLarge(err)
	}
	img, err := p.sheet([]painted{{Tile: t}})
	if err != nil {
		return painted{}, err
	}
	var b bytes.Buffer
	if err := draw.EncodePNG(&b, img); err != nil {
		return painted{}, err
	}
	t.Picture = nil
	return painted{t, b.Bytes()}, nil
}

// sheet puts tiles onto a page.
func (p *pages) sheet(page []painted) (*image.RGBA, error) {
	if p.plain && len(page) == 1 {
		return page[0].Picture, nil
	}
	s := draw.Sheet{Columns: p.layout.columns}
	for _, t := range page {
		s.Cells = append(s.Cells, draw.Cell{Picture: t.Picture, Caption: t.Caption})
	}
	if !p.plain {
		s.Legend = p.painter.Legend()
	}
	img, err := s.Picture()
	return img, tooLarge(err)
}

// put gives a page to the sink, and returns the path of its file.
func (p *pages) put(sink sink, page []painted) (string, error) {
	if p.layout.single {
		return sink.png(page[0].Name, page[0].png)
	}
	img, err := p.sheet(page)
	if err != nil {
		return "", err
	}
	return sink.picture(img)
}

// tooLarge says what to do about a picture that is too large.
func tooLarge(err error) error {
	var size *draw.ErrSize
	if errors.As(err, &size) {
		return ui.Failf(ui.ExitUsage, "%w", err).Hint("use a smaller --zoom or --grid")
	}
	return err
}
