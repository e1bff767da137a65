package showcmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

// shown is an annotation or a prediction to draw.
type shown struct {
	segmentation coco.Segmentation
	category     int64
	id           string
	extra        coco.Fields
	score        float64
	scored       bool
	truth        bool       // an annotation that predictions are drawn over
	state        eval.State // if there are predictions
	iou          float64    // of a matched prediction, with what it found
	at           int32
	place        string // in the file, for messages
}

// memberNumber is a member that is a number.
func memberNumber(extra coco.Fields, key string) (float64, bool) {
	v := extra.Get(key)
	if v == nil {
		return 0, false
	}
	var n *float64
	if json.Unmarshal(v, &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}

// votes is how many predictions were fused into an instance: its member votes.
func (s *shown) votes() int {
	if n, ok := memberNumber(s.extra, "votes"); ok && n >= 0 && n < 1e6 {
		return int(n)
	}
	return 0
}

// agreement is how many models agree on an instance: its member models or, without,
// its votes.
func (s *shown) agreement() int {
	var models []string
	if json.Unmarshal(s.extra.Get("models"), &models) != nil || models == nil {
		return s.votes()
	}
	slices.Sort(models)
	return len(slices.Compact(models))
}

// source is where an instance is from: its member source.
func (s *shown) source() string {
	var text string
	if json.Unmarshal(s.extra.Get("source"), &text) != nil {
		return ""
	}
	return text
}

// instances lists what is drawn on an image: annotations, then predictions from the
// lowest score on, so that the surest lie above.
func (job *Job) instances(i int) (labels, found []shown) {
	for _, at := range job.index.Annotations(job.Labels.Images[i].ID) {
		if job.left(at) != "" {
			continue
		}
		a := &job.Labels.Annotations[at]
		s := shown{segmentation: a.Segmentation, category: a.CategoryID, id: a.ID.String(), extra: a.Extra, truth: job.Dets != nil,
			at: at, place: fmt.Sprintf("%s: annotations[%d].segmentation", job.Labels.Input.Name, at)}
		s.score, s.scored, _ = a.Score() // checked when they were read
		labels = append(labels, s)
	}
	if job.Scores == nil {
		return labels, nil
	}
	matches := job.Scores.of(i)
	states := make(map[int32]eval.State, len(matches.Truth))
	for _, m := range matches.Truth {
		states[m.Truth] = m.State
	}
	for k := range labels {
		labels[k].state = states[labels[k].at]
	}
	for _, m := range slices.Backward(matches.Detections) {
		at := m.Detection
		d := &job.Dets.List[at]
		found = append(found, shown{segmentation: d.Segmentation, category: d.CategoryID, id: strconv.Itoa(int(at)), extra: d.Extra, score: d.Score, scored: true,
			state: m.State, iou: m.IoU, at: at, place: fmt.Sprintf("%s: %s[%d].segmentation", job.Dets.Name, job.Dets.Path, at)})
	}
	return labels, found
}

// showLegend is what the colours stand for, over all tiles that are drawn.
type showLegend struct {
	color   string // of --color
	sources []string
	models  int // the most that agree
	scored  bool
	low     float64        // the score of the darkest colour
	classes map[int64]bool // that are drawn
}

// Chart looks at all that is drawn, for colours that mean the same on each tile.
func (job *Job) Chart() {
	l := &job.legend
	if l.color = job.Options.Style.color; l.color == "" {
		if l.color = "class"; job.Dets != nil {
			l.color = "match"
		}
	}
	l.classes = map[int64]bool{}
	for _, i := range job.Tiles {
		labels, found := job.instances(i)
		for _, s := range slices.Concat(labels, found) {
			l.classes[s.category] = true
			if job.Dets != nil && s.truth {
				continue // has a colour of its own
			}
			if name := s.source(); !slices.Contains(l.sources, name) {
				l.sources = append(l.sources, name)
			}
			l.models = max(l.models, s.agreement())
			l.scored = l.scored || s.scored
		}
	}
	slices.Sort(l.sources)
	l.low = max(job.Options.MinScore, 0)
}

// The colours of matching: told apart by most eyes, and by lines and marks too.
var (
	foundStyle   = draw.Style{Color: palette.Green}
	falseStyle   = draw.Style{Color: palette.Vermilion, Mark: draw.Cross}
	missedStyle  = draw.Style{Color: palette.Yellow, Line: draw.Dashed, Mark: draw.Ring}
	unknownStyle = draw.Style{Color: palette.Orange}
	ignoredStyle = draw.Style{Color: palette.Grey, Line: draw.Dotted}
	hitStyle     = draw.Style{Color: palette.Sky, Line: draw.Dashed}
	truthStyle   = draw.Style{Color: palette.White, Line: draw.Dashed}
	markedStyle  = draw.Style{Color: palette.Vermilion, Width: 2.6}
)

// style says how an instance is drawn.
func (job *Job) style(i, order int, s *shown) draw.Style {
	st := draw.Style{}
	switch {
	case s.truth && job.legend.color != "match":
		st = truthStyle
	case s.truth && s.state == eval.Ignored:
		st = ignoredStyle
	case s.truth && s.state == eval.Matched:
		st = hitStyle
	case s.truth:
		st = missedStyle
	default:
		st = job.colored(i, order, s)
	}
	if job.marks != nil && (job.Dets == nil || s.truth) && slices.Contains(job.marks[i], s.at) {
		st = markedStyle
	}
	st.Width = max(st.Width, job.Options.Style.Width)
	if s.truth && job.Options.Style.Shape != "outline" && !job.Options.beside {
		return st // predictions are filled, the truth lies over them
	}
	return job.Options.Style.shaped(st)
}

// shaped draws an instance by --style.
func (s *Style) shaped(st draw.Style) draw.Style {
	switch s.Shape {
	case "mask":
		st.Fill, st.Line = s.alpha, draw.NoLine
	case "both":
		st.Fill = s.alpha
	}
	return st
}

// colored is the style of an annotation or a prediction by --color.
func (job *Job) colored(i, order int, s *shown) draw.Style {
	l := &job.legend
	switch l.color {
	case "match":
		if job.unlined[job.Labels.Images[i].ID] {
			return unknownStyle
		}
		switch s.state {
		case eval.Matched:
			return foundStyle
		case eval.Ignored:
			return ignoredStyle
		}
		return falseStyle
	case "instance":
		return draw.Style{Color: palette.Overlay(order)}
	case "score":
		if !s.scored {
			return draw.Style{Color: palette.Grey}
		}
		return draw.Style{Color: l.scoreColor(s.score)}
	case "source":
		return draw.Style{Color: palette.Overlay(slices.Index(l.sources, s.source()))}
	case "agreement":
		return draw.Style{Color: l.modelColor(s.agreement())}
	}
	k, ok := job.classes[s.category]
	if !ok {
		return draw.Style{Color: palette.Grey}
	}
	return draw.Style{Color: palette.Overlay(k)}
}

func (l *showLegend) scoreColor(v float64) color.RGBA {
	return palette.Ramp((v - l.low) / max(1-l.low, 1e-9))
}

func (l *showLegend) modelColor(n int) color.RGBA {
	if n == 0 {
		return palette.Grey
	}
	return palette.Ramp(float64(n-1) / float64(max(l.models-1, 1)))
}

// label is what stands beside an instance.
func (job *Job) label(s *shown) string {
	parts := job.Options.Style.labels
	if parts == nil {
		if s.truth || !s.scored {
			return ""
		}
		parts = []string{"score"}
	}
	var out []string
	for _, part := range parts {
		switch part {
		case "score":
			if s.scored {
				out = append(out, strconv.FormatFloat(s.score, 'f', 2, 64))
			}
		case "class":
			if k, ok := job.classes[s.category]; ok {
				out = append(out, job.Labels.Categories[k].Name)
			}
		case "id":
			out = append(out, s.id)
		case "iou":
			if job.Scores != nil && !s.truth && s.state == eval.Matched {
				out = append(out, "IoU "+strconv.FormatFloat(s.iou, 'f', 2, 64))
			}
		case "source":
			if name := s.source(); name != "" {
				out = append(out, name)
			}
		case "votes":
			if n := s.votes(); n > 0 {
				out = append(out, ui.Plural(n, "vote", "votes"))
			}
		}
	}
	return strings.Join(out, " ")
}

// Keys tells what the colours mean.
func (job *Job) Keys() draw.Legend {
	l := &job.legend
	var out draw.Legend
	add := func(st draw.Style, text string) {
		st.Width = max(st.Width, job.Options.Style.Width)
		out.Keys = append(out.Keys, draw.Key{Style: st, Text: text})
	}
	fill := func(c color.RGBA) draw.Style { return job.Options.Style.shaped(draw.Style{Color: c}) }
	switch l.color {
	case "match":
		add(foundStyle, "right prediction")
		add(falseStyle, "false prediction")
		add(hitStyle, "outline found")
		add(missedStyle, "outline missed")
		if slices.ContainsFunc(job.Tiles, func(i int) bool { return job.unlined[job.Labels.Images[i].ID] }) {
			add(unknownStyle, "prediction on a tile without outlines")
		}
	case "class":
		for k, cat := range job.Labels.Categories {
			if l.classes[cat.ID] {
				add(fill(palette.Overlay(k)), cat.Name)
			}
		}
	case "score":
		if l.scored {
			out.Scales = append(out.Scales, draw.Scale{Text: "score", From: strconv.FormatFloat(l.low, 'g', 3, 64), To: "1", Color: palette.Ramp})
		}
	case "source":
		for k, name := range l.sources {
			if name == "" {
				name = "no source"
			}
			add(fill(palette.Overlay(k)), name)
		}
	case "agreement":
		for n := 1; n <= l.models && l.models <= 8; n++ {
			add(fill(l.modelColor(n)), ui.Plural(n, "model", "models"))
		}
		if l.models > 8 {
			out.Scales = append(out.Scales, draw.Scale{Text: "models that agree", From: "1", To: strconv.Itoa(l.models), Color: palette.Ramp})
		}
	}
	if job.Dets != nil && l.color != "match" {
		add(truthStyle, "outline")
	}
	if job.marks != nil {
		marked := fill(markedStyle.Color)
		marked.Width = markedStyle.Width
		add(marked, wordCodes(job.Options.Pick.codes))
	}
	return out
}

// tile makes a tile ready to draw, and tells what is wrong with it. A second one is
// that of the predictions, with --beside.
func (job *Job) tile(i int) (tiles []*draw.Tile, f tileFaults) {
	img := &job.Labels.Images[i]
	t := &draw.Tile{Height: img.Height, Width: img.Width}
	picture, err := job.picture(i)
	switch {
	case err != nil:
		f.image = err
	case picture == nil:
		f.absent = true
		t.Notice = "no image"
	default:
		b := picture.Bounds()
		if t.Height < 1 || t.Width < 1 {
			t.Height, t.Width = b.Dy(), b.Dx()
		}
		if b.Dx() != t.Width || b.Dy() != t.Height {
			f.image = fmt.Errorf("the image has %d x %d pixels, %s says %d x %d", b.Dx(), b.Dy(), job.Labels.Input.Name, t.Width, t.Height)
			break
		}
		t.Image = picture
	}
	if f.image != nil {
		t.Notice = f.image.Error()
	}
	if t.Height < 1 || t.Width < 1 || t.Width > rle.MaxPixels/t.Height {
		if f.image == nil {
			f.image = fmt.Errorf("%s says %d x %d pixels", job.Labels.Input.Name, t.Width, t.Height)
			t.Notice = f.image.Error()
		}
		t.Height, t.Width = wsi.TilePixels, wsi.TilePixels
		return []*draw.Tile{t}, f
	}
	labels, found := job.instances(i)
	tiles = []*draw.Tile{t}
	if job.Options.beside {
		second := *t
		tiles = append(tiles, &second)
	}
	// Predictions, then the truth over them; labels of the surest choose first.
	var view image.Rectangle
	for k, list := range [][]shown{found, labels} {
		on := t
		if job.Options.beside && k == 0 {
			on = tiles[1]
		}
		for order := range list {
			s := &list[order]
			m, err := s.segmentation.Mask(t.Height, t.Width)
			if errors.Is(err, coco.ErrNoMask) {
				f.without++
				continue
			}
			if err != nil {
				f.masks = append(f.masks, fmt.Sprintf("%s: %v", s.place, err))
				continue
			}
			on.Shapes = append(on.Shapes, draw.Shape{Mask: m, Style: job.style(i, order, s), Label: job.label(s)})
			if job.marks == nil || slices.Contains(job.marks[i], s.at) && k == 1 {
				b := m.Bounds()
				view = view.Union(image.Rect(int(b.X), int(b.Y), int(b.X+b.W), int(b.Y+b.H)))
			}
		}
	}
	if job.Options.Crop >= 0 && !view.Empty() {
		for _, t := range tiles {
			t.View = view.Inset(-job.Options.Crop)
		}
	}
	return tiles, f
}

// picture reads the image of a tile; it is nil if there is none.
func (job *Job) picture(i int) (image.Image, error) {
	path := job.imageFile(i)
	if path == "" {
		return nil, nil
	}
	data, err := folder.ReadImageFile(path)
	if err != nil {
		return nil, err
	}
	return folder.DecodeImage(data)
}

// tileFaults is what keeps a tile from being drawn as it should be.
type tileFaults struct {
	absent  bool
	image   error
	masks   []string
	without int // instances without a mask
}

// faults are those of all tiles.
type faults struct {
	absent, without int
	Images, Masks   []string
}

func (f *faults) Add(tile string, t tileFaults) {
	if t.absent {
		f.absent++
	}
	if t.image != nil {
		f.Images = append(f.Images, fmt.Sprintf("image of tile %q: %v", tile, t.image))
	}
	f.Masks = append(f.Masks, t.masks...)
	f.without += t.without
}
