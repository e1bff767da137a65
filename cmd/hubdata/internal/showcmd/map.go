package showcmd

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/wsi"
)

// slideTile is a tile with its place.
type slideTile struct {
	image           int
	tile            wsi.Tile
	vessels         int
	score           float64 // below 0: none
	fold            int     // folds.NoFold: in none
	always, unlined bool
	thumbnail       *image.RGBA
	fault           error
	hasImage        bool
}

// drawMaps draws the maps of the slides, one a page.
func (job *Job) drawMaps(ctx context.Context) error {
	for i := range job.Labels.Images {
		reason, err := job.Rules.Image(i)
		if err != nil {
			return ui.InFile(job.Labels.Input.Name, err)
		}
		if reason == "" {
			job.Tiles = append(job.Tiles, i)
		}
	}
	if len(job.Tiles) == 0 {
		return job.nothing()
	}
	if err := job.findFolder(); err != nil {
		return err
	}
	plan, uses, err := job.mapPlan()
	if err != nil {
		return err
	}
	slides := map[int][]*slideTile{}
	for _, i := range job.Tiles {
		t, err := job.slideTile(ctx, i, uses)
		if err != nil {
			return err
		}
		slides[t.tile.WSI] = append(slides[t.tile.WSI], t)
	}
	var order []int
	for slide := range slides {
		order = append(order, slide)
	}
	slices.Sort(order)
	if job.Options.out == "-" && len(order) > 1 {
		return ui.Usagef("-o - takes one picture, but there are %d slides: name one with --wsi", len(order))
	}
	sink, err := job.newSink(len(order))
	if err != nil {
		return err
	}
	sum := showSummary{Files: []ui.SummaryFile{}, Tiles: []showRow{}}
	for _, slide := range order {
		img, err := job.drawMap(ctx, slide, slides[slide], plan)
		if err != nil {
			return err
		}
		path, err := sink.picture(img)
		if err != nil {
			return err
		}
		if path != "" {
			sum.Files = append(sum.Files, ui.NewSummaryFile(path))
		}
		for _, t := range slides[slide] {
			row := showRow{Tile: job.Images.Name(t.image), Image: "drawn", Instances: t.vessels}
			switch {
			case t.fault != nil:
				row.Image = "faulty"
				job.Faults.Images = append(job.Faults.Images, fmt.Sprintf("image of tile %q: %v", row.Tile, t.fault))
			case !t.hasImage:
				row.Image = "absent"
			}
			sum.Tiles = append(sum.Tiles, row)
		}
	}
	if err := sink.close(); err != nil {
		return err
	}
	return job.tell(&sum)
}

// mapPlan reads the plan of --folds.
func (job *Job) mapPlan() (*folds.Plan, *folds.Index, error) {
	if job.Options.plan == "" {
		return nil, nil, nil
	}
	plan, in, err := planfile.Open(job.Console, job.Options.plan)
	if err != nil {
		return nil, nil, err
	}
	job.outputs.Inputs = append(job.outputs.Inputs, in)
	if err := plan.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w: %w", in.Name, ui.ErrInput, err)
	}
	if plan, _, err = planfile.Resolve(plan, in.Name, job.Images.All); err != nil {
		return nil, nil, err
	}
	return plan, plan.Index(), nil
}

// slideTile tells of a tile what maps show.
func (job *Job) slideTile(ctx context.Context, i int, uses *folds.Index) (*slideTile, error) {
	img := &job.Labels.Images[i]
	t := &slideTile{image: i, score: -1, fold: folds.NoFold, hasImage: job.hasImage(i), unlined: job.unlined[img.ID]}
	var err error
	var unknown *wsi.MemberError
	t.tile, err = wsi.TileOf(img, job.Images.Row(job.Table, i))
	switch path := fmt.Sprintf("%s: images[%d]", job.Labels.Input.Name, i); {
	case errors.Is(err, wsi.ErrNoMember):
		return nil, ui.Failf(ui.ExitBadData, "%s.%w, but a map asks for it (image %q)", path, err, job.Images.Name(i)).
			Hint("--tile-meta tile_meta.csv looks the tile up; a HuBMAP folder has it")
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("%s.%s: %w: %w", path, unknown.Member, ui.ErrInput, unknown.Err)
	}
	sum, scored := 0.0, 0
	for _, at := range job.index.Annotations(img.ID) {
		a := &job.Labels.Annotations[at]
		if job.left(at) != "" || job.Rules.Class == nil && !job.isVessel(a) {
			continue
		}
		t.vessels++
		if v, ok, _ := a.Score(); ok {
			sum, scored = sum+v, scored+1
		}
	}
	if scored > 0 {
		t.score = sum / float64(scored)
	}
	if job.Scores != nil && !t.unlined {
		s, err := job.Scores.score(ctx, i)
		if err != nil {
			return nil, err
		}
		t.score = s.AP
	}
	if uses != nil {
		if e, ok := uses.Entry(job.Images.Name(i)); ok {
			t.fold, t.always = e.Fold, e.Always
		}
	}
	return t, ctx.Err()
}

// isVessel says whether an annotation is of the class that is counted: of a dataset
// without vessels all are.
func (job *Job) isVessel(a *coco.Annotation) bool {
	vessels := slices.IndexFunc(job.Labels.Categories, func(c coco.Category) bool { return c.Name == wsi.BloodVessel })
	return vessels < 0 || job.Labels.Categories[vessels].ID == a.CategoryID
}

