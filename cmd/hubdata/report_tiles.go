package main

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"image/jpeg"
	"path/filepath"
	"slices"
	"strings"

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
func (job *reportJob) painter(d *coco.Dataset, name string, least float64) *showJob {
	o := &showOptions{iou: job.o.iou, minScore: least, crop: -1, workers: job.o.workers, style: showStyle{shape: "outline", width: 1.6}, pick: showPick{seed: job.o.seed}}
	p := &showJob{c: job.c, o: o, labels: &cocoFile{Dataset: d, in: &input{name: name}}, rules: &openRules{filterRules: &o.rules}, table: job.table}
	if job.files.images != noImages && exists(job.files.images) {
		p.folder = job.files.images
	}
	p.describe()
	return p
}

// pictures draws the tiles that a painter has chosen.
func (job *reportJob) pictures(ctx context.Context, p *showJob) (*htmlreport.Gallery, error) {
	p.chart()
	g := &htmlreport.Gallery{}
	for d, err := range parallel.Map(ctx, p.o.workers, parallel.Items(p.tiles), func(i int) (*paintedTile, error) {
		d, err := p.one(ctx, i, layout{side: pictureSide})
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
		p.faults.add(p.images.name(d.image), d.faults)
		picture := d.encoded
		picture.Alt = "Tile " + strings.Join(d.caption, ", ")
		picture.Caption = strings.Join(d.caption, "\n")
		g.Pictures = append(g.Pictures, picture)
	}
	for _, k := range p.keys().Keys {
		g.Keys = append(g.Keys, htmlreport.Key{Sample: lineSample(k.Style), Text: k.Text})
	}
	job.problems = append(append(job.problems, p.faults.images...), p.faults.masks...)
	return g, nil
}

// paintedTile is a tile with its picture as a file.
type paintedTile struct {
	*drawn
	encoded htmlreport.Picture
}

// encodePicture makes a file of a picture, the smaller of JPEG and PNG.
func encodePicture(d *drawn) (htmlreport.Picture, error) {
	var asJPEG, asPNG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, d.picture, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return htmlreport.Picture{}, err
	}
	if err := draw.EncodePNG(&asPNG, d.picture); err != nil {
		return htmlreport.Picture{}, err
	}
	p := htmlreport.NewPicture("image/jpeg", asJPEG.Bytes())
	if asPNG.Len() <= asJPEG.Len() {
		p = htmlreport.NewPicture("image/png", asPNG.Bytes())
	}
	p.Width, p.Height = d.picture.Rect.Dx(), d.picture.Rect.Dy()
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
				p.tiles = append(p.tiles, i)
			}
		}
		if len(p.tiles) == 0 {
			return nil
		}
		total := len(p.tiles)
		p.pickRandom(job.o.pictures)
		text := fmt.Sprintf("%s of %s, by chance: with seed %d always the same.", thousands(len(p.tiles)), count(total, "tile", "tiles"), job.o.seed)
		if len(p.tiles) == total {
			text = "All of them."
		}
		g, err := job.pictures(ctx, p)
		if err != nil {
			return err
		}
		blocks = append(blocks, htmlreport.Block{Heading: heading, Text: text, Gallery: g})
		return nil
	}
	if job.labels != nil && job.labels.dataset != nil {
		d := job.labels.dataset
		tiers := map[string]bool{}
		for i := range d.Images {
			tier, _ := wsi.MemberDataset.Text(&d.Images[i], nil)
			tiers[tier] = true
		}
		for _, tier := range sortedTexts(tiers) {
			heading := "Dataset " + tier
			if tier == "" {
				heading = job.files.show(job.labels.name)
			}
			err := sample(d, job.labels.name, heading, 0, func(img *coco.Image) bool {
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
		in, err := openInput(job.c, path)
		if err != nil {
			return blocks, err
		}
		f, err := readCOCO(ctx, job.c, in)
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
func (job *reportJob) drawWorst(ctx context.Context, t *truth, d *detections, s *modelScore) error {
	n := min(job.o.pictures, len(s.worst))
	if n == 0 {
		return nil
	}
	place := map[string]int{}
	for k, w := range s.worst[:n] {
		place[w.Part] = k
	}
	part := &truth{Dataset: t.Dataset, name: t.name, images: t.images}
	part.only(func(i int) bool { _, ok := place[t.images.name(i)]; return ok })
	on := map[coco.ID]bool{}
	for i := range part.Images {
		on[part.Images[i].ID] = true
	}
	few := &detections{name: d.name, path: d.path}
	for i := range d.list {
		if on[d.list[i].ImageID] {
			few.list = append(few.list, d.list[i])
		}
	}
	if s.least = 0; s.Sweep.Best != nil {
		s.least = s.Sweep.Best.Score
	}
	p := job.painter(part.Dataset, t.name, s.least)
	p.images, p.namesakes = part.images, namesakesOf(t.Images)
	p.dets = few
	by := matching{iou: job.o.iou, minScore: s.least, workers: job.o.workers}
	var err error
	if p.scores, err = by.match(ctx, part, few); err != nil {
		return err
	}
	for i := range part.Images {
		p.tiles = append(p.tiles, i)
	}
	slices.SortStableFunc(p.tiles, func(a, b int) int { return place[part.images.name(a)] - place[part.images.name(b)] })
	s.gallery, err = job.pictures(ctx, p)
	return err
}

func sortedTexts(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, compareNumbers)
	return out
}
