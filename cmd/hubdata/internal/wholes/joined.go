package wholes

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// Member is the member of an annotation that says which instance of the slide it is a part of.
const Member = "whole"

// Instance is an annotation or a result of an image.
type Instance struct {
	Image        int // among the images
	Category     int64
	Crowd        bool
	Segmentation coco.Segmentation
	BBox         rle.Box // for one without a segmentation
	Missing      coco.FieldSet
	Extra        coco.Fields
}

// Joined is the instances of a slide, joined.
type Joined struct {
	*slide.Slide
	*slide.Stitched
	Instances []slide.Instance
	From      []int // the place of each instance among those that were given
}

// Region is the pixels of a whole.
func (j *Joined) Region(whole int) (slide.Region, error) {
	parts := j.Wholes[whole].Parts
	if len(parts) == 1 {
		return j.Instances[parts[0]].Region, nil
	}
	list := make([]slide.Region, len(parts))
	for k, p := range parts {
		list[k] = j.Instances[p].Region
	}
	return slide.Unite(list...)
}

// Joining says how instances are joined.
type Joining struct {
	Options slide.Options
	Anew    bool // the member whole is not looked at
	// Where is the place of an instance, for messages, such as set.json: annotations[3].
	Where   func(i int) string
	Workers int
}

// Join joins n instances, one slide after the other, and counts those without pixels, which are in none.
func (p *Placed) Join(ctx context.Context, n int, at func(i int) Instance, how Joining) (joined []Joined, empty int, err error) {
	parts := make([]slide.Instance, n)
	onSlide := make([]int32, n)
	err = parallel.Each(ctx, how.Workers, n, func(i int) error {
		in := at(i)
		onSlide[i] = p.slides[in.Image]
		var err error
		if parts[i], err = p.part(&in, how.Anew); err != nil {
			return fmt.Errorf("%s.%w", how.Where(i), err)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	joined = make([]Joined, len(p.Slides))
	for k := range joined {
		joined[k].Slide = &p.Slides[k]
	}
	hasPixels := func(i int) bool {
		h, _ := parts[i].Region.Mask.Size()
		return h > 0
	}
	count := make([]int, len(joined))
	for i := range parts {
		if hasPixels(i) {
			count[onSlide[i]]++
		} else {
			empty++
		}
	}
	for k, n := range count {
		joined[k].Instances, joined[k].From = make([]slide.Instance, 0, n), make([]int, 0, n)
	}
	for i := range parts {
		if hasPixels(i) {
			j := &joined[onSlide[i]]
			j.Instances, j.From = append(j.Instances, parts[i]), append(j.From, i)
		}
	}
	parts = nil
	for k := range joined {
		if err := joined[k].checkNumbers(how.Where); err != nil {
			return nil, 0, err
		}
	}
	err = parallel.Each(ctx, how.Workers, len(joined), func(k int) error {
		j := &joined[k]
		var err error
		j.Stitched, err = j.Stitch(ctx, j.Instances, how.Options)
		return err
	})
	return joined, empty, err
}

// checkNumbers fails if instances of two classes, or crowds and others, have one number.
func (j *Joined) checkNumbers(where func(i int) string) error {
	first := map[int64]int{}
	for i := range j.Instances {
		in := &j.Instances[i]
		if in.Whole == 0 {
			continue
		}
		k, ok := first[in.Whole]
		if !ok {
			first[in.Whole] = i
			continue
		}
		if one := &j.Instances[k]; one.Class != in.Class || one.Crowd != in.Crowd {
			return fmt.Errorf("%s.%s: %w: found %d, which %s of another class (category_id, iscrowd) has too, expected one class per number: correct the class, or remove the member",
				where(j.From[i]), Member, ui.ErrInput, in.Whole, where(j.From[k]))
		}
	}
	return nil
}

// part is an instance in the frame of its slide. One without pixels has an empty region.
func (p *Placed) part(in *Instance, anew bool) (slide.Instance, error) {
	img := &p.images[in.Image]
	tile := int(p.tiles[in.Image])
	out := slide.Instance{Tile: tile, Class: in.Category, Crowd: in.Crowd}
	if !anew {
		var err error
		if out.Whole, err = number(in.Extra); err != nil {
			return out, err
		}
	}
	var err error
	switch {
	case in.Segmentation.Kind() != coco.KindNone:
		if out.Region, err = slide.RegionOf(in.Segmentation, img.Height, img.Width); err != nil {
			return out, fmt.Errorf("segmentation: %w: %w", ui.ErrInput, err)
		}
	case !in.Missing.Has(coco.FieldBBox) && in.BBox.W > 0 && in.BBox.H > 0:
		m, err := rle.FromBox(img.Height, img.Width, in.BBox)
		if err != nil {
			return out, fmt.Errorf("bbox: %w: %w", ui.ErrInput, err)
		}
		out.Region = slide.NewRegion(0, 0, m)
	}
	x, y := p.Slides[p.slides[in.Image]].Origin(tile)
	out.Region = out.Region.Moved(x, y)
	return out, nil
}

// number reads the member whole; 0: there is none.
func number(extra coco.Fields) (int64, error) {
	text := extra.Get(Member)
	if text == nil || string(text) == "null" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && n > 0 {
		return n, nil
	}
	var v float64
	if err := json.Unmarshal(text, &v); err != nil || v != math.Trunc(v) || v < 1 || v >= 1<<53 {
		return 0, fmt.Errorf("%s: %w: found %.40s, expected a whole number from 1, the same for all parts of an instance of the slide", Member, ui.ErrInput, text)
	}
	return int64(v), nil
}
