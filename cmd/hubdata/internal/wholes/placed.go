// Package wholes joins the instances of tiles on their slides, for all commands that look at whole ones.
package wholes

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// Source is images that lie on slides.
type Source struct {
	File   string // for messages
	Images []coco.Image
	Names  imagenames.Names
	Rule   *placing.Rule
	Tiles  *wsi.Table      // nil: none. Its other tiles are those that nobody labelled
	Table  *imagekey.Table // of further values; nil: none
	Hint   string          // how the user can say where an image lies
	Folder string          // what the user can do if the folders of images are the slides
}

// Placed is images on their slides.
type Placed struct {
	Slides []slide.Slide
	Notes  []string // what the user should look at
	images []coco.Image
	names  imagenames.Names
	// image is the image of each tile of the list that the slides are made of; -1: one without labels.
	image []int
	// slides and tiles are where each image is.
	slides, tiles []int32
}

// Unlabelled is how many tiles have no labels.
func (p *Placed) Unlabelled() int { return len(p.image) - len(p.images) }

// Labelled is the part of a slide that its images show, or that they say was labelled, in pixels of its frame; nil: all
// of it.
func (p *Placed) Labelled(k int) (*slide.Cover, error) {
	of := &p.Slides[k]
	var list []slide.Rectangle
	for t, at := range of.Tiles {
		i := p.image[at]
		if i < 0 {
			continue
		}
		img := &p.images[i]
		x, y := of.Origin(t)
		own, err := slide.ReadCover(img.Extra.Get(slide.LabelledMember), img.Width, img.Height)
		if err != nil {
			return nil, ui.Failf(ui.ExitBadData, "images[%d].%w", p.names.Place(i), err)
		}
		if own == nil {
			list = append(list, slide.Rectangle{X: x, Y: y, Width: img.Width, Height: img.Height})
			continue
		}
		for _, r := range own.Rectangles() {
			list = append(list, slide.Rectangle{X: x + r.X, Y: y + r.Y, Width: r.Width, Height: r.Height})
		}
	}
	c, err := slide.NewCover(list)
	if err != nil {
		return nil, ui.Failf(ui.ExitBadData, "slide %s: tiles%w", of.Slide, err)
	}
	width, height := of.Size()
	if all := (slide.Rectangle{Width: width, Height: height}); c.Pixels(all) == int64(width)*int64(height) {
		return nil, nil
	}
	return c, nil
}

// Name is the name of image i.
func (p *Placed) Name(i int) string { return p.names.Name(i) }

// Place puts the images on their slides. Each must say where it lies.
func (s *Source) Place() (*Placed, error) {
	p := &Placed{images: s.Images, names: s.Names, slides: make([]int32, len(s.Images)),
		tiles: make([]int32, len(s.Images))}
	keys, err := s.Table.Reader(s.Names, s.File)
	if err != nil {
		return nil, err
	}
	var list []slide.Tile
	known := map[string]bool{} // rows that images have
	ids := make(map[coco.ID]int, len(s.Images))
	for i := range s.Images {
		img := &s.Images[i]
		if first, twice := ids[img.ID]; twice {
			return nil, ui.Failf(ui.ExitBadData, "%s: images[%d].id: found %s, but images[%d] also has this id", s.File,
				s.Names.Place(i), img.ID.AppendJSON(nil), s.Names.Place(first)).
				Hint("give one of them another id, and its annotations too")
		}
		ids[img.ID] = i
		row, noRow := s.Names.Row(s.Tiles, i)
		at, err := s.Rule.Of(img, row, func(k coco.Key, own string, has bool) (string, bool, error) {
			return keys.Complete(k, i, own, has)
		})
		if err != nil {
			return nil, s.unplaced(i, err, noRow)
		}
		if img.Width <= 0 || img.Height <= 0 {
			return nil, fmt.Errorf("%s: images[%d]: %w: found no width and height, expected the size in pixels (image %s)",
				s.File, s.Names.Place(i), ui.ErrInput, wtf8.Quote(s.Names.Name(i)))
		}
		if row != nil {
			known[row.ID] = true
		}
		list, p.image = append(list, slide.Tile{Place: at}), append(p.image, i)
	}
	p.Notes = s.folders(list)
	slides := map[string]bool{}
	for i := range list {
		slides[list[i].Slide] = true
	}
	for _, t := range s.unlabelled(known, list) {
		if slides[t.Slide] {
			list, p.image = append(list, t), append(p.image, -1)
		}
	}
	if p.Slides, err = slide.Slides(list); err != nil {
		return nil, s.misplaced(p, err)
	}
	for k, of := range p.Slides {
		for t, at := range of.Tiles {
			if i := p.image[at]; i >= 0 {
				p.slides[i], p.tiles[i] = int32(k), int32(t)
			}
		}
	}
	return p, nil
}

