package reportcmd

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"image/jpeg"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/showcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/wsi"
)

// Pictures of the report are pictureSide pixels wide, JPEG of this quality where PNG
// is not smaller.
const (
	pictureSide    = 320
	pictureQuality = 80
)

// painter draws tiles as "hubdata show" does.
func (job *reportJob) painter(d *coco.Dataset, name string, least float64) *showcmd.Job {
	o := &showcmd.Options{Iou: job.o.iou, MinScore: least, Crop: -1, Workers: job.o.workers, Style: showcmd.Style{Shape: "outline", Width: 1.6}, Pick: showcmd.Pick{Seed: job.o.seed}}
	p := &showcmd.Job{Console: job.c, Options: o, Labels: &files.COCOFile{Dataset: d, Input: &files.Input{Name: name}}, Rules: &selection.OpenRules{Rules: &o.Rules}, Table: job.table}
	if job.files.images != noImages && files.Exists(job.files.images) {
		p.Folder = job.files.images
	}
	p.Describe()
	return p
}

// pictures draws the tiles that a painter has chosen.
func (job *reportJob) pictures(ctx context.Context, p *showcmd.Job) (*htmlreport.Gallery, error) {
	p.Chart()
	g := &htmlreport.Gallery{}
	for d, err := range parallel.Map(ctx, p.Options.Workers, parallel.Items(p.Tiles), func(i int) (*paintedTile, error) {
		d, err := p.One(ctx, i, showcmd.Layout{Side: pictureSide})
		if err != nil {
			return nil, err
		}
		picture, err := encodePicture(d)
		if err != nil {
			return nil, err
		}
		return &paintedTile{d, picture}, nil
	}) {
		if err != nil {
			return nil, err
		}
		p.Faults.Add(p.Images.Name(d.Image), d.Faults)
		picture := d.encoded
		picture.Alt = "Tile " + strings.Join(d.Caption, ", ")
		picture.Caption = strings.Join(d.Caption, "\n")
		g.Pictures = append(g.Pictures, picture)
	}
	for _, k := range p.Keys().Keys {
		g.Keys = append(g.Keys, htmlreport.Key{Sample: lineSample(k.Style), Text: k.Text})
	}
	job.problems = append(append(job.problems, p.Faults.Images...), p.Faults.Masks...)
	return g, nil
}

// paintedTile is a tile with its picture as a file.
type paintedTile struct {
	*showcmd.Drawn
	encoded htmlreport.Picture
}

// encodePicture makes a file of a picture, the smaller of JPEG and PNG.
func encodePicture(d *showcmd.Drawn) (htmlreport.Picture, error) {
	var asJPEG, asPNG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, d.Picture, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return htmlreport.Picture{}, err
	}
	if err := draw.EncodePNG(&asPNG, d.Picture); err != nil {
		return htmlreport.Picture{}, err
	}
	p := htmlreport.NewPicture("image/jpeg", asJPEG.Bytes())
	if asPNG.Len() <= asJPEG.Len() {
		p = htmlreport.NewPicture("image/png", asPNG.Bytes())
	}
	p.Width, p.Height = d.Picture.Rect.Dx(), d.Picture.Rect.Dy()
	return p, nil
}

// lineSample shows how an outline is drawn, on the colour of tissue.
func lineSample(s draw.Style) template.HTML {
	dash := map[draw.Line]string{draw.Dashed: ` stroke-dasharray="5 3"`, draw.Dotted: ` stroke-dasharray="2 3"`}[s.Line]
	return template.HTML(fmt.Sprintf(`<svg class="sample" viewBox="0 0 26 14" width="26" height="14" aria-hidden="true"><rect width="26" height="14" rx="2" fill="#8a6a95"/><path d="M3 7h20" stroke="#%02x%02x%02x" stroke-width="3"%s/></svg>`,
		s.Color.R, s.Color.G, s.Color.B, dash))
}

