package tilecmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
)

// table is a table of tiles that exist.
type table struct {
	name string
	of   map[string]*rows // by the slide
}

// rows are the tiles of a slide.
type rows struct {
	slide string
	first int // the row of the first
	scale int
	list  []row
	owner *picture // nil: none yet
}

// row is a tile, in slide pixels but for its size.
type row struct {
	x, y, width, height int
	file                string
	row, line           int
}

// openTable reads a table.
func openTable(c *ui.Console, o *files.Outputs, name string) (*table, error) {
	in, err := files.OpenInput(c, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	o.Inputs = append(o.Inputs, in)
	t := &table{name: in.Name, of: map[string]*rows{}}
	if err := t.read(in); err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	_, err = in.ReadToEnd()
	return t, err
}

func (t *table) read(r io.Reader) error {
	rd, err := csvtable.New(r, "slide", "x", "y", "width", "height", "file")
	if err != nil {
		return err
	}
	scaleAt := slices.IndexFunc(rd.Header(), func(h string) bool { return h == "scale" || h == "downsample" })
	taken := map[string]int{}
	for n := 0; ; n++ {
		if err := rd.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if n == slide.MaxGridTiles {
			return rd.Errorf("slide", "found more than %d tiles: cut some slides at a time", slide.MaxGridTiles)
		}
		if err := t.row(rd, scaleAt, taken); err != nil {
			return err
		}
	}
	if len(t.of) == 0 {
		return fmt.Errorf("%w: found no tile", ui.ErrInput)
	}
	return nil
}

// row reads a row.
func (t *table) row(rd *csvtable.Table, scaleAt int, taken map[string]int) error {
	name, err := rd.Text(0)
	if err != nil {
		return err
	}
	var w row
	w.row, w.line = rd.Row()
	for k, to := range []*int{&w.x, &w.y, &w.width, &w.height} {
		if *to, err = rd.Integer(k + 1); err != nil {
			return err
		}
	}
	if w.file, err = rd.Text(5); err != nil {
		return err
	}
	scale := 1.0
	if scaleAt >= 0 {
		text := rd.Field(scaleAt)
		if _, err := fmt.Sscan(text, &scale); err != nil || !(scale >= 1) || scale > maxScale || math.Abs(scale-math.Round(scale)) > 1e-3*scale {
			return rd.Errorf(rd.Header()[scaleAt], "found %s, expected a whole number of slide pixels per pixel from 1 to %d: save the tiles at such a resolution", csvtable.Quote(text), maxScale)
		}
	}
	n := int(math.Round(scale))
	switch {
	case w.x < 0 || w.y < 0 || w.x > slide.MaxCoordinate || w.y > slide.MaxCoordinate:
		return rd.Errorf("x", "found a tile at %d, %d, expected 0 to 2^30", w.x, w.y)
	case w.width < 1 || w.height < 1 || w.width > maxTile || w.height > maxTile:
		return rd.Errorf("width", "found %d x %d pixels, expected sides from 1 to %d", w.width, w.height, maxTile)
	case w.x%n != 0 || w.y%n != 0:
		return rd.Errorf("x", "found a tile at %d, %d, expected multiples of its scale %d", w.x, w.y, n)
	}
	if before, ok := taken[w.file]; ok {
		return rd.Errorf("file", "found %s in row %d too, expected a file for each tile", csvtable.Quote(w.file), before)
	}
	taken[w.file] = w.row
	of := t.of[name]
	if of == nil {
		of = &rows{slide: name, first: w.row, scale: n}
		t.of[name] = of
	}
	if of.scale != n {
		return rd.Errorf(rd.Header()[scaleAt], "found %d, and %d in row %d, expected one scale for a slide: cut the scales one after the other", n, of.scale, of.first)
	}
	of.list = append(of.list, w)
	return nil
}

// give gives a picture its tiles: those of its slide or of its file name, with folders and extension or without.
func (t *table) give(p *picture) error {
	file := strings.ReplaceAll(p.image.FileName, `\`, "/")
	stem := coco.ImageName(&coco.Image{FileName: p.image.FileName})
	for _, name := range []string{p.place.Slide, p.image.FileName, stem, path.Base(file), path.Base(stem)} {
		of := t.of[name]
		if of == nil {
			continue
		}
		if of.owner != nil {
			return ui.Failf(ui.ExitBadData, "%s: row %d is of the slide %s, which both %s and %s are", t.name, of.first, wtf8.Quote(name), of.owner.where(), p.where()).
				Hint("write the whole file name of the image in the column slide")
		}
		of.owner = p
		p.scale = of.scale
		p.tiles = newListed(of.list, of.scale)
		return nil
	}
	p.tiles = newListed(nil, 1)
	return nil
}

// unused fails if the table has tiles of a slide that no input has.
func (t *table) unused() error {
	var none []*rows
	for _, of := range t.of {
		if of.owner == nil {
			none = append(none, of)
		}
	}
	if len(none) == 0 {
		return nil
	}
	first := slices.MinFunc(none, func(a, b *rows) int { return cmp.Compare(a.first, b.first) })
	return ui.Failf(ui.ExitBadData, "%s: row %d: no image is of the slide %s", t.name, first.first, wtf8.Quote(first.slide)).
		Hint("write the file name of an image in the column slide, or remove the rows")
}

// listed are tiles of a table.
type listed struct {
	rows    []row
	scale   int
	byTop   []int // the tiles by their tops
	tallest int
}

func newListed(list []row, scale int) *listed {
	l := &listed{rows: list, scale: scale, byTop: make([]int, len(list))}
	for i := range list {
		l.byTop[i] = i
		l.tallest = max(l.tallest, list[i].height)
	}
	slices.SortStableFunc(l.byTop, func(a, b int) int { return cmp.Compare(list[a].y, list[b].y) })
	return l
}

// Len is the number of tiles.
func (l *listed) Len() int { return len(l.rows) }

// Tile is a tile in pixels of its scale.
func (l *listed) Tile(i int) (x, y, width, height int) {
	r := &l.rows[i]
	return r.x / l.scale, r.y / l.scale, r.width, r.height
}

// Cut is that of [tiling].
func (l *listed) Cut(r slide.Region, f func(tile int, part slide.Region)) {
	b := r.Bounds()
	top := int(b.Y) - l.tallest
	first, _ := slices.BinarySearchFunc(l.byTop, top, func(i, top int) int {
		_, y, _, _ := l.Tile(i)
		return cmp.Compare(y, top)
	})
	var meeting []int
	for _, i := range l.byTop[first:] {
		x, y, width, height := l.Tile(i)
		if y >= int(b.Y+b.H) {
			break
		}
		if y+height > int(b.Y) && x < int(b.X+b.W) && x+width > int(b.X) {
			meeting = append(meeting, i)
		}
	}
	slices.Sort(meeting)
	for _, i := range meeting {
		x, y, width, height := l.Tile(i)
		if m, ok := r.In(x, y, height, width); ok {
			f(i, slide.NewRegion(0, 0, m))
		}
	}
}