// folders notes slides that only names of images say, whose images are in several folders: these may be the slides.
func (s *Source) folders(list []slide.Tile) []string {
	first, note, many := map[string]string{}, "", map[string]bool{}
	for i := range list {
		if _, said := s.Rule.Fields.Slide.Value(&s.Images[i]); said || s.Tiles != nil || s.Table != nil {
			continue
		}
		name, folder := list[i].Slide, folderOf(&s.Images[i])
		one, ok := first[name]
		if !ok {
			first[name] = folder
		} else if one != folder && !many[name] {
			if many[name] = true; note == "" {
				note = fmt.Sprintf("such as %s in %s and %s", wtf8.Quote(name), wtf8.Quote(one), wtf8.Quote(folder))
			}
		}
	}
	if note == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s with tiles in several folders, %s: if the folders are slides, %s",
		ui.Plural(len(many), "slide", "slides"), note, s.Folder)}
}

func folderOf(img *coco.Image) string { return path.Dir(strings.ReplaceAll(img.FileName, `\`, "/")) }

// unlabelled are the rows of the table that no image has, at places where no image is.
func (s *Source) unlabelled(known map[string]bool, list []slide.Tile) []slide.Tile {
	if s.Tiles == nil || len(known) == 0 {
		return nil
	}
	type corner struct {
		slide string
		x, y  int
	}
	taken := map[corner]bool{}
	for _, t := range list {
		taken[corner{t.Slide, t.X, t.Y}] = true
	}
	var out []slide.Tile
	for row := range s.Tiles.All() {
		x, y := row.Origin()
		at := corner{fmt.Sprint(row.WSI), x, y}
		if known[row.ID] || taken[at] {
			continue
		}
		taken[at] = true
		out = append(out, slide.Tile{Place: slide.Place{Slide: at.slide, X: x, Y: y, Width: wsi.TilePixels,
			Height: wsi.TilePixels}, Unlabelled: true})
	}
	return out
}

// unplaced says of which image the place is not known.
func (s *Source) unplaced(i int, err, noRow error) error {
	var field *slide.FieldError
	if !errors.As(err, &field) {
		return err
	}
	at := fmt.Sprintf("%s: images[%d].%s", s.File, s.Names.Place(i), field.Field)
	if !errors.Is(err, slide.ErrNoValue) {
		return fmt.Errorf("%s: %w: %w", at, ui.ErrInput, field.Err)
	}
	f := ui.Failf(ui.ExitBadData, "%s: found none, expected where image %s lies on its slide", at,
		wtf8.Quote(s.Names.Name(i)))
	if s.Tiles != nil && noRow != nil {
		f = f.Hint("the table of tiles has %v", noRow)
	}
	return f.Hint("%s", s.Hint)
}

// misplaced names the images of an error of the slides.
func (s *Source) misplaced(p *Placed, err error) error {
	var bad *slide.TileError
	if !errors.As(err, &bad) {
		return err
	}
	name := func(tile int) string {
		if i := p.image[tile]; i >= 0 {
			return fmt.Sprintf("images[%d] (%s)", s.Names.Place(i), wtf8.Quote(s.Names.Name(i)))
		}
		return "a tile of the table"
	}
	if bad.Other >= 0 {
		if a, b := p.image[bad.Other], p.image[bad.Tile]; a >= 0 && b >= 0 &&
			folderOf(&s.Images[a]) != folderOf(&s.Images[b]) {
			return ui.Failf(ui.ExitBadData, "%s: %s and %s: %w", s.File, name(bad.Other), name(bad.Tile),
				bad.Err).Hint("if the folders are slides, %s", s.Folder)
		}
		return fmt.Errorf("%s: %s and %s: %w: %w", s.File, name(bad.Other), name(bad.Tile), ui.ErrInput, bad.Err)
	}
	return fmt.Errorf("%s: %s: %w: %w", s.File, name(bad.Tile), ui.ErrInput, bad.Err)
}
