// Package paint draws the tiles of a dataset with what is outlined on them and, where a
// model was run, with what it predicted: for "hubdata show" and for the report.
//
// A [Scene] holds what is drawn, an [ImageFolder] finds the tiles' images, and a
// [Painter] draws tile by tile in colours that mean the same on each.
package paint

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// Labels are the images of a dataset and what is outlined on them.
type Labels struct {
	*coco.Dataset
	File       string           // named in messages
	Names      imagenames.Names // of the images
	Unlabelled map[coco.ID]bool // images without a line of outlines; nil: none
}

// Filter says which instances are drawn.
type Filter struct {
	Classes  map[int64]bool // by category id; nil: all
	MinScore float64        // of predictions or, where there are none, of labels with a score
}

// Scene is what is drawn: labels and, after [Scene.Predict], predictions over them.
type Scene struct {
	Labels
	Filter
	index       *coco.Index
	classes     map[int64]int // places of the categories, by id
	predictions *preds.Detections
	matches     *matches // of the predictions; nil: there are none
}

// NewScene returns a scene without predictions.
func NewScene(labels Labels, filter Filter) *Scene {
	s := &Scene{Labels: labels, Filter: filter, index: labels.Index(), classes: map[int64]int{}}
	for i := range s.Categories {
		s.classes[s.Categories[i].ID] = i
	}
	return s
}

// Orphans is how many annotations belong to no image.
func (s *Scene) Orphans() int { return len(s.index.Orphans()) }

// OnImage lists the indexes of the annotations of an image.
func (s *Scene) OnImage(image int) []int32 { return s.index.Annotations(s.Images[image].ID) }

// ImageOf returns the index of the image that an annotation is on; ok is false if there
// is none.
func (s *Scene) ImageOf(annotation int) (image int, ok bool) {
	return s.index.ImageAt(s.Annotations[annotation].ImageID)
}

// Locate finds the image of the scene that a finding is about and the annotation, by its index; at is -1: none. ok is
// false if the finding is about no image of the scene. Places of annotations of a folder are those of the line.
func (s *Scene) Locate(f *coco.Finding, isFolder bool) (image int, at int32, ok bool) {
	if f.Image == "" {
		return 0, -1, false
	}
	switch {
	case isFolder:
		i, err := s.Names.All.Find(f.Image)
		image, ok = i, err == nil
	case f.Place.Section == coco.SectionImages:
		image, ok = f.Place.Index, true
	case f.Place.Section == coco.SectionAnnotations:
		image, ok = s.ImageOf(f.Place.Index)
	}
	if !ok || f.Place.Section != coco.SectionAnnotations {
		return image, -1, ok
	}
	if !isFolder {
		return image, int32(f.Place.Index), true
	}
	if list := s.OnImage(image); f.Place.Index < len(list) {
		return image, list[f.Place.Index], true
	}
	return image, -1, true
}

// HasPredictions says whether a model's predictions are drawn.
func (s *Scene) HasPredictions() bool { return s.matches != nil }

// IsUnlabelled says whether an image was never outlined.
func (s *Scene) IsUnlabelled(image int) bool { return s.Unlabelled[s.Images[image].ID] }

// Draws says whether an annotation is drawn, given by its index.
func (s *Scene) Draws(annotation int32) bool {
	a := &s.Annotations[annotation]
	if s.Classes != nil && !s.Classes[a.CategoryID] {
		return false
	}
	score, ok, _ := a.Score()
	return !ok || s.HasPredictions() || score >= s.MinScore
}

// isEmpty says whether nothing is drawn on an image.
func (s *Scene) isEmpty(image int) bool {
	if s.matches != nil && len(s.matches.of(image).Detections) > 0 {
		return false
	}
	return !slices.ContainsFunc(s.OnImage(image), s.Draws)
}

// instances lists what is drawn on an image: annotations, then predictions from the
// lowest score on, so that the surest are on top.
func (s *Scene) instances(image int) (labels, predicted []instance) {
	for _, at := range s.OnImage(image) {
		if !s.Draws(at) {
			continue
		}
		a := &s.Annotations[at]
		label := instance{segmentation: a.Segmentation, box: BoxOf(a.BBox, a.Missing), category: a.CategoryID, id: a.ID.String(), extra: a.Extra, truth: s.HasPredictions(),
			at: at, place: fmt.Sprintf("%s: annotations[%d].segmentation", s.File, at)}
		label.score, label.scored, _ = a.Score() // checked when they were read
		labels = append(labels, label)
	}
	if s.matches == nil {
		return labels, nil
	}
	matches := s.matches.of(image)
	states := make(map[int32]eval.State, len(matches.Truth))
	for _, m := range matches.Truth {
		states[m.Truth] = m.State
	}
	for k := range labels {
		labels[k].state = states[labels[k].at]
	}
	for _, m := range slices.Backward(matches.Detections) {
		at := m.Detection
		d := s.predictions.List.At(int(at))
		predicted = append(predicted, instance{segmentation: d.Segmentation, box: BoxOf(d.BBox, d.Missing), category: d.CategoryID, id: strconv.Itoa(int(at)), extra: d.Extra, score: d.Score, scored: true,
			state: m.State, iou: m.IoU, at: at, place: fmt.Sprintf("%s: %s[%d].segmentation", s.predictions.Name, s.predictions.Path, at)})
	}
	return labels, predicted
}

// Sample chooses n of the images at random, the same for the same seed, in the order of
// the file. Images with a file and with something on them come first: on others there
// is less to see.
func (s *Scene) Sample(images []int, folder *ImageFolder, n int, seed uint64) []int {
	if len(images) <= n {
		return images
	}
	var ranked [4][]int
	for _, i := range images {
		rank := 0
		if !folder.Has(&s.Images[i]) {
			rank += 2
		}
		if s.isEmpty(i) {
			rank++
		}
		ranked[rank] = append(ranked[rank], i)
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	var chosen []int
	for _, list := range ranked {
		rnd.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		chosen = append(chosen, list...)
	}
	chosen = chosen[:n]
	slices.Sort(chosen)
	return chosen
}
