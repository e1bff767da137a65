package tilecmd

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// instance is an annotation of a picture.
type instance struct {
	of    *picture
	at    int // in the annotations of its file
	whole int64
	*coco.Annotation
}

// part is a part of an instance, as the text of an annotation without its number.
type part struct {
	tile int // its number among all tiles
	text []byte
}

// cut is what became of some instances.
type cut struct {
	parts  []part
	counts counts
}

// counts are instances and their parts, by what became of them.
type counts struct {
	In       int `json:"in"`
	Orphans  int `json:"of_no_image"`
	NoMask   int `json:"without_mask_and_box"`
	NoPixel  int `json:"without_a_pixel"`
	InNoTile int `json:"in_no_tile"`
	InPart   int `json:"masks_partly_in_no_tile"` // some of InOne and InMore
	Beyond   int `json:"partly_beyond_the_slide"` // with pixels on it too
	InOne    int `json:"in_one_tile"`
	InMore   int `json:"in_more_tiles"`

	Parts      int `json:"parts"`
	BelowArea  int `json:"parts_below_min_area"`
	BelowPart  int `json:"parts_below_min_part"`
	Unlabelled int `json:"parts_on_dropped_tiles"`
}

// add adds the counts of other instances.
func (c *counts) add(o counts) {
	c.In, c.Orphans, c.NoMask, c.NoPixel = c.In+o.In, c.Orphans+o.Orphans, c.NoMask+o.NoMask, c.NoPixel+o.NoPixel
	c.InNoTile, c.InPart, c.InOne, c.InMore = c.InNoTile+o.InNoTile, c.InPart+o.InPart, c.InOne+o.InOne, c.InMore+o.InMore
	c.Parts, c.BelowArea, c.BelowPart = c.Parts+o.Parts, c.BelowArea+o.BelowArea, c.BelowPart+o.BelowPart
	c.Beyond += o.Beyond
}

// cutter cuts instances by the rules of a command line.
type cutter struct{ *options }

