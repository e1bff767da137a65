package main

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// showSheet is how many tiles are drawn if nobody says which.
const showSheet = 12

// choose finds the tiles to draw.
func (job *showJob) choose(ctx context.Context) error {
	o := job.o
	reasons := map[string]int{}
	for i := range job.labels.Images {
		reason, err := job.rules.image(i)
		if err != nil {
			return inFile(job.labels.in.name, err)
		}
		if reason != "" {
			reasons[reason]++
			continue
		}
		job.tiles = append(job.tiles, i)
	}
	if len(o.pick.codes) > 0 {
		if err := job.checked(ctx); err != nil {
			return err
		}
	}
	if len(job.tiles) == 0 {
		return job.nothing()
	}
	if err := job.findFolder(); err != nil {
		return err
	}
	sheet := showSheet
	if o.grid[0] > 0 {
		sheet = o.grid[0] * o.grid[1]
	}
	named := len(o.rules.images) > 0 || o.rules.imagesFrom != ""
	switch {
	case o.pick.worst > 0:
		return job.pickWorst(ctx)
	case len(o.rules.images) > 0:
		job.inOrderOfNames()
	case o.pick.random > 0:
		job.pickRandom(o.pick.random)
	case o.pick.all || named || job.intoFolder():
	case len(job.tiles) > sheet:
		all := len(job.tiles)
		if len(o.pick.codes) > 0 {
			job.tiles = job.tiles[:sheet]
			job.c.note("drawing the first %d of %s tiles: --all draws all", sheet, thousands(all))
		} else {
			job.pickRandom(sheet)
			job.c.note("drawing %d of %s tiles at random: --seed draws others, --all all, --image one", sheet, thousands(all))
		}
	}
	return nil
}

// nothing says that there is nothing to draw.
func (job *showJob) nothing() error {
	if len(job.o.pick.codes) > 0 {
		return failf(exitFailure, "check finds no tile with %s in %s", wordCodes(job.o.pick.codes), job.o.in)
	}
	if len(job.labels.Images) == 0 {
		return failf(exitBadData, "%s has no images: there is nothing to draw", job.labels.in.name)
	}
	return failf(exitUsage, "no image of %s is in what the flags ask for", job.labels.in.name)
}

func wordCodes(codes []coco.Code) string {
	text := ""
	for i, c := range codes {
		if i > 0 {
			text += " or "
		}
		text += string(c)
	}
	return text
}

// pickRandom keeps n tiles, drawn by the seed, in the order of the file. Tiles with
// an image and with something on them come first: of others there is less to see.
func (job *showJob) pickRandom(n int) {
	if len(job.tiles) <= n {
		return
	}
	var worth [4][]int
	for _, i := range job.tiles {
		k := 0
		if !job.hasImage(i) {
			k += 2
		}
		if job.scores == nil || len(job.scores.of(i).Detections) == 0 {
			if !slices.ContainsFunc(job.index.Annotations(job.labels.Images[i].ID), func(at int32) bool { return job.left(at) == "" }) {
				k++
			}
		}
		worth[k] = append(worth[k], i)
	}
	rnd := rand.New(rand.NewPCG(job.o.pick.seed, 0))
	job.tiles = nil
	for _, list := range worth {
		rnd.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		job.tiles = append(job.tiles, list...)
	}
	job.tiles = job.tiles[:n]
	slices.Sort(job.tiles)
}

// inOrderOfNames brings the tiles into the order in which --image names them.
func (job *showJob) inOrderOfNames() {
	place := map[int]int{}
	for k, name := range job.o.rules.images {
		if i, err := job.images.all.Find(name); err == nil {
			if _, ok := place[i]; !ok {
				place[i] = k
			}
		}
	}
	at := func(i int) int {
		if k, ok := place[i]; ok {
			return k
		}
		return math.MaxInt // of --images-from
	}
	slices.SortStableFunc(job.tiles, func(a, b int) int { return at(a) - at(b) })
}

// pickWorst keeps the tiles that score lowest, worst first; those without a true
// instance have no AP, and come last. Tiles of which nobody knows the truth have no
// score.
func (job *showJob) pickWorst(ctx context.Context) error {
	job.tiles = slices.DeleteFunc(job.tiles, func(i int) bool { return job.unlined[job.labels.Images[i].ID] })
	worth := make(map[int]float64, len(job.tiles))
	for _, i := range job.tiles {
		s, err := job.scores.score(ctx, i)
		if err != nil {
			return err
		}
		if worth[i] = s.AP; job.o.pick.worstBy == "f1" {
			worth[i] = s.F1
		}
		if worth[i] < 0 {
			worth[i] = math.Inf(1)
		}
	}
	slices.SortStableFunc(job.tiles, func(a, b int) int {
		switch {
		case worth[a] < worth[b]:
			return -1
		case worth[a] > worth[b]:
			return 1
		}
		return compareNumbers(job.images.name(a), job.images.name(b))
	})
	job.tiles = job.tiles[:min(job.o.pick.worst, len(job.tiles))]
	return nil
}

// checked keeps the tiles in which check finds what --check asks for, and marks
// where.
func (job *showJob) checked(ctx context.Context) error {
	o := job.o
	read := &checkJob{c: job.c, o: &checkOptions{in: o.in, tileMeta: o.rules.tileMeta, images: o.images, tiny: 10, near: 0.95, workers: o.workers}}
	if err := read.read(ctx); err != nil {
		return err
	}
	if err := read.look(ctx); err != nil {
		return err
	}
	job.marks, job.codes = map[int][]int32{}, map[int][]string{}
	elsewhere := 0
	for _, f := range read.findings {
		if !slices.Contains(o.pick.codes, f.Code) {
			continue
		}
		if f.Image == "" {
			elsewhere++
			continue
		}
		i, ok := job.imageOf(read, &f)
		if !ok {
			continue
		}
		if !slices.Contains(job.codes[i], string(f.Code)) {
			job.codes[i] = append(job.codes[i], string(f.Code))
		}
		if f.Place.Section != coco.SectionAnnotations {
			continue
		}
		at := int32(f.Place.Index)
		if read.folder() { // where places are those of the line
			list := job.index.Annotations(job.labels.Images[i].ID)
			if int(at) >= len(list) {
				continue
			}
			at = list[at]
		}
		job.marks[i] = append(job.marks[i], at)
	}
	if elsewhere > 0 {
		job.c.note("%s of no tile", count(elsewhere, "finding is", "findings are"))
	}
	job.tiles = slices.DeleteFunc(job.tiles, func(i int) bool { return job.codes[i] == nil })
	return nil
}

// imageOf finds the image of the labels that a finding of an image is of.
func (job *showJob) imageOf(read *checkJob, f *coco.Finding) (i int, ok bool) {
	switch {
	case read.folder(): // whose images are in another order
		i, err := job.images.all.Find(f.Image)
		return i, err == nil
	case f.Place.Section == coco.SectionImages:
		return f.Place.Index, true
	case f.Place.Section == coco.SectionAnnotations:
		return job.index.ImageAt(job.labels.Annotations[f.Place.Index].ImageID)
	}
	return 0, false
}
