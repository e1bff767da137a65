package showcmd

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// showSheet is how many tiles are drawn if nobody says which.
const showSheet = 12

// choose finds the tiles to draw.
func (job *Job) choose(ctx context.Context) error {
	o := job.Options
	reasons := map[string]int{}
	for i := range job.Labels.Images {
		reason, err := job.Rules.Image(i)
		if err != nil {
			return ui.InFile(job.Labels.Input.Name, err)
		}
		if reason != "" {
			reasons[reason]++
			continue
		}
		job.Tiles = append(job.Tiles, i)
	}
	if len(o.Pick.codes) > 0 {
		if err := job.checked(ctx); err != nil {
			return err
		}
	}
	if len(job.Tiles) == 0 {
		return job.nothing()
	}
	if err := job.findFolder(); err != nil {
		return err
	}
	sheet := showSheet
	if o.grid[0] > 0 {
		sheet = o.grid[0] * o.grid[1]
	}
	named := len(o.Rules.Images) > 0 || o.Rules.ImagesFrom != ""
	switch {
	case o.Pick.worst > 0:
		return job.pickWorst(ctx)
	case len(o.Rules.Images) > 0:
		job.inOrderOfNames()
	case o.Pick.random > 0:
		job.PickRandom(o.Pick.random)
	case o.Pick.all || named || job.intoFolder():
	case len(job.Tiles) > sheet:
		all := len(job.Tiles)
		if len(o.Pick.codes) > 0 {
			job.Tiles = job.Tiles[:sheet]
			job.Console.Note("drawing the first %d of %s tiles: --all draws all", sheet, ui.Thousands(all))
		} else {
			job.PickRandom(sheet)
			job.Console.Note("drawing %d of %s tiles at random: --seed draws others, --all all, --image one", sheet, ui.Thousands(all))
		}
	}
	return nil
}

// nothing says that there is nothing to draw.
func (job *Job) nothing() error {
	if len(job.Options.Pick.codes) > 0 {
		return ui.Failf(ui.ExitFailure, "check finds no tile with %s in %s", wordCodes(job.Options.Pick.codes), job.Options.in)
	}
	if len(job.Labels.Images) == 0 {
		return ui.Failf(ui.ExitBadData, "%s has no images: there is nothing to draw", job.Labels.Input.Name)
	}
	return ui.Failf(ui.ExitUsage, "no image of %s is in what the flags ask for", job.Labels.Input.Name)
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

// PickRandom keeps n tiles, drawn by the seed, in the order of the file. Tiles with
// an image and with something on them come first: of others there is less to see.
func (job *Job) PickRandom(n int) {
	if len(job.Tiles) <= n {
		return
	}
	var worth [4][]int
	for _, i := range job.Tiles {
		k := 0
		if !job.hasImage(i) {
			k += 2
		}
		if job.Scores == nil || len(job.Scores.of(i).Detections) == 0 {
			if !slices.ContainsFunc(job.index.Annotations(job.Labels.Images[i].ID), func(at int32) bool { return job.left(at) == "" }) {
				k++
			}
		}
		worth[k] = append(worth[k], i)
	}
	rnd := rand.New(rand.NewPCG(job.Options.Pick.Seed, 0))
	job.Tiles = nil
	for _, list := range worth {
		rnd.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		job.Tiles = append(job.Tiles, list...)
	}
	job.Tiles = job.Tiles[:n]
	slices.Sort(job.Tiles)
}

// inOrderOfNames brings the tiles into the order in which --image names them.
func (job *Job) inOrderOfNames() {
	place := map[int]int{}
	for k, name := range job.Options.Rules.Images {
		if i, err := job.Images.All.Find(name); err == nil {
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
	slices.SortStableFunc(job.Tiles, func(a, b int) int { return at(a) - at(b) })
}

// pickWorst keeps the tiles that score lowest, worst first; those without a true
// instance have no AP, and come last. Tiles of which nobody knows the truth have no
// score.
func (job *Job) pickWorst(ctx context.Context) error {
	job.Tiles = slices.DeleteFunc(job.Tiles, func(i int) bool { return job.unlined[job.Labels.Images[i].ID] })
	worth := make(map[int]float64, len(job.Tiles))
	for _, i := range job.Tiles {
		s, err := job.Scores.score(ctx, i)
		if err != nil {
			return err
		}
		if worth[i] = s.AP; job.Options.Pick.worstBy == "f1" {
			worth[i] = s.F1
		}
		if worth[i] < 0 {
			worth[i] = math.Inf(1)
		}
	}
	slices.SortStableFunc(job.Tiles, func(a, b int) int {
		switch {
		case worth[a] < worth[b]:
			return -1
		case worth[a] > worth[b]:
			return 1
		}
		return ui.CompareNumbers(job.Images.Name(a), job.Images.Name(b))
	})
	job.Tiles = job.Tiles[:min(job.Options.Pick.worst, len(job.Tiles))]
	return nil
}

// checked keeps the tiles in which check finds what --check asks for, and marks
// where.
func (job *Job) checked(ctx context.Context) error {
	o := job.Options
	read := &checkcmd.Job{Console: job.Console, Options: &checkcmd.Options{In: o.in, TileMeta: o.Rules.TileMeta, Images: o.images, Tiny: 10, Near: 0.95, Workers: o.Workers}}
	if err := read.Read(ctx); err != nil {
		return err
	}
	if err := read.Look(ctx); err != nil {
		return err
	}
	job.marks, job.codes = map[int][]int32{}, map[int][]string{}
	elsewhere := 0
	for _, f := range read.Findings {
		if !slices.Contains(o.Pick.codes, f.Code) {
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
		if read.Folder() { // where places are those of the line
			list := job.index.Annotations(job.Labels.Images[i].ID)
			if int(at) >= len(list) {
				continue
			}
			at = list[at]
		}
		job.marks[i] = append(job.marks[i], at)
	}
	if elsewhere > 0 {
		job.Console.Note("%s of no tile", ui.Plural(elsewhere, "finding is", "findings are"))
	}
	job.Tiles = slices.DeleteFunc(job.Tiles, func(i int) bool { return job.codes[i] == nil })
	return nil
}

// imageOf finds the image of the labels that a finding of an image is of.
func (job *Job) imageOf(read *checkcmd.Job, f *coco.Finding) (i int, ok bool) {
	switch {
	case read.Folder(): // whose images are in another order
		i, err := job.Images.All.Find(f.Image)
		return i, err == nil
	case f.Place.Section == coco.SectionImages:
		return f.Place.Index, true
	case f.Place.Section == coco.SectionAnnotations:
		return job.index.ImageAt(job.Labels.Annotations[f.Place.Index].ImageID)
	}
	return 0, false
}
