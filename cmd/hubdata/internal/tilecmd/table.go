package tilecmd

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
)

// table is a table of tiles that exist, or a COCO file of them.
type table struct {
	name  string
	isSet bool             // it is a COCO file
	of    map[string]*rows // by the slide
	taken map[string]int   // the rows of files
	at    map[corner]int   // the rows of places
}

// corner is the place of a tile.
type corner struct {
	slide string
	x, y  int
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
	row                 int         // from 1
	image               *coco.Image // of a COCO file; nil: the tile is of a table
}

// openTable reads a table or a COCO file.
func openTable(c *ui.Console, o *files.Outputs, name string) (*table, error) {
	in, err := files.OpenInput(c, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	in.Flag = "tiles"
	o.Inputs = append(o.Inputs, in)
	t := &table{name: in.Name, of: map[string]*rows{}, taken: map[string]int{}, at: map[corner]int{}}
	text := files.Peeked{Reader: bufio.NewReaderSize(in, 4096), In: in}
	read := t.read
	if t.isSet = preds.FirstByte(text.Reader) == '{'; t.isSet {
		read = t.readSet
	}
	if err := read(text); err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	if len(t.of) == 0 {
		return nil, ui.InFile(in.Name, fmt.Errorf("%w: found no tile", ui.ErrInput))
	}
	_, err = in.ReadToEnd()
	return t, err
}

// where says which row is meant.
func (t *table) where(row int) string {
	if t.isSet {
		return fmt.Sprintf("images[%d]", row-1)
	}
	return fmt.Sprintf("row %d", row)
}

func (t *table) read(r io.Reader) error {
	rd, err := csvtable.New(r, "slide", "x", "y", "width", "height", "file")
	if err != nil {
		return err
	}
	scaleAt := slices.IndexFunc(rd.Header(), func(h string) bool { return h == "scale" || h == "downsample" })
	for n := 0; ; n++ {
		if err := rd.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if n == slide.MaxGridTiles {
			return rd.Errorf("slide", "%w", errTooMany)
		}
		if err := t.row(rd, scaleAt); err != nil {
			return err
		}
	}
}

var errTooMany = fmt.Errorf("found more than %d tiles: cut some slides at a time", slide.MaxGridTiles)

// row reads a row.
func (t *table) row(rd *csvtable.Table, scaleAt int) error {
	name, err := rd.Text(0)
	if err != nil {
		return err
	}
	var w row
	w.row, _ = rd.Row()
	for k, to := range []*int{&w.x, &w.y, &w.width, &w.height} {
		if *to, err = rd.Integer(k + 1); err != nil {
			return err
		}
	}
	if w.file, err = rd.Text(5); err != nil {
		return err
	}
	scale, scaleName := 1.0, "scale"
	if scaleAt >= 0 {
		text := rd.Field(scaleAt)
		scaleName = rd.Header()[scaleAt]
		if scale, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
			return rd.Errorf(scaleName, "found %s, expected %w", csvtable.Quote(text), errScale)
		}
	}
	switch column, err := t.add(name, w, scale); {
	case column == "scale":
		return rd.Errorf(scaleName, "%w", err)
	case err != nil:
		return rd.Errorf(column, "%w", err)
	}
	return nil
}

// readSet reads the tiles of a COCO file: the places, the sizes and the names of its images.
func (t *table) readSet(r io.Reader) error {
	d, err := files.ReadCOCOImages(r)
	if err != nil {
		return err
	}
	if len(d.Images) > slide.MaxGridTiles {
		return errTooMany
	}
	rule, ids := placing.Default(), map[coco.ID]int{}
	for i := range d.Images {
		img := &d.Images[i]
		at := fmt.Sprintf("images[%d]", i)
		if first, twice := ids[img.ID]; twice {
			return fmt.Errorf("%s.id: %w: found %s, but images[%d] also has this id", at, ui.ErrInput, img.ID.AppendJSON(nil),
				first)
		}
		ids[img.ID] = i
		p, err := rule.Of(img, nil, nil)
		if err != nil {
			return ui.Failf(ui.ExitBadData, "%s.%w", at, err).
				Hint("the images of --tiles say where they lie by their members source_wsi, i and j, or by their names; the COCO files of slides come last")
		}
		if column, err := t.add(p.Slide, row{x: p.X, y: p.Y, width: img.Width, height: img.Height, file: img.FileName,
			row: i + 1, image: img}, cmp.Or(p.Scale, 1)); err != nil {
			if column == "file" {
				column = "file_name"
			}
			return fmt.Errorf("%s.%s: %w: %w", at, column, ui.ErrInput, err)
		}
	}
	return nil
}

