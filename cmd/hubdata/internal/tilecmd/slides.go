package tilecmd

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
)

// picture is an image of an input: a slide, or a part of one.
type picture struct {
	file  string // the input, for messages
	at    int    // in its images
	image coco.Image
	place slide.Place // its slide is empty as long as only the names of all say it
	tiles tiling
	scale int    // of the tiles: pixels of the picture for one of theirs, along a side
	first int    // the number of its first tile among all tiles
	label string // what the files of its tiles begin with
	path  string // the file with its pixels; empty: none is read

	labelled *slide.Cover // which part of it was; nil: all, or it does not matter
}

// where says where the image of the picture is.
func (p *picture) where() string { return fmt.Sprintf("%s: images[%d]", p.file, p.at) }

// tiling is the tiles of a picture.
type tiling interface {
	Len() int
	// Tile returns the top left pixel of a tile and its size, in pixels of the picture at the tiles' scale.
	Tile(i int) (x, y, width, height int)
	// Cut calls f with the part of a region in each tile that has one, in pixels of the tile.
	Cut(r slide.Region, f func(tile int, part slide.Region))
}

// size returns the size of an image, which it must have.
func size(img *coco.Image) error {
	switch {
	case img.Missing.Has(coco.FieldHeight) || img.Missing.Has(coco.FieldWidth):
		return (&ui.Failure{Code: ui.ExitBadData, Err: errors.New("found no width and height")}).
			Hint("add them in slide pixels, or name the folder of the slides with --image-dir DIR")
	case img.Height < 1 || img.Width < 1 || img.Height > slide.MaxCoordinate || img.Width > slide.MaxCoordinate:
		return fmt.Errorf("%w: found %d x %d pixels, expected sides from 1 to 2^30", ui.ErrInput, img.Width, img.Height)
	}
	return nil
}

// placeOf reads where an image lies on its slide: at its corner, unless its members say more.
func placeOf(img *coco.Image) (slide.Place, error) {
	fields := slide.DefaultFields()
	_, hasX := fields.X.Value(img)
	_, hasY := fields.Y.Value(img)
	named := true
	p, err := fields.Place(img.Height, img.Width, func(k coco.Key) (string, bool, error) {
		text, ok := k.Value(img)
		switch {
		case !ok && k.Name == fields.Slide.Name:
			named = false
			return "a slide of its own", true, nil
		case !ok && !hasX && !hasY && k.Name != fields.Scale.Name:
			return "0", true, nil
		}
		return text, ok, nil
	})
	if err == nil {
		_, err = slide.NewFrame([]slide.Tile{{Place: p}})
		if fault := new(slide.TileError); errors.As(err, &fault) {
			err = fault.Err
		}
	}
	if err != nil {
		return p, fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	if !named {
		p.Slide = ""
	}
	return p, nil
}

// name names the slides of the pictures, and what the files of their tiles begin with.
func name(pictures []*picture) {
	var all coco.Names
	for _, p := range pictures {
		all.Add(&p.image)
	}
	var slides []coco.Image // as files, with an extension that is cut off again
	number := map[string]int{}
	for i, p := range pictures {
		if p.place.Slide == "" {
			p.place.Slide = all.Name(i)
			if path := all.Path(i); all.ByID(i) && path != "" { // another picture has this path
				p.place.Slide = coco.ImageName(&coco.Image{FileName: path})
			}
		}
		if _, ok := number[p.place.Slide]; !ok {
			number[p.place.Slide] = len(slides)
			slides = append(slides, coco.Image{ID: coco.IntID(int64(len(slides))), FileName: p.place.Slide + extension})
		}
	}
	labels := files.FileNames(slides)
	for _, p := range pictures {
		label := labels[number[p.place.Slide]]
		p.label = label[:len(label)-len(extension)]
	}
}

// extension is that of the files of tiles.
const extension = ".png"

// apart fails if two pictures show the same of a slide: their tiles would too.
func apart(pictures []*picture) error {
	places := make([]slide.Place, len(pictures))
	for i, p := range pictures {
		places[i] = p.place
	}
	var err error
	slide.Near(places, -1, func(a, b, _ int) {
		if err == nil {
			err = ui.Failf(ui.ExitBadData, "%s and %s both show a part of the slide %s", pictures[a].where(),
				pictures[b].where(), wtf8.Quote(places[a].Slide)).
				Hint(`"hubdata stitch" joins tiles that overlap; "hubdata merge" makes one file of several with annotations of one slide`)
		}
	})
	return err
}

// placeMembers are the members of an image that say where it lies, HuBMAP's name of a tile, and what of it was
// labelled:
// tiles have their own.
var placeMembers = []string{"source_wsi", "slide", "wsi", "i", "j", "x", "y", "scale", "downsample", "tile",
	slide.LabelledMember}

// placeOfTile returns where a tile lies on the slide.
func (p *picture) placeOfTile(tile int) slide.Place {
	x, y, width, height := p.tiles.Tile(tile)
	scale := p.place.Scale
	if scale == 0 {
		scale = 1
	}
	at := func(from, pixel int) int { return from + int(math.Round(float64(pixel*p.scale)*scale)) }
	return slide.Place{Slide: p.place.Slide, X: at(p.place.X, x), Y: at(p.place.Y, y), Width: width, Height: height,
		Scale: float64(p.scale) * scale}
}

// imageOf makes the image of a tile. It has the members of the picture's image.
func (p *picture) imageOf(tile int) coco.Image {
	at := p.placeOfTile(tile)
	img := coco.Image{ID: p.id(tile), FileName: fmt.Sprintf("%s_x%d_y%d%s", p.label, at.X, at.Y, extension),
		Width: at.Width, Height: at.Height}
	if t, ok := p.tiles.(*listed); ok {
		if one := t.rows[tile].image; one != nil { // as it was, but in groups that the edit may have changed
			img = *one
			img.Extra = slices.DeleteFunc(slices.Clone(one.Extra), func(f coco.Field) bool { return f.Key == "whole_group" })
			return img
		}
		img.FileName = t.rows[tile].file
	}
	own := p.image.Extra.Get("source_wsi")
	if own == nil {
		own = jsonscan.AppendString(nil, at.Slide)
	}
	img.Extra = coco.Fields{{Key: "source_wsi", Value: own}, {Key: "i", Value: fmt.Append(nil, at.X)},
		{Key: "j", Value: fmt.Append(nil, at.Y)}}
	if at.Scale != 1 {
		img.Extra = append(img.Extra, coco.Field{Key: "scale", Value: jsonscan.AppendFloat(nil, at.Scale)})
	}
	for _, f := range p.image.Extra {
		if !slices.Contains(placeMembers, f.Key) {
			img.Extra = append(img.Extra, f)
		}
	}
	return img
}

// id is the id of the image of a tile: that of a COCO file of tiles, else the number of the tile among all, from 1, so
// that
// it does not depend on which tiles are left out.
func (p *picture) id(tile int) coco.ID {
	if t, ok := p.tiles.(*listed); ok && t.rows[tile].image != nil {
		return t.rows[tile].image.ID
	}
	return coco.IntID(int64(p.first + tile + 1))
}
