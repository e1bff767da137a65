package scoring

import (
	"bytes"
	"context"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/wholes"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// stitched is the scores of whole instances: those that tiles cut are joined on their slides, in the ground truth and
// in the results. There is no limit of detections.
type stitched struct {
	Slides     int           `json:"slides"`
	Instances  int           `json:"instances"`  // whole ones, without crowds
	Detections int           `json:"detections"` // whole ones
	Joined     stitchedParts `json:"joined"`
	AP         float64       `json:"ap"`
	At         []thresholdAP `json:"at"`
	HuBMAP     *float64      `json:"hubmap,omitempty"`
}

// stitchedParts are how many instances and detections were joined.
type stitchedParts struct {
	Instances  int `json:"instances"`
	Detections int `json:"detections"`
}

// wholeTruth is the ground truth on its slides.
type wholeTruth struct {
	placed *wholes.Placed
	index  *coco.Index
	joined []wholes.Joined
}

// OpenWholes joins the ground truth, once for all results, and notes what was left out of it.
func (s *Scorer) OpenWholes(ctx context.Context, rule *placing.Rule) (notes []string, err error) {
	source := &wholes.Source{File: s.Truth.Name, Images: s.Truth.Images, Names: s.Truth.Names, Rule: rule, Tiles: s.Table,
		Table:  s.Keys,
		Folder: "give --slide-field path:dir",
		Hint:   "an image says so by its members source_wsi, i and j, or by its name (--name-pattern); --table tile_meta.csv adds the columns of the table of tiles"}
	t := &wholeTruth{index: s.Truth.Index()}
	if t.placed, err = source.Place(); err != nil {
		return nil, err
	}
	var of, at []int
	for i := range s.Truth.Annotations {
		if img, ok := t.index.ImageAt(s.Truth.Annotations[i].ImageID); ok {
			of, at = append(of, i), append(at, img)
		}
	}
	how := wholes.Joining{Options: slide.DefaultOptions(false), Workers: s.Params.Workers,
		Where: func(i int) string { return fmt.Sprintf("%s: annotations[%d]", s.Truth.Name, of[i]) }}
	t.joined, _, err = t.placed.Join(ctx, len(of), func(i int) wholes.Instance {
		a := &s.Truth.Annotations[of[i]]
		return wholes.Instance{Image: at[i], Category: a.CategoryID, Crowd: a.IsCrowd, Segmentation: a.Segmentation,
			BBox: a.BBox, Missing: a.Missing, Extra: a.Extra}
	}, how)
	if err != nil {
		return nil, err
	}
	nameSources(t.joined, of)
	s.wholes = t
	for _, note := range t.placed.Notes {
		notes = append(notes, s.Truth.Name+": "+note)
	}
	return notes, nil
}

// joinDetections joins the results of a file.
func (s *Scorer) joinDetections(ctx context.Context, d *preds.Detections) ([]wholes.Joined, error) {
	var of, at []int
	for i := range d.List.Len() {
		if img, ok := s.wholes.index.ImageAt(d.List.ImageID(i)); ok {
			of, at = append(of, i), append(at, img)
		}
	}
	how := wholes.Joining{Options: slide.DefaultOptions(true), Workers: s.Params.Workers,
		Where: func(i int) string { return fmt.Sprintf("%s: %s[%d]", d.Name, d.Path, d.Position(of[i])) }}
	joined, _, err := s.wholes.placed.Join(ctx, len(of), func(i int) wholes.Instance {
		r := d.List.At(of[i])
		return wholes.Instance{Image: at[i], Category: r.CategoryID, Segmentation: r.Segmentation, BBox: r.BBox,
			Missing: r.Missing, Extra: r.Extra}
	}, how)
	nameSources(joined, of)
	return joined, err
}

// nameSources makes places in a list of what was joined those in the file.
func nameSources(joined []wholes.Joined, of []int) {
	for k := range joined {
		for n, i := range joined[k].From {
			joined[k].From[n] = of[i]
		}
	}
}

// stitch scores the whole instances of a file of results.
func (s *Scorer) stitch(ctx context.Context, d *preds.Detections, r *Report) error {
	joined, err := s.joinDetections(ctx, d)
	if err != nil {
		return err
	}
	out := &stitched{Slides: len(joined)}
	truth, results := &coco.Dataset{Categories: s.Truth.Categories}, &coco.Results{}
	for k := range joined {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.addSlide(truth, results, out, &s.wholes.joined[k], &joined[k], d); err != nil {
			return err
		}
	}
	out.Detections = results.Len()
	p := s.Params
	p.SkipUnknownCategories, p.MaxDets, p.Areas = true, []int{max(results.Len(), 1)}, []eval.AreaRange{
		{Name: "all", Min: 0, Max: 1e10}}
	whole, err := eval.Evaluate(ctx, truth, results, &p)
	if err != nil {
		return err
	}
	p.IoU = s.Ious
	single, err := eval.Evaluate(ctx, truth, results, &p)
	if err != nil {
		return err
	}
	out.Instances, out.AP = whole.Instances(eval.Select{}), whole.AP(eval.Select{})
	for _, iou := range s.Ious {
		out.At = append(out.At, thresholdAP{iou, single.APAt(iou)})
	}
	if r.HuBMAP != nil && results.Len() > 0 {
		score, err := eval.HuBMAP(truth, results, &eval.HuBMAPOptions{IoU: s.iou(), Class: wsi.BloodVessel, From: single})
		if err != nil {
			return err
		}
		out.HuBMAP = &score.AP
	}
	r.Stitched = out
	return nil
}

// addSlide adds the whole instances of a slide. Those that share pixels become an image, whatever the size of the
// slide.
func (s *Scorer) addSlide(truth *coco.Dataset, results *coco.Results, out *stitched, gt, dt *wholes.Joined,
	d *preds.Detections) error {
	regions := func(j *wholes.Joined, joined *int) ([]slide.Region, error) {
		list := make([]slide.Region, len(j.Wholes))
		for i := range j.Wholes {
			var err error
			if list[i], err = j.Region(i); err != nil {
				return nil, ui.Failf(ui.ExitBadData, "slide %s: %w", j.Frame.Slide, err)
			}
			if len(j.Wholes[i].Parts) > 1 {
				*joined++
			}
		}
		return list, nil
	}
	a, err := regions(gt, &out.Joined.Instances)
	if err != nil {
		return err
	}
	b, err := regions(dt, &out.Joined.Detections)
	if err != nil {
		return err
	}
	for _, c := range slide.Clusters(a, b) {
		if err := rle.CheckSize(c.Height, c.Width); err != nil {
			return ui.Failf(ui.ExitBadData, "slide %s: instances that share pixels cover %d x %d pixels: %w", gt.Frame.Slide,
				c.Width, c.Height, err)
		}
		img := coco.Image{ID: coco.IntID(int64(len(truth.Images) + 1)), Width: c.Width, Height: c.Height}
		truth.Images = append(truth.Images, img)
		in := func(r slide.Region) (coco.Segmentation, rle.Box) {
			m, _ := r.In(c.X, c.Y, c.Height, c.Width) // it lies in its cluster
			return coco.RLE(m), m.Bounds()
		}
		for _, i := range c.Truth {
			note := s.Truth.Annotations[gt.From[gt.Wholes[i].Parts[0]]]
			note.ID, note.ImageID = coco.IntID(int64(len(truth.Annotations)+1)), img.ID
			note.Segmentation, note.BBox = in(a[i])
			note.Area, note.Missing = float64(a[i].Area()), 0
			truth.Annotations = append(truth.Annotations, note)
		}
		for _, i := range c.Detections {
			parts := dt.Wholes[i].Parts
			scores, areas := make([]float64, len(parts)), make([]int, len(parts))
			for k, p := range parts {
				scores[k], areas[k] = d.List.Score(dt.From[p]), dt.Instances[p].Region.Area()
			}
			found := coco.Result{ImageID: img.ID, CategoryID: dt.Instances[parts[0]].Class,
				Score: slide.ScoreArea.Of(scores, areas)}
			found.Segmentation, found.BBox = in(b[i])
			results.Append(found)
		}
	}
	return nil
}

// print writes the scores of whole instances beside those on tiles.
func (t *stitched) print(text *bytes.Buffer, r *Report) {
	ui.Fprintf(text, "\nwhole instances on %s: %s are %s (%s joined), %s are %s (%s joined); detections are not limited\n",
		ui.Plural(t.Slides, "slide", "slides"),
		ui.Plural(r.Instances, "instance of the tiles", "instances of the tiles"), ui.Thousands(t.Instances),
		ui.Thousands(t.Joined.Instances),
		ui.Plural(r.Detections, "detection", "detections"), ui.Thousands(t.Detections), ui.Thousands(t.Joined.Detections))
	tw := ui.NewTable(text, ui.Right)
	ui.Fprintf(tw, "\ton tiles\twhole\t\n")
	if r.Stats != nil {
		ui.Fprintf(tw, "AP\t%s\t%s\t\n", Score3(r.Stats[0]), Score3(t.AP))
	}
	for i, at := range t.At {
		if i < len(r.At) {
			ui.Fprintf(tw, "AP at %.2f\t%s\t%s\t\n", at.IoU, Score3(r.At[i].AP), Score3(at.AP))
		}
	}
	if t.HuBMAP != nil {
		ui.Fprintf(tw, "HuBMAP at %.2f\t%s\t%s\t\n", r.HuBMAPIoU, Score3(*r.HuBMAP), Score3(*t.HuBMAP))
	}
	_ = tw.Flush()
}
