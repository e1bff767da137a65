package viewcmd

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/slide"
)

// list is a list that JSON has as one, also if it is empty.
func list[T any](l []T) []T { return append([]T{}, l...) }

func sortNaturally(values []string) { slices.SortFunc(values, figures.CompareNatural) }

// overview is what the page begins with.
type overview struct {
	Title      string      `json:"title"`
	Version    string      `json:"version"`
	Images     imageTable  `json:"images"`
	Slides     []string    `json:"slides"`
	Classes    []classInfo `json:"classes"`
	Models     []modelInfo `json:"models"`
	Fields     []column    `json:"fields"`
	Plan       *planInfo   `json:"plan"` // nil: none
	Positions  [3]float64  `json:"ious"` // first, last and step of the slider
	IoU        float64     `json:"iou"`
	Score      *float64    `json:"score"` // nil: all
	Scored     bool        `json:"scored"`
	Agreement  int         `json:"agreement"` // the most models that agree; 0: not known
	Side       float64     `json:"side"`      // median of the longer sides of instances, in pixels
	Pictures   string      `json:"pictures"`  // folder of the images; empty: none was found
	Notes      []string    `json:"notes"`
	Style      styleSheet  `json:"style"`
	Review     *reviewInfo `json:"review"`
	Line       commandLine `json:"line"`
	In         string      `json:"in"`
	Folder     bool        `json:"folder"`
	Results    []string    `json:"results"`
	Unlabelled bool        `json:"unlabelled"`
}

// imageTable has a list for each property of the images.
type imageTable struct {
	Name       []string  `json:"name"`
	Height     []int     `json:"height"` // 0: not known
	Width      []int     `json:"width"`
	Slide      []int     `json:"slide"` // index; -1: it does not say where it lies
	X          []int     `json:"x"`
	Y          []int     `json:"y"`
	Scale      []float64 `json:"scale"`
	Instances  []int     `json:"instances"`
	Unlabelled []int     `json:"unlabelled"` // indices of images
}

type classInfo struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Shown bool   `json:"shown"`
	Count int    `json:"count"`
}

type modelInfo struct {
	Name       string   `json:"name"`
	File       string   `json:"file"`
	Detections int      `json:"detections"`
	Boxes      bool     `json:"boxes"`
	MaxDets    int      `json:"max_dets"`
	Notes      []string `json:"notes"`
	Competes   bool     `json:"competes"` // the competition's metric is one of these data
}

// overview makes the text of the overview.
func (s *session) overview() ([]byte, error) {
	o := &overview{
		Title: s.title(), Version: ui.Version, Fields: list(s.columns), Plan: s.plan, IoU: s.options.iou, Style: styles(), Line: s.options.line,
		Pictures: s.folder.Dir, Notes: list(s.notes), In: s.options.from.In, Folder: isFolder(s.options.from.In), Results: list(s.options.results),
		Unlabelled: len(s.labels.Unlabelled) > 0, Side: s.medianSide(), Slides: []string{}, Models: []modelInfo{}, Classes: []classInfo{},
	}
	ious := matching.IoUs()
	o.Positions = [3]float64{ious[0], ious[len(ious)-1], 0.01}
	if s.options.scoreSet || len(s.models) > 0 {
		o.Score = &s.options.score
	}
	s.describeImages(o)
	s.describeLabels(o)
	for i, m := range s.models {
		o.Models = append(o.Models, modelInfo{m.name, s.options.results[i], m.Detections.List.Len() + m.list.Len(), m.ByBoxes(), m.MaxDets(), list(m.Notes), m.InCompetition()})
	}
	if s.review != nil {
		o.Review = s.reviewInfo()
	}
	return jsonscan.Marshal(o)
}

// title is the name of the file or the folder.
func (s *session) title() string {
	in := s.options.from.In
	if in == "-" {
		return "standard input"
	}
	if all, err := filepath.Abs(in); err == nil {
		in = all
	}
	return filepath.Base(in)
}