var errScale = fmt.Errorf("a whole number of slide pixels per pixel from 1 to %d: save the tiles at such a resolution",
	maxScale)

// add adds a tile to those of a slide. If it cannot, column is what is wrong with it.
func (t *table) add(name string, w row, scale float64) (column string, err error) {
	if !(scale >= 1) || scale > maxScale || math.Abs(scale-math.Round(scale)) > 1e-3*scale {
		return "scale", fmt.Errorf("found %q, expected %w", strconv.FormatFloat(scale, 'f', -1, 64), errScale)
	}
	n := int(math.Round(scale))
	switch {
	case w.x < 0 || w.y < 0 || w.x > slide.MaxCoordinate || w.y > slide.MaxCoordinate:
		return "x", fmt.Errorf("found a tile at %d, %d, expected 0 to 2^30", w.x, w.y)
	case w.width < 1 || w.height < 1 || w.width > maxTile || w.height > maxTile:
		return "width", fmt.Errorf("found %d x %d pixels, expected sides from 1 to %d", w.width, w.height, maxTile)
	case w.x%n != 0 || w.y%n != 0:
		return "x", fmt.Errorf("found a tile at %d, %d, expected multiples of its scale %d", w.x, w.y, n)
	}
	if before, ok := t.taken[w.file]; ok {
		return "file", fmt.Errorf("found %s in %s too, expected a file for each tile", csvtable.Quote(w.file),
			t.where(before))
	}
	place := corner{name, w.x, w.y}
	if before, ok := t.at[place]; ok {
		return "x", fmt.Errorf("found a tile at %d, %d in %s too, expected one for each place: keep one of them", w.x, w.y,
			t.where(before))
	}
	t.taken[w.file], t.at[place] = w.row, w.row
	of := t.of[name]
	if of == nil {
		of = &rows{slide: name, first: w.row, scale: n}
		t.of[name] = of
	}
	if of.scale != n {
		return "scale", fmt.Errorf(
			"found %d, and %d in %s, expected one scale for a slide: cut the scales one after the other", n, of.scale,
			t.where(of.first))
	}
	of.list = append(of.list, w)
	return "", nil
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
			return ui.Failf(ui.ExitBadData, "%s: %s is of the slide %s, which both %s and %s are", t.name, t.where(of.first),
				wtf8.Quote(name), of.owner.where(), p.where()).
				Hint("write the whole file name of the image in the column slide")
		}
		of.owner = p
		var err error
		p.tiles, err = t.within(p, of)
		return err
	}
	p.tiles = newListed(nil)
	return nil
}

// within puts the tiles of a slide into the frame of a picture, which may begin elsewhere and have another resolution.
func (t *table) within(p *picture, of *rows) (tiling, error) {
	own := cmp.Or(p.place.Scale, 1)
	ratio := float64(of.scale) / own
	if p.scale = int(math.Round(ratio)); p.scale < 1 || math.Abs(ratio-float64(p.scale)) > 1e-3*ratio {
		return nil, ui.Failf(ui.ExitBadData, "%s: %s: found the scale %d, expected a multiple of %v, that of %s", t.name,
			t.where(of.first), of.scale, own, p.where()).
			Hint("annotations can be cut for tiles of their resolution or a lower one")
	}
	list := slices.Clone(of.list)
	for i := range list {
		r := &list[i]
		x, y := float64(r.x-p.place.X)/float64(of.scale), float64(r.y-p.place.Y)/float64(of.scale)
		if x != math.Trunc(x) || y != math.Trunc(y) {
			return nil, ui.Failf(ui.ExitBadData,
				"%s: %s: found a tile at %d, %d, expected multiples of its scale %d from %d, %d, where %s begins",
				t.name, t.where(r.row), r.x, r.y, of.scale, p.place.X, p.place.Y, p.where())
		}
		r.x, r.y = int(x), int(y)
	}
	return newListed(list), nil
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
	hint := "write the file name of an image in the column slide, or remove the rows"
	if t.isSet {
		hint = "name the COCO files of all slides that the tiles are of, or keep the tiles of one with \"hubdata filter\""
	}
	return ui.Failf(ui.ExitBadData, "%s: %s: no image is of the slide %s", t.name, t.where(first.first),
		wtf8.Quote(first.slide)).Hint("%s", hint)
}

// listed are tiles of a table, in pixels of their scale.
type listed struct {
	rows    []row
	byTop   []int // the tiles by their tops
	tallest int
}

func newListed(list []row) *listed {
	l := &listed{rows: list, byTop: make([]int, len(list))}
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
	return r.x, r.y, r.width, r.height
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
