package paint

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

const (
	lineWidth  = 1.8 // of outlines in pixels, less on small pictures
	besideGap  = 4
	smallSide  = 300 // below which pictures are small
	smallLabel = 10
)

// Options say how a painter draws.
type Options struct {
	Style  Style
	Side   int     // of a tile's longer side in pixels, if Zoom is 0
	Zoom   float64 // pixels of the picture for each of the tile
	Crop   bool    // to what is drawn or, with marks, to what is marked
	Margin int     // of tile pixels around it
	Beside bool    // the labels on one picture, the predictions on another next to it
	Plain  bool    // without captions
	Marks  *Marks  // nil: none
}

// Marks are what a check found.
type Marks struct {
	Text   string                 // in the legend
	Places map[int]map[int32]bool // of annotations, by image
	Codes  map[int][]string       // of findings, by image
}

// Painter draws images of a scene. Its methods may be called in parallel.
type Painter struct {
	scene  *Scene
	folder *ImageFolder
	opts   Options
	legend legend
}

// NewPainter returns a painter of these images of the scene: colours mean the same on
// all of them.
func NewPainter(s *Scene, folder *ImageFolder, images []int, opts Options) *Painter {
	if opts.Style.Shape == "" {
		opts.Style.Shape = "outline"
	}
	if opts.Style.Width == 0 {
		opts.Style.Width = min(max(lineWidth*float64(opts.Side)/smallSide, 1), lineWidth)
	}
	return &Painter{scene: s, folder: folder, opts: opts, legend: newLegend(s, opts.Style.Color, images)}
}

// Tile is a tile that was drawn.
type Tile struct {
	Image       int // its place in the scene
	Name        string
	Picture     *image.RGBA
	Caption     []string // lines
	Labels      int      // that are drawn, as Predictions
	Predictions int
	Score       *Score   // nil: none
	Codes       []string // of the findings
	Faults      Faults
}

// Faults are what keeps a tile from being drawn as it should be.
type Faults struct {
	Absent bool     // it has no image
	ByBase bool     // its image has only the base name of the one that the dataset names
	Image  error    // it cannot be read
	Masks  []string // that cannot be read, in words
	NoMask int      // instances without a mask and a box
}

// Problems lists what of a tile cannot be read.
func (t *Tile) Problems() (images, masks []string) {
	if t.Faults.Image != nil {
		images = append(images, ImageFault(t.Name, t.Faults.Image))
	}
	return images, t.Faults.Masks
}

// ImageFault words why the image of a tile cannot be read.
func ImageFault(tile string, err error) string {
	return fmt.Sprintf("image of tile %s: %v", wtf8.Quote(tile), err)
}

// Paint draws the tile of an image. A picture that is too large is a [draw.ErrSize].
func (p *Painter) Paint(ctx context.Context, image int) (*Tile, error) {
	t := &Tile{Image: image, Name: p.scene.Names.Name(image)}
	if p.opts.Marks != nil {
		t.Codes = p.opts.Marks.Codes[image]
	}
	drawings := p.compose(t)
	var err error
	if t.Score, err = p.scene.Score(ctx, image); err != nil {
		return nil, err
	}
	if t.Picture, err = p.picture(drawings); err != nil {
		return nil, err
	}
	if !p.opts.Plain {
		t.Caption = p.caption(t)
	}
	return t, nil
}

