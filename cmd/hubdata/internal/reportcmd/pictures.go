package reportcmd

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/parallel"
)

// Pictures of the report are pictureSide pixels wide, JPEG of this quality where PNG
// is not smaller.
const (
	pictureSide    = 320
	pictureQuality = 80
	pictureLine    = 1.6
)

// imageFolder finds the images of a dataset, unless none are looked at.
func (b *builder) imageFolder(all []coco.Image) *paint.ImageFolder {
	dir := b.files.Images
	if dir == sources.NoImages || !files.Exists(dir) {
		dir = ""
	}
	return paint.NewImageFolder(dir, all)
}

// gallery draws tiles of a scene as "hubdata show" does.
func (b *builder) gallery(ctx context.Context, s *paint.Scene, folder *paint.ImageFolder,
	tiles []int) (*htmlreport.Gallery, error) {
	type encoded struct {
		*paint.Tile
		file htmlreport.Picture
	}
	p := paint.NewPainter(s, folder, tiles, paint.Options{Style: paint.Style{Width: pictureLine}, Side: pictureSide})
	g := &htmlreport.Gallery{}
	var images, masks []string
	for t, err := range parallel.Map(ctx, b.o.workers, parallel.Items(tiles), func(i int) (encoded, error) {
		t, err := p.Paint(ctx, i)
		if err != nil {
			return encoded{}, err
		}
		file, err := encodePicture(t.Picture)
		t.Picture = nil
		return encoded{t, file}, err
	}) {
		if err != nil {
			return nil, err
		}
		badImages, badMasks := t.Problems()
		images, masks = append(images, badImages...), append(masks, badMasks...)
		if t.Faults.ByBase {
			b.byBase[t.Name] = true
		}
		t.file.Alt = "Tile " + strings.Join(t.Caption, ", ")
		t.file.Caption = strings.Join(t.Caption, "\n")
		g.Pictures = append(g.Pictures, t.file)
	}
	legend := p.Legend()
	if s.HasPredictions() { // otherwise the heading names the file
		g.Note = legend.Note
	}
	for _, k := range legend.Keys {
		g.Keys = append(g.Keys, htmlreport.Key{Sample: lineSample(k.Style), Text: k.Text})
	}
	b.page.problems = slices.Concat(b.page.problems, images, masks)
	for _, text := range images {
		if !slices.Contains(b.faulty, text) {
			b.faulty = append(b.faulty, text)
		}
	}
	return g, nil
}

// worstTiles draws the worst of a model's tiles: what was found, missed and false among
// the predictions that score at least least.
func (b *builder) worstTiles(ctx context.Context, t *preds.Truth, d *preds.Detections, worst []scoring.Part,
	least float64) (*htmlreport.Gallery, error) {
	place := map[string]int{}
	for k, w := range worst {
		place[w.Part] = k
	}
	part := &preds.Truth{Dataset: t.Dataset, Name: t.Name, Names: t.Names}
	part.Only(func(i int) bool { _, ok := place[t.Names.Name(i)]; return ok })
	on := map[coco.ID]bool{}
	tiles := make([]int, len(part.Images))
	for i := range part.Images {
		on[part.Images[i].ID] = true
		tiles[i] = i
	}
	few := &preds.Detections{Name: d.Name, Path: d.Path}
	for _, r := range d.List.All() {
		if on[r.ImageID] {
			few.List.Append(r)
		}
	}
	s := paint.NewScene(paint.Labels{Dataset: part.Dataset, File: b.files.Show(t.Name), Names: part.Names},
		paint.Filter{MinScore: least})
	if err := s.Predict(ctx, few, b.o.iou, b.o.workers); err != nil {
		return nil, err
	}
	slices.SortStableFunc(tiles, func(a, b int) int { return place[part.Names.Name(a)] - place[part.Names.Name(b)] })
	return b.gallery(ctx, s, b.imageFolder(t.Images), tiles)
}

// encodePicture makes a file of a picture, the smaller of JPEG and PNG.
func encodePicture(img *image.RGBA) (htmlreport.Picture, error) {
	var asJPEG, asPNG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, img, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return htmlreport.Picture{}, err
	}
	if err := draw.EncodePNG(&asPNG, img); err != nil {
		return htmlreport.Picture{}, err
	}
	p := htmlreport.NewPicture("image/jpeg", asJPEG.Bytes())
	if asPNG.Len() <= asJPEG.Len() {
		p = htmlreport.NewPicture("image/png", asPNG.Bytes())
	}
	p.Width, p.Height = img.Rect.Dx(), img.Rect.Dy()
	return p, nil
}

// lineSample shows how an outline is drawn, on the colour of tissue.
func lineSample(s draw.Style) template.HTML {
	dash := map[draw.Line]string{draw.Dashed: ` stroke-dasharray="5 3"`, draw.Dotted: ` stroke-dasharray="2 3"`,
		draw.LongDashed: ` stroke-dasharray="9 2.5"`,
		draw.DashDotted: ` stroke-dasharray="7 2.5 2 2.5"`, draw.Sparse: ` stroke-dasharray="3 6"`}[s.Line]
	return template.HTML(fmt.Sprintf(
		`<svg class="sample" viewBox="0 0 26 14" width="26" height="14" aria-hidden="true"><rect width="26" height="14" rx="2" fill="#8a6a95"/><path d="M3 7h20" stroke="#%02x%02x%02x" stroke-width="3"%s/></svg>`,
		s.Color.R, s.Color.G, s.Color.B, dash))
}
