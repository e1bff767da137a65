package showcmd

import (
	"context"
	"errors"
	"fmt"
	"image"
	"maps"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// slideTile is a tile with its place.
type slideTile struct {
	image              int
	slide, tier        string // tier: empty if it is not known
	x, y, side         int    // in slide pixels
	vessels            int
	score              float64 // below 0: none
	fold               int     // folds.NoFold: in none
	always, unlabelled bool
	fault              error // of the image
	hasImage, byBase   bool
}

// slideMaps draws the maps of slides.
type slideMaps struct {
	*input
	folder  *paint.ImageFolder
	plan    *folds.Plan // nil: none
	by      string      // one of mapColors
	iou     float64
	plain   bool
	workers int
}

// drawMaps draws the maps of the slides, one a page.
func drawMaps(ctx context.Context, c *ui.Console, outs *files.Outputs, o *options, in *input, to *target) (*drawn,
	error) {
	tiles, err := in.selected()
	if err != nil {
		return nil, err
	}
	if len(tiles) == 0 {
		return nil, in.nothing(o)
	}
	m := &slideMaps{input: in, by: o.style.Color, iou: o.iou, plain: o.plain, workers: o.workers}
	if m.folder, err = findImages(o, in.scene, tiles); err != nil {
		return nil, err
	}
	if m.plan, err = readPlan(c, outs, o.plan, in.scene); err != nil {
		return nil, err
	}
	if m.by == "" {
		m.by = "tier"
	}
	slides, err := m.slides(ctx, tiles)
	if err != nil {
		return nil, err
	}
	switch {
	case o.style.Color != "":
	case m.plan != nil:
		m.by = "fold"
	case !hasTiers(slides):
		m.by = "vessels"
	}
	if o.out == "-" && len(slides) > 1 {
		return nil, ui.Usagef("-o - takes one picture, found %d slides: name one with --wsi", len(slides))
	}
	sink := to.open(c, outs, len(slides))
	done := newDrawn(m.folder)
	for _, slide := range slices.SortedFunc(maps.Keys(slides), figures.CompareNatural) {
		img, err := m.draw(ctx, slide, slides[slide])
		if err != nil {
			return nil, err
		}
		path, err := sink.picture(img)
		if err != nil {
			return nil, err
		}
		done.addFile(path)
		for _, t := range slides[slide] {
			done.addPlaced(in.scene.Names.Name(t.image), t)
		}
	}
	return done, sink.close()
}

// addPlaced adds a tile of a map.
func (d *drawn) addPlaced(name string, t *slideTile) {
	r := row{Tile: name, Image: "drawn", Instances: t.vessels}
	switch {
	case t.fault != nil:
		r.Image = "faulty"
		d.images = append(d.images, paint.ImageFault(name, t.fault))
	case !t.hasImage:
		r.Image = "absent"
	case t.byBase:
		d.byBase++
	}
	d.Tiles = append(d.Tiles, r)
}

// readPlan reads the plan of --folds for the images of the scene; nil: none is named.
func readPlan(c *ui.Console, outs *files.Outputs, path string, s *paint.Scene) (*folds.Plan, error) {
	if path == "" {
		return nil, nil
	}
	plan, in, err := planfile.Open(c, path)
	if err != nil {
		return nil, err
	}
	outs.Inputs = append(outs.Inputs, in)
	if err := plan.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", in.Name, ui.ErrInput, err)
	}
	return planfile.Apply(c, plan, in.Name, s.Names.All, s.File)
}

// slides places the tiles on their slides.
func (m *slideMaps) slides(ctx context.Context, tiles []int) (map[string][]*slideTile, error) {
	var uses *folds.Index
	if m.plan != nil {
		uses = m.plan.Index()
	}
	slides := map[string][]*slideTile{}
	for _, i := range tiles {
		t, err := m.place(ctx, i, uses)
		if err != nil {
			return nil, err
		}
		slides[t.slide] = append(slides[t.slide], t)
	}
	return slides, nil
}

