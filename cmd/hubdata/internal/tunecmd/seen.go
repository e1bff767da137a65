package tunecmd

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// foldInName finds the fold in the name of a file: fold3, fold-3 or fold_3.
var foldInName = regexp.MustCompile(`(?i)fold[-_]?(\d{1,3})`)

// checkSeen makes sure that no model saw the tiles that it predicts, as far as the plan and the files tell. It returns what
// was found out of each model.
func checkSeen(o *options, d *data, v *division) ([]string, error) {
	if v.plan == nil {
		return []string{"not checked: whether a model trained on the tiles that it predicts; --folds PLAN does"}, nil
	}
	var notes []string
	for m := range o.models {
		var of []*predicted
		for k := range d.files {
			if d.files[k].model == m {
				of = append(of, &d.files[k])
			}
		}
		note, err := v.ofModel(o.models[m].Name, of, d.truth.Names.Name)
		if err != nil {
			if !o.allowSeen {
				return nil, err
			}
			note = "allowed: " + err.Error()
		}
		notes = append(notes, note)
	}
	return notes, nil
}

// ofModel checks the files of a model. imageName is the name of an image of the ground truth.
func (v *division) ofModel(name string, list []*predicted, imageName func(i int) string) (string, error) {
	refuse := func(format string, args ...any) error {
		return ui.Failf(ui.ExitBadData, format, args...).
			Hint("give each model's predictions of the fold that it did not train on; --allow-seen uses them anyway, and the scores are too good")
	}
	unknown := "" // why nothing is known
	before := map[int]string{}
	for _, f := range list {
		var folds []int
		for _, i := range f.images {
			if !slices.Contains(folds, v.folds[i]) {
				folds = append(folds, v.folds[i])
			}
			if other, ok := before[i]; ok {
				return "", refuse("%s and %s of model %s both have predictions on %s: one of them was made by a model that trained on it, by %s", other, f.Name, name, imageName(i), v.file)
			}
			before[i] = f.Name
		}
		slices.Sort(folds)
		if said := foldInName.FindStringSubmatch(filepath.Base(f.Name)); said != nil {
			if n, _ := strconv.Atoi(said[1]); v.plan.HasFold(n) {
				if len(folds) > 0 && !slices.Equal(folds, []int{n}) {
					return "", refuse("%s is of fold %d by its name, but has predictions on tiles of %s, on which that model trained by %s", f.Name, n, listFolds(folds), v.file)
				}
				continue
			}
		}
		switch {
		case len(list) > 1 && len(folds) > 1:
			return "", refuse("%s of model %s has predictions on tiles of %s: each of several files must be of one fold of %s", f.Name, name, listFolds(folds), v.file)
		case len(folds) > 1:
			unknown = "one file is on tiles of several folds"
		case len(list) == 1:
			unknown = f.Name + " does not say of which fold it is, and there is no other file"
		}
	}
	if unknown != "" {
		return fmt.Sprintf("model %s: not checked whether it trained on the tiles that it predicts: %s", name, unknown), nil
	}
	return fmt.Sprintf("model %s: out of fold, by %s", name, v.file), nil
}

// listFolds lists folds in words.
func listFolds(folds []int) string {
	var words []string
	for _, f := range folds {
		words = append(words, strconv.Itoa(f))
	}
	if len(words) == 1 {
		return "fold " + words[0]
	}
	return "folds " + strings.Join(words, ", ")
}