// picture draws one tile, or two next to each other.
func (p *Painter) picture(drawings []*draw.Tile) (*image.RGBA, error) {
	zoom := p.zoom(drawings[0])
	var parts []*image.RGBA
	for _, d := range drawings {
		if p.opts.Side < smallSide && zoom < 1 {
			d.LabelSize = smallLabel
		}
		part, err := d.Picture(zoom)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return draw.SideBySide(besideGap, parts...), nil
}

// zoom is how many pixels of the picture a pixel of a tile becomes.
func (p *Painter) zoom(t *draw.Tile) float64 {
	if p.opts.Zoom != 0 {
		return p.opts.Zoom
	}
	w, h := t.Size(1)
	return float64(p.opts.Side) / float64(max(w, h))
}

// compose makes a tile ready to draw, and notes what is on it and what is wrong with
// it. With Options.Beside the second one has the predictions.
func (p *Painter) compose(of *Tile) []*draw.Tile {
	labels, predicted := p.scene.instances(of.Image)
	of.Labels, of.Predictions = len(labels), len(predicted)
	t, file := p.background(of)
	if file != nil {
		defer func() { _ = file.Close() }() // only read
	}
	if t.Height < 1 || t.Width < 1 || t.Width > rle.MaxPixels/t.Height {
		if of.Faults.Image == nil {
			of.Faults.Image = fmt.Errorf("%s says %d x %d pixels", p.scene.File, t.Width, t.Height)
			t.Notice = of.Faults.Image.Error()
		}
		t.Height, t.Width = wsi.TilePixels, wsi.TilePixels
		return []*draw.Tile{t}
	}
	tiles := []*draw.Tile{t}
	on := t // the predictions
	if p.opts.Beside {
		second := *t
		on = &second
		tiles = append(tiles, on)
	}
	// Predictions, then the truth over them; labels of the surest choose first.
	view := p.add(on, of, predicted, p.opts.Marks == nil)
	view = view.Union(p.add(t, of, labels, true))
	if p.opts.Crop && !view.Empty() {
		for _, t := range tiles {
			t.View = view.Inset(-p.opts.Margin)
		}
	}
	if file == nil {
		return tiles
	}
	if err := file.show(t, p.zoom(t)); err != nil {
		of.Faults.Image, t.Image = err, nil
		t.Notice = err.Error()
	}
	on.Image, on.ImageOf, on.Notice = t.Image, t.ImageOf, t.Notice
	return tiles
}

// background is a tile without instances, and the open file of its image; nil: it has none of its size.
func (p *Painter) background(of *Tile) (*draw.Tile, *Picture) {
	img := &p.scene.Images[of.Image]
	t := &draw.Tile{Height: img.Height, Width: img.Width}
	file, err := p.folder.Open(img)
	switch {
	case err != nil:
		of.Faults.Image = err
	case file == nil:
		of.Faults.Absent = true
		t.Notice = "no image"
	default:
		of.Faults.ByBase = p.folder.ByBaseName(img)
		if t.Height < 1 || t.Width < 1 {
			t.Height, t.Width = file.Height, file.Width
		}
		if of.Faults.Image = file.Fits(t.Height, t.Width, p.scene.File); of.Faults.Image == nil {
			return t, file
		}
		_ = file.Close() // only read
	}
	if of.Faults.Image != nil {
		t.Notice = of.Faults.Image.Error()
	}
	return t, nil
}

// add adds instances to a tile. It returns the box around those that a crop shows: with
// marks those that are marked, if any may be; without marks all.
func (p *Painter) add(t *draw.Tile, of *Tile, list []instance, seen bool) (view image.Rectangle) {
	var held rle.Budget
	for order := range list {
		s := &list[order]
		shape := draw.Shape{Style: p.style(of.Image, order, s), Label: p.label(s)}
		var around rle.Box
		m, err := s.segmentation.Mask(t.Height, t.Width)
		if err == nil {
			err = s.segmentation.Hold(&held, m)
		}
		switch {
		case err == nil:
			shape.Mask, around = m, m.Bounds()
		case !errors.Is(err, coco.ErrNoMask):
			of.Faults.Masks = append(of.Faults.Masks, fmt.Sprintf("%s: %v", s.place, err))
			continue
		case s.box == nil:
			of.Faults.NoMask++
			continue
		default:
			shape.Box, around = *s.box, *s.box
		}
		t.Shapes = append(t.Shapes, shape)
		if seen && (p.opts.Marks == nil || p.opts.Marks.Places[of.Image][s.at]) {
			view = view.Union(image.Rect(int(math.Floor(around.X)), int(math.Floor(around.Y)), int(math.Ceil(around.X+around.W)), int(math.Ceil(around.Y+around.H))))
		}
	}
	return view
}

// caption describes a tile below its picture.
func (p *Painter) caption(t *Tile) []string {
	img := &p.scene.Images[t.Image]
	if s := t.Score; s != nil {
		text := fmt.Sprintf("found %s of %s, %s false", ui.Thousands(s.Found), ui.Thousands(s.Found+s.Missed), ui.Thousands(s.False))
		if s.AP >= 0 {
			text = fmt.Sprintf("AP%s %.2f · ", strconv.FormatFloat(100*p.scene.matches.iou, 'g', 4, 64), s.AP) + text
		}
		return []string{t.Name, text}
	}
	if t.Codes != nil {
		return []string{t.Name, strings.Join(t.Codes, ", ")}
	}
	what := ui.Plural(t.Labels, "instance", "instances")
	if p.scene.HasPredictions() {
		what = ui.Plural(t.Predictions, "prediction", "predictions")
	}
	words := []string{what}
	if v, ok := wsi.MemberDataset.Text(img, nil); ok {
		words = append(words, "dataset "+v)
	}
	if v, ok := wsi.MemberWSI.Text(img, nil); ok {
		words = append(words, "WSI "+v)
	}
	return []string{t.Name, strings.Join(words, " · ")}
}