// drawMap draws a slide.
func (job *Job) drawMap(ctx context.Context, slide int, tiles []*slideTile, plan *folds.Plan) (*image.RGBA, error) {
	s := &draw.Slide{Side: wsi.TilePixels, Missing: true}
	by := job.Options.Style.color
	if by == "" {
		if by = "tier"; plan != nil {
			by = "fold"
		}
	}
	most, scored := 0, false
	for _, t := range tiles {
		most = max(most, t.vessels)
		scored = scored || t.score >= 0
	}
	if by == "score" && !scored {
		return nil, ui.Failf(ui.ExitUsage, "--color score: %s has no scores", job.Labels.Input.Name).Hint("name predictions, or pseudo-labels")
	}
	var legend mapLegend
	for _, t := range tiles {
		p := draw.Placed{X: t.tile.I, Y: t.tile.J}
		switch by {
		case "tier":
			p.Color = legend.key(tierColor(t.tile.Dataset), fmt.Sprintf("dataset %d", t.tile.Dataset), t.tile.Dataset)
		case "fold":
			switch {
			case t.fold != folds.NoFold:
				p.Color = legend.key(foldColor(t.fold-plan.First), fmt.Sprintf("fold %d", t.fold), t.fold)
			case t.always:
				p.Color = legend.key(palette.Black, "always in training", 1<<20)
			default:
				p.Color = legend.key(palette.Grey, "in no fold", 1<<21)
			}
		case "vessels":
			if t.unlined {
				p.Color = legend.key(palette.Grey, "not outlined", 0)
				break
			}
			p.Color = palette.Ramp(float64(t.vessels) / float64(max(most, 1)))
			p.Text = strconv.Itoa(t.vessels)
		case "score":
			if p.Color = palette.Grey; t.score >= 0 {
				p.Color = palette.Ramp(t.score)
				p.Text = strconv.FormatFloat(t.score, 'f', 2, 64)
			}
		}
		s.Tiles = append(s.Tiles, p)
	}
	if err := job.thumbnails(ctx, s, tiles); err != nil {
		return nil, err
	}
	body, err := s.Picture()
	if err != nil {
		return nil, job.tooLarge(err)
	}
	if job.Options.plain {
		return body, nil
	}
	sheet := draw.Sheet{Title: fmt.Sprintf("WSI %d · %s", slide, ui.Plural(len(tiles), "tile", "tiles")), Columns: 1, Cells: []draw.Cell{{Picture: body}}}
	sheet.Legend.Keys = legend.sorted()
	switch by {
	case "vessels":
		sheet.Legend.Scales = append(sheet.Legend.Scales, draw.Scale{Text: "instances on a tile", From: "0", To: strconv.Itoa(most), Color: palette.Ramp})
	case "score":
		text := "mean score"
		if job.Scores != nil {
			text = "AP at IoU " + strconv.FormatFloat(job.Options.Iou, 'g', 4, 64)
		}
		sheet.Legend.Scales = append(sheet.Legend.Scales, draw.Scale{Text: text, From: "0", To: "1", Color: palette.Ramp})
	}
	sheet.Legend.Keys = append(sheet.Legend.Keys, draw.Key{Style: draw.MissingStyle(), Text: "neighbour missing"})
	img, err := sheet.Picture()
	if err != nil {
		return nil, job.tooLarge(err)
	}
	return img, nil
}

// thumbnails reads the tiles' images.
func (job *Job) thumbnails(ctx context.Context, s *draw.Slide, tiles []*slideTile) error {
	return parallel.Each(ctx, job.Options.Workers, len(tiles), func(k int) error {
		if !tiles[k].hasImage {
			return nil
		}
		img, err := job.picture(tiles[k].image)
		if tiles[k].fault = err; err == nil && img != nil {
			tiles[k].thumbnail = s.Thumbnail(img)
		}
		s.Tiles[k].Image = tiles[k].thumbnail
		return nil
	})
}

// mapLegend gathers a map's colours, with how many tiles have them.
type mapLegend []mapKey

type mapKey struct {
	color color.RGBA
	text  string
	order int
	n     int
}

// key counts a tile of a colour.
func (l *mapLegend) key(c color.RGBA, text string, order int) color.RGBA {
	k := slices.IndexFunc(*l, func(k mapKey) bool { return k.text == text })
	if k < 0 {
		k = len(*l)
		*l = append(*l, mapKey{c, text, order, 0})
	}
	(*l)[k].n++
	return c
}

func (l mapLegend) sorted() []draw.Key {
	slices.SortFunc(l, func(a, b mapKey) int { return a.order - b.order })
	var out []draw.Key
	for _, k := range l {
		out = append(out, draw.Key{Style: draw.Style{Color: k.color, Line: draw.NoLine, Fill: 1}, Text: fmt.Sprintf("%s (%s)", k.text, ui.Thousands(k.n))})
	}
	return out
}

// tierColor is the colour of a tier.
func tierColor(tier int) color.RGBA {
	switch tier {
	case 1:
		return palette.Blue
	case 2:
		return palette.Orange
	case wsi.UnlabelledDataset:
		return palette.Purple
	}
	return palette.Grey
}

// foldColor is the colour of a fold, counted from 0.
func foldColor(k int) color.RGBA {
	all := palette.Lines()
	return all[:len(all)-1][max(k, 0)%(len(all)-1)] // the last one is black
}