// describeImages fills the table of the images.
func (s *session) describeImages(o *overview) {
	at := map[string]int{}
	places := make([]slide.Place, len(s.labels.Images))
	unplaced := 0
	for i := range s.labels.Images {
		p, err := s.placeOf(i)
		if err != nil {
			p = slide.Place{}
			if !errors.Is(err, slide.ErrNoValue) {
				unplaced++
			}
		}
		if places[i] = p; p.Slide != "" && at[p.Slide] == 0 {
			at[p.Slide] = 1
			o.Slides = append(o.Slides, p.Slide)
		}
	}
	if unplaced > 0 {
		o.Notes = append(o.Notes, ui.Plural(unplaced, "image says", "images say")+" where it lies in a way that cannot be read: it is in the grid")
	}
	s.places = places
	sortNaturally(o.Slides)
	for k, name := range o.Slides {
		at[name] = k
	}
	t := &o.Images
	t.Unlabelled = []int{}
	for i, p := range places {
		of := -1
		if p.Slide != "" {
			of = at[p.Slide]
		}
		scale := p.Scale
		if scale == 0 {
			scale = 1
		}
		t.Name = append(t.Name, s.scene.Names.Name(i))
		t.Height, t.Width = append(t.Height, s.sizes[i].height), append(t.Width, s.sizes[i].width)
		t.Slide, t.X, t.Y, t.Scale = append(t.Slide, of), append(t.X, p.X), append(t.Y, p.Y), append(t.Scale, scale)
		n := 0
		for _, a := range s.scene.OnImage(i) {
			if s.scene.Draws(a) {
				n++
			}
		}
		t.Instances = append(t.Instances, n)
		if s.scene.IsUnlabelled(i) {
			t.Unlabelled = append(t.Unlabelled, i)
		}
	}
}

// placeOf is where an image lies on its slide.
func (s *session) placeOf(i int) (slide.Place, error) {
	img := s.labels.Images[i] // a copy, with the size that the page uses
	img.Height, img.Width = s.sizes[i].height, s.sizes[i].width
	row, _ := s.scene.Names.Row(s.table, i)
	return s.options.rule.Of(&img, row, func(k coco.Key, own string, has bool) (string, bool, error) { return s.keys.Complete(k, i, own, has) })
}

// describeLabels fills what is known of all labels together.
func (s *session) describeLabels(o *overview) {
	counts := map[int64]int{}
	for i := range s.labels.Annotations {
		a := &s.labels.Annotations[i]
		counts[a.CategoryID]++
		if _, ok, _ := a.Score(); ok {
			o.Scored = true
		}
		o.Agreement = max(o.Agreement, paint.Agreement(a.Extra))
	}
	for i := range s.labels.Categories {
		c := &s.labels.Categories[i]
		o.Classes = append(o.Classes, classInfo{c.ID, c.Name, s.classes[c.ID], counts[c.ID]})
	}
	for _, m := range s.models {
		o.Scored = true
		if m.Detections.List.HasExtra("votes") || m.Detections.List.HasExtra("models") {
			for i := range m.Detections.List.Len() {
				o.Agreement = max(o.Agreement, paint.Agreement(m.Detections.List.Extra(i)))
			}
		}
	}
}

// medianSide is the median of the longer sides of the boxes of instances, of some thousands at most.
func (s *session) medianSide() float64 {
	var sides []float64
	step := max(1, len(s.labels.Annotations)/5000)
	for i := 0; i < len(s.labels.Annotations); i += step {
		a := &s.labels.Annotations[i]
		if !a.Missing.Has(coco.FieldBBox) && a.BBox.W > 0 && a.BBox.H > 0 {
			sides = append(sides, max(a.BBox.W, a.BBox.H))
		}
	}
	for _, m := range s.models {
		list := &m.Detections.List
		for i := 0; i < list.Len() && len(sides) < 10000; i += max(1, list.Len()/5000) {
			if b := list.BBox(i); !list.Missing(i).Has(coco.FieldBBox) && b.W > 0 && b.H > 0 {
				sides = append(sides, max(b.W, b.H))
			}
		}
	}
	if len(sides) == 0 {
		return 32
	}
	slices.Sort(sides)
	return sides[len(sides)/2]
}