// cutAll cuts some instances.
func (c cutter) cutAll(list []instance) (*cut, error) {
	out := &cut{}
	for i := range list {
		if err := c.cut(out, &list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cut cuts an instance.
func (c cutter) cut(out *cut, in *instance) error {
	fault := func(err error) error { return in.fault("segmentation", err) }
	out.counts.In++
	if in.Segmentation.Kind() == coco.KindNone {
		return c.cutBox(out, in)
	}
	r, err := slide.RegionOf(in.Segmentation, in.of.image.Height, in.of.image.Width)
	if err != nil {
		return fault(err)
	}
	if r, err = r.Reduced(in.of.scale); err != nil {
		return fault(err)
	}
	all := float64(r.Area())
	if all == 0 {
		out.counts.NoPixel++
		return nil
	}
	if slide.Beyond(in.Segmentation, in.of.image.Height, in.of.image.Width) {
		out.counts.Beyond++
	}
	members := membersOf(in)
	tiles, sum := 0, 0.0
	var shown []slide.Region // if tiles may overlap and leave gaps
	in.of.tiles.Cut(r, func(tile int, p slide.Region) {
		tiles++
		area := p.Area()
		if sum += float64(area); c.gaps() {
			x, y, _, _ := in.of.tiles.Tile(tile)
			shown = append(shown, p.Moved(x, y))
		}
		if err != nil || !c.keeps(&out.counts, float64(area), all) {
			return
		}
		a := *in.Annotation
		a.BBox, a.Area = p.Bounds(), float64(area)
		a.Missing &^= coco.FieldBBox | coco.FieldArea | coco.FieldSegmentation
		if c.form == coco.KindPolygons {
			a.Segmentation = coco.Polygons(p.Rings())
		} else {
			_, _, width, height := in.of.tiles.Tile(tile)
			mask, _ := p.In(0, 0, height, width) // it has pixels
			if a.Segmentation = coco.RLE(mask); c.form == coco.KindCounts {
				a.Segmentation = coco.Counts(mask)
			}
		}
		err = out.add(in, &a, members, tile)
	})
	out.counts.seen(tiles)
	if err == nil && len(shown) > 1 && sum >= all {
		var union slide.Region
		union, err = slide.Unite(shown...)
		sum = float64(union.Area())
	}
	if tiles > 0 && sum < all {
		out.counts.InPart++
	}
	return err
}

// gaps reports whether tiles may overlap and leave gaps too.
func (c cutter) gaps() bool { return c.table != "" || c.edge == slide.EdgeDrop }

// fault says of which member of an instance an error is, and what to do.
func (in *instance) fault(member string, err error) error {
	f := &ui.Failure{Code: ui.ExitBadData, Err: fmt.Errorf("%s: annotations[%d].%s: %w", in.of.file, in.at, member, err)}
	runs := in.Segmentation.Kind() == coco.KindRLE || in.Segmentation.Kind() == coco.KindCounts
	switch large := in.of.image.Width > rle.MaxPixels/in.of.image.Height; {
	case runs && large:
		return f.Hint("runs are on images of up to 2^30 pixels: write polygons, which may be on slides of any size")
	case errors.Is(err, rle.ErrSize) && large:
		return f.Hint("an instance has a box of up to 2^30 pixels: divide it, or leave it out with \"hubdata filter --max-area\"")
	case errors.Is(err, rle.ErrRuns), errors.Is(err, rle.ErrCoordinate):
		return f // it says what to do
	}
	return f.Hint(`"hubdata check --fix" repairs what has one right answer`)
}

// cutBox cuts an instance that has a box alone, at the edges of the tiles.
func (c cutter) cutBox(out *cut, in *instance) error {
	b, n := in.BBox, float64(in.of.scale)
	b = rle.Box{X: b.X / n, Y: b.Y / n, W: b.W / n, H: b.H / n}
	width, height := float64(in.of.image.Width)/n, float64(in.of.image.Height)/n
	if in.Missing.Has(coco.FieldBBox) || !(b.W > 0 && b.H > 0) {
		out.counts.NoMask++
		return nil
	}
	left, top, right, bottom := max(b.X, 0), max(b.Y, 0), min(b.X+b.W, width), min(b.Y+b.H, height)
	if !(left < right && top < bottom) {
		out.counts.NoPixel++
		return nil
	}
	if b.X < 0 || b.Y < 0 || b.X+b.W > width || b.Y+b.H > height {
		out.counts.Beyond++
	}
	x, y := int(left), int(top)
	pixels, err := rle.FromBox(int(math.Ceil(bottom))-y, int(math.Ceil(right))-x, rle.Box{W: math.Ceil(right) - float64(x), H: math.Ceil(bottom) - float64(y)})
	if err != nil {
		return in.fault("bbox", err)
	}
	members := membersOf(in)
	tiles := 0
	in.of.tiles.Cut(slide.NewRegion(x, y, pixels), func(tile int, _ slide.Region) {
		tx, ty, tw, th := in.of.tiles.Tile(tile)
		l, t, r, b := max(left, float64(tx)), max(top, float64(ty)), min(right, float64(tx+tw)), min(bottom, float64(ty+th))
		if err != nil || !(l < r && t < b) {
			return
		}
		tiles++
		a := *in.Annotation
		a.BBox = rle.Box{X: l - float64(tx), Y: t - float64(ty), W: r - l, H: b - t}
		share := a.BBox.W * a.BBox.H / ((right - left) * (bottom - top))
		a.Area *= share / (n * n)
		if a.Missing.Has(coco.FieldArea) {
			a.Area = a.BBox.W * a.BBox.H
		}
		if !c.keeps(&out.counts, a.BBox.W*a.BBox.H, a.BBox.W*a.BBox.H/share) {
			return
		}
		a.Missing &^= coco.FieldArea
		err = out.add(in, &a, members, tile)
	})
	out.counts.seen(tiles)
	return err
}

// keeps reports whether a part of an area is kept, of an instance of the area all.
func (c cutter) keeps(n *counts, area, all float64) bool {
	switch {
	case area < float64(c.minArea):
		n.BelowArea++
	case area < c.minPart*all:
		n.BelowPart++
	default:
		n.Parts++
		return true
	}
	return false
}

// seen counts an instance that some tiles show.
func (c *counts) seen(tiles int) {
	switch tiles {
	case 0:
		c.InNoTile++
	case 1:
		c.InOne++
	default:
		c.InMore++
	}
}

// wholeMembers are members that "hubdata stitch" gives to whole instances: they are about the tiles that these were joined
// of, which is not so of the parts on other tiles.
var wholeMembers = []string{wholeMember, "parts", "open_ends"}

// membersOf are the members of the parts of an instance.
func membersOf(in *instance) coco.Fields {
	members := make(coco.Fields, 0, len(in.Extra)+1)
	for _, f := range in.Extra {
		if !slices.Contains(wholeMembers, f.Key) {
			members = append(members, f)
		}
	}
	return append(members, coco.Field{Key: wholeMember, Value: fmt.Append(nil, in.whole)})
}

// wholeMember is the member of a part that says of which instance of a slide it is.
const wholeMember = "whole"

// numberless is how the text of a part begins.
const numberless = `{"id":0`

// add adds a part.
func (out *cut) add(in *instance, a *coco.Annotation, members coco.Fields, tile int) error {
	a.ID, a.ImageID, a.Extra = coco.IntID(0), in.of.id(tile), members
	text, err := coco.AppendAnnotation(nil, a)
	if err != nil {
		return fmt.Errorf("%s: annotations[%d]: %w: %w", in.of.file, in.at, ui.ErrInput, err)
	}
	out.parts = append(out.parts, part{in.of.first + tile, text[len(numberless):]})
	return nil
}