// place finds the place of a tile, and what maps show of it.
func (m *slideMaps) place(ctx context.Context, i int, uses *folds.Index) (*slideTile, error) {
	s := m.scene
	img := &s.Images[i]
	t := &slideTile{image: i, score: -1, fold: folds.NoFold, hasImage: m.folder.Has(img), byBase: m.folder.ByBaseName(img),
		unlabelled: s.IsUnlabelled(i)}
	if err := m.locate(t, img); err != nil {
		return nil, err
	}
	sum, scored := 0.0, 0
	for _, at := range s.OnImage(i) {
		a := &s.Annotations[at]
		if !s.Draws(at) || s.Classes == nil && !m.isVessel(a) {
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
	score, err := s.Score(ctx, i)
	if err != nil {
		return nil, err
	}
	if score != nil {
		t.score = score.AP
	}
	if uses != nil {
		if e, ok := uses.Entry(s.Names.Name(i)); ok {
			t.fold, t.always = e.Fold, e.Always
		}
	}
	return t, ctx.Err()
}

// locate finds where a tile is.
func (m *slideMaps) locate(t *slideTile, img *coco.Image) error {
	s := m.scene
	row, noRow := s.Names.Row(m.table, t.image)
	place, err := placing.Default().Of(img, row, nil)
	var unknown *slide.FieldError
	switch path := fmt.Sprintf("%s: images[%d]", s.File, t.image); {
	case errors.Is(err, slide.ErrNoValue) && m.table != nil:
		return fmt.Errorf("%s.%w, and the table of tiles has %w: %w", path, err, noRow, ui.ErrInput)
	case errors.Is(err, slide.ErrNoValue):
		return ui.Failf(ui.ExitBadData, "%s.%w, but a map needs it (image %s)", path, err, wtf8.Quote(s.Names.Name(t.image))).
			Hint("a map needs source_wsi, the name of the slide, and i and j, the column and row of the tile in its pixels; --tile-meta tile_meta.csv looks up the tile")
	case errors.As(err, &unknown):
		return fmt.Errorf("%s.%s: %w: %w", path, unknown.Field, ui.ErrInput, unknown.Err)
	}
	t.slide, t.x, t.y = place.Slide, place.X, place.Y
	t.tier, _ = wsi.MemberDataset.Text(img, row)
	if t.side = max(img.Height, img.Width); t.side <= 0 {
		t.side = wsi.TilePixels
	}
	return nil
}

// hasTiers says whether a tile says of which dataset it is.
func hasTiers(slides map[string][]*slideTile) bool {
	for _, tiles := range slides {
		if slices.ContainsFunc(tiles, func(t *slideTile) bool { return t.tier != "" }) {
			return true
		}
	}
	return false
}

// isVessel says whether an annotation is of the class that is counted: in a dataset
// without vessels all are.
func (m *slideMaps) isVessel(a *coco.Annotation) bool {
	vessels := slices.IndexFunc(m.scene.Categories, func(c coco.Category) bool { return c.Name == wsi.BloodVessel })
	return vessels < 0 || m.scene.Categories[vessels].ID == a.CategoryID
}

// draw draws a slide.
func (m *slideMaps) draw(ctx context.Context, slide string, tiles []*slideTile) (*image.RGBA, error) {
	s := &draw.Slide{Missing: true}
	most, scored := 0, false
	for _, t := range tiles {
		s.Side = max(s.Side, t.side)
		most = max(most, t.vessels)
		scored = scored || t.score >= 0
	}
	if m.by == "score" && !scored {
		return nil, ui.Failf(ui.ExitUsage, "--color score: %s has no scores", m.scene.File).Hint(
			"name predictions, or use a file of pseudo-labels")
	}
	var legend mapLegend
	for _, t := range tiles {
		s.Tiles = append(s.Tiles, m.placed(t, most, &legend))
	}
	if err := m.thumbnails(ctx, s, tiles); err != nil {
		return nil, err
	}
	body, err := s.Picture()
	if err != nil {
		return nil, tooLarge(err)
	}
	if m.plain {
		return body, nil
	}
	sheet := draw.Sheet{Title: fmt.Sprintf("WSI %s · %s", slide, ui.Plural(len(tiles), "tile", "tiles")), Columns: 1,
		Cells: []draw.Cell{{Picture: body}}}
	sheet.Legend.Keys = legend.sorted()
	switch m.by {
	case "vessels":
		sheet.Legend.Scales = append(sheet.Legend.Scales,
			draw.Scale{Text: "instances on a tile", From: "0", To: ui.Thousands(most), Color: palette.Ramp})
	case "score":
		text := "mean score"
		if m.scene.HasPredictions() {
			text = "AP at IoU " + strconv.FormatFloat(m.iou, 'g', 4, 64)
		}
		sheet.Legend.Scales = append(sheet.Legend.Scales, draw.Scale{Text: text, From: "0", To: "1", Color: palette.Ramp})
	}
	sheet.Legend.Keys = append(sheet.Legend.Keys, draw.Key{Style: draw.MissingStyle(), Text: "neighbour missing"})
	if s.Shortened() {
		sheet.Legend.Keys = append(sheet.Legend.Keys, draw.Key{Style: draw.CutStyle(), Text: "empty part left out"})
	}
	img, err := sheet.Picture()
	return img, tooLarge(err)
}

// placed colours a tile; most is the most vessels on one of its slide.
func (m *slideMaps) placed(t *slideTile, most int, legend *mapLegend) draw.Placed {
	p := draw.Placed{X: t.x, Y: t.y}
	switch m.by {
	case "tier":
		p.Color = legend.tier(t.tier)
	case "fold":
		switch {
		case t.fold != folds.NoFold:
			p.Color = legend.key(foldColor(t.fold-m.plan.First), fmt.Sprintf("fold %d", t.fold), t.fold)
		case t.always:
			p.Color = legend.key(palette.Black, "always in training", 1<<20)
		default:
			p.Color = legend.key(palette.Grey, "in no fold", 1<<21)
		}
	case "vessels":
		if t.unlabelled {
			p.Color = legend.key(palette.Grey, "not outlined", 0)
			break
		}
		p.Color = palette.Ramp(float64(t.vessels) / float64(max(most, 1)))
		p.Text = ui.Thousands(t.vessels)
	case "score":
		if p.Color = palette.Grey; t.score >= 0 {
			p.Color = palette.Ramp(t.score)
			p.Text = strconv.FormatFloat(t.score, 'f', 2, 64)
		}
	}
	return p
}

// thumbnails reads the images of the tiles.
func (m *slideMaps) thumbnails(ctx context.Context, s *draw.Slide, tiles []*slideTile) error {
	return parallel.Each(ctx, m.workers, len(tiles), func(k int) error {
		if !tiles[k].hasImage {
			return nil
		}
		img, err := m.folder.Read(&m.scene.Images[tiles[k].image])
		if tiles[k].fault = err; err == nil && img != nil {
			s.Tiles[k].Image = s.Thumbnail(img)
		}
		return nil
	})
}