// tilesSection draws tiles of each dataset, and of the pseudo-labels.
func (job *reportJob) tilesSection(ctx context.Context) ([]htmlreport.Block, error) {
	if job.o.pictures == 0 {
		return nil, absentf("", "no picture was asked for (--pictures 0)")
	}
	var blocks []htmlreport.Block
	sample := func(d *coco.Dataset, name, heading string, least float64, of func(img *coco.Image) bool) error {
		p := job.painter(d, name, least)
		for i := range d.Images {
			if of(&d.Images[i]) {
				p.Tiles = append(p.Tiles, i)
			}
		}
		if len(p.Tiles) == 0 {
			return nil
		}
		total := len(p.Tiles)
		p.PickRandom(job.o.pictures)
		text := fmt.Sprintf("%s of %s, by chance: with seed %d always the same.", ui.Thousands(len(p.Tiles)), ui.Plural(total, "tile", "tiles"), job.o.seed)
		if len(p.Tiles) == total {
			text = "All of them."
		}
		g, err := job.pictures(ctx, p)
		if err != nil {
			return err
		}
		blocks = append(blocks, htmlreport.Block{Heading: heading, Text: text, Gallery: g})
		return nil
	}
	if job.labels != nil && job.labels.Dataset != nil {
		d := job.labels.Dataset
		tiers := map[string]bool{}
		for i := range d.Images {
			tier, _ := wsi.MemberDataset.Text(&d.Images[i], nil)
			tiers[tier] = true
		}
		for _, tier := range sortedTexts(tiers) {
			heading := "Dataset " + tier
			if tier == "" {
				heading = job.files.show(job.labels.Name)
			}
			err := sample(d, job.labels.Name, heading, 0, func(img *coco.Image) bool {
				of, _ := wsi.MemberDataset.Text(img, nil)
				return of == tier
			})
			if err != nil {
				return blocks, err
			}
		}
	}
	if n := len(job.files.pseudo); n > 0 {
		path := job.files.pseudo[n-1]
		in, err := files.OpenInput(job.c, path)
		if err != nil {
			return blocks, err
		}
		f, err := files.ReadCOCO(ctx, job.c, in)
		if err != nil {
			return blocks, err
		}
		if err := sample(f.Dataset, path, "Pseudo-labels of "+filepath.Base(path), 0, func(*coco.Image) bool { return true }); err != nil {
			return blocks, err
		}
	}
	if len(blocks) == 0 {
		return nil, absentf("", "there is no tile with outlines to draw")
	}
	return blocks, nil
}

// drawWorst draws the worst of a model's tiles: what was found, missed and false among
// what scores as much as gives the best F1.
func (job *reportJob) drawWorst(ctx context.Context, t *preds.Truth, d *preds.Detections, s *modelScore) error {
	n := min(job.o.pictures, len(s.worst))
	if n == 0 {
		return nil
	}
	place := map[string]int{}
	for k, w := range s.worst[:n] {
		place[w.Part] = k
	}
	part := &preds.Truth{Dataset: t.Dataset, Name: t.Name, Names: t.Names}
	part.Only(func(i int) bool { _, ok := place[t.Names.Name(i)]; return ok })
	on := map[coco.ID]bool{}
	for i := range part.Images {
		on[part.Images[i].ID] = true
	}
	few := &preds.Detections{Name: d.Name, Path: d.Path}
	for i := range d.List {
		if on[d.List[i].ImageID] {
			few.List = append(few.List, d.List[i])
		}
	}
	if s.least = 0; s.Sweep.Best != nil {
		s.least = s.Sweep.Best.Score
	}
	p := job.painter(part.Dataset, t.Name, s.least)
	p.Images, p.Namesakes = part.Names, showcmd.NamesakesOf(t.Images)
	p.Dets = few
	by := showcmd.Matching{Iou: job.o.iou, MinScore: s.least, Workers: job.o.workers}
	var err error
	if p.Scores, err = by.Match(ctx, part, few); err != nil {
		return err
	}
	for i := range part.Images {
		p.Tiles = append(p.Tiles, i)
	}
	slices.SortStableFunc(p.Tiles, func(a, b int) int { return place[part.Names.Name(a)] - place[part.Names.Name(b)] })
	s.gallery, err = job.pictures(ctx, p)
	return err
}

func sortedTexts(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, ui.CompareNumbers)
	return out
}
