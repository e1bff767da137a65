package tunecmd

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
)

// division is the fold of each image of the ground truth.
type division struct {
	folds []int
	by    string // what divided the images, for the summary
	plan  *folds.Plan
	file  string // of the plan
	index *folds.Index
}

// dealt is the number of folds that images or groups are dealt to.
const dealt = 5

// divide gives each image a fold.
func divide(c *ui.Console, o *options, d *data) (*division, error) {
	n := len(d.truth.Images)
	v := &division{folds: make([]int, n), by: "tiles at random"}
	groups := make([]int, n)
	for i := range groups {
		groups[i] = i
	}
	switch {
	case o.plan != "":
		if err := v.byPlan(c, o, d); err != nil {
			return nil, err
		}
		return v, v.remarkSlides(d)
	case o.by != "":
		key, err := imagekey.Parse("by", o.by)
		if err != nil {
			return nil, err
		}
		table, err := imagekey.Open(c, o.table)
		if err != nil {
			return nil, err
		}
		reader, err := table.Reader(d.truth.Names, d.truth.Name)
		if err != nil {
			return nil, err
		}
		column, err := reader.Of("by", key, d.truth.Images, nil)
		if err != nil {
			return nil, err
		}
		if note := imagekey.Note(key, column.None, n); note != "" {
			d.notes = append(d.notes, note)
		}
		numbers := map[string]int{}
		for i, text := range column.Values {
			if _, ok := numbers[text]; !ok {
				numbers[text] = len(numbers)
			}
			groups[i] = numbers[text]
		}
		v.by = o.by
		v.deal(groups, o.seed)
		return v, v.remarkSlides(d)
	default:
		d.notes = append(d.notes, "tiles are divided at random, so those of one slide are on both sides: --by wsi keeps slides apart")
	}
	v.deal(groups, o.seed)
	return v, nil
}

// remarkSlides notes that tiles of a slide are in several folds, so that the unseen score is of slides that the search has
// seen.
func (v *division) remarkSlides(d *data) error {
	key, err := imagekey.Parse("by", "wsi")
	if err != nil {
		return err
	}
	fold, split := map[string]int{}, map[string]bool{}
	for i := range d.truth.Images {
		slide, ok := key.Value(&d.truth.Images[i])
		if !ok {
			continue
		}
		if first, seen := fold[slide]; !seen {
			fold[slide] = v.folds[i]
		} else if first != v.folds[i] {
			split[slide] = true
		}
	}
	if len(split) > 0 {
		d.notes = append(d.notes, fmt.Sprintf("tiles of %s are in several folds: the unseen score is of slides that the search has seen", ui.Plural(len(split), "slide", "slides")))
	}
	return nil
}

// deal gives each group a fold, the largest groups first, each to the fold with the fewest images.
func (v *division) deal(groups []int, seed uint64) {
	size := map[int]int{}
	var order []int
	for _, g := range groups {
		if size[g]++; size[g] == 1 {
			order = append(order, g)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 3))
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
	of, images := map[int]int{}, make([]int, min(dealt, len(order)))
	for _, g := range order {
		least := 0
		for f := range images {
			if images[f] < images[least] {
				least = f
			}
		}
		of[g] = least + 1
		images[least] += size[g]
	}
	for i, g := range groups {
		v.folds[i] = of[g]
	}
}

// byPlan gives each image its fold of the plan.
func (v *division) byPlan(c *ui.Console, o *options, d *data) error {
	given, in, err := planfile.Open(c, o.plan)
	if err != nil {
		return err
	}
	if v.plan, err = planfile.Apply(c, given, in.Name, d.truth.Names.All, d.truth.Name); err != nil {
		return err
	}
	v.by, v.file, v.index = "the folds of "+in.Name, in.Name, v.plan.Index()
	missing, first := 0, ""
	for i := range d.truth.Images {
		name := d.truth.Names.Name(i)
		e, ok := v.index.Entry(name)
		if v.folds[i] = e.Fold; !ok || e.Fold == folds.NoFold {
			if v.folds[i] = v.plan.First + v.plan.K; missing == 0 {
				first = name
			}
			missing++
		}
	}
	if missing > 0 && !o.allowSeen {
		return ui.Failf(ui.ExitBadData, "%s of %s in no fold of %s, the first is %s: every model may have trained on them", ui.Thousands(missing),
			ui.Plural(len(d.truth.Images), "image is", "images are"), in.Name, first).Hint("--allow-seen uses them anyway, as one more fold")
	}
	return nil
}
