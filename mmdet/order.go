package mmdet

import (
	"fmt"
	"slices"
	"strings"
)

// Prefixes of the folder and id of a stage that is not in the file.
const (
	buildPrefix = "build-" // followed by the id of a dataset
	mergePrefix = "merge-" // followed by the id of a pseudo stage
)

// Order returns the stages so that each comes after those that it needs. Apart from
// that, the order is that of the file. The stages include a [BuildData] stage for each
// dataset that is built. If stages need each other, the error names them.
func (r *Recipe) Order() ([]*Stage, error) {
	all := r.all()
	needs := make(map[string][]string, len(all))
	for _, s := range all {
		needs[s.ID] = r.Needs(s)
	}
	done := make(map[string]bool, len(all))
	var order []*Stage
	for len(order) < len(all) {
		next := slices.IndexFunc(all, func(s *Stage) bool {
			return !done[s.ID] && !slices.ContainsFunc(needs[s.ID], func(id string) bool { return !done[id] && needs[id] != nil })
		})
		if next < 0 {
			return nil, &CycleError{Stages: cycle(all, needs, done)}
		}
		done[all[next].ID] = true
		order = append(order, all[next])
	}
	return order, nil
}

// CycleError reports stages that need each other.
type CycleError struct {
	Stages []string // ids; each needs the next, and the last is equal to the first
}

func (e *CycleError) Error() string {
	return fmt.Sprintf("stages need each other: %s: remove one of these links", strings.Join(e.Stages, " needs "))
}

// cycle returns a cycle among the stages that are not done.
func cycle(all []*Stage, needs map[string][]string, done map[string]bool) []string {
	at := slices.IndexFunc(all, func(s *Stage) bool { return !done[s.ID] })
	path := []string{all[at].ID}
	for {
		id := path[len(path)-1]
		i := slices.IndexFunc(needs[id], func(id string) bool { return !done[id] && needs[id] != nil })
		next := needs[id][i]
		if first := slices.Index(path, next); first >= 0 {
			return append(path[first:], next)
		}
		path = append(path, next)
	}
}

// all returns the stages that build datasets and those of the file. Builds come first,
// except that a merge comes after its pseudo stage.
func (r *Recipe) all() []*Stage {
	var all []*Stage
	for i := range r.Datasets {
		if d := &r.Datasets[i]; d.Build != nil {
			all = append(all, &Stage{ID: buildPrefix + d.ID, Kind: BuildData, Out: d.ID})
		}
	}
	for i := range r.Stages {
		s := &r.Stages[i]
		all = append(all, s)
		if s.Kind == Pseudo && s.Merge != "" {
			all = append(all, &Stage{ID: mergePrefix + s.ID, Kind: BuildData, Out: s.Out, Merge: s.Merge, Inputs: []string{s.ID}})
		}
	}
	return all
}

// Stage returns the stage with an id, including those that [Recipe.Order] adds, or nil
// if there is none.
func (r *Recipe) Stage(id string) *Stage {
	all := r.all()
	if i := slices.IndexFunc(all, func(s *Stage) bool { return s.ID == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// Data returns the dataset with an id, or nil if there is none.
func (r *Recipe) Data(id string) *Data {
	if i := slices.IndexFunc(r.Datasets, func(d Data) bool { return d.ID == id }); i >= 0 {
		return &r.Datasets[i]
	}
	return nil
}

// Needs returns the ids of the stages whose checkpoints, predictions or datasets a
// stage uses, without duplicates.
func (r *Recipe) Needs(s *Stage) []string {
	needs := []string{}
	add := func(id string) {
		if id != "" && !slices.Contains(needs, id) {
			needs = append(needs, id)
		}
	}
	for _, init := range []*Init{s.Init, s.From} {
		if init != nil {
			add(init.Stage)
		}
	}
	for _, id := range s.Inputs {
		add(id)
	}
	for _, id := range r.Uses(s) {
		add(r.writer(id))
	}
	return needs
}

// Uses returns the ids of the datasets that a stage reads.
func (r *Recipe) Uses(s *Stage) []string {
	switch s.Kind {
	case Train:
		return []string{s.Train, s.Val}
	case Infer:
		return []string{s.On}
	case Fuse, Pseudo:
		if on := r.inferData(s); on != "" {
			return []string{on}
		}
	case Eval:
		return []string{s.Truth}
	case BuildData:
		if s.Merge != "" {
			return []string{s.Merge}
		}
		if d := r.Data(s.Out); d != nil && d.Build != nil {
			ids := slices.Clone(d.Build.Needs)
			for _, word := range d.Build.Command {
				for _, name := range placeholders(word) {
					if id, ok := strings.CutPrefix(name, "id:"); ok {
						ids = append(ids, id)
					}
				}
			}
			return ids
		}
	}
	return nil
}

// inferData returns the dataset on which the inputs of a stage were run.
func (r *Recipe) inferData(s *Stage) string {
	for _, id := range s.Inputs {
		i := slices.IndexFunc(r.Stages, func(s Stage) bool { return s.ID == id })
		if i >= 0 && r.Stages[i].Kind == Infer {
			return r.Stages[i].On
		}
	}
	return ""
}

// writer returns the id of the stage that writes a dataset, or "" if there is none.
func (r *Recipe) writer(data string) string {
	for _, s := range r.all() {
		if s.Out == data && data != "" && (s.Kind != Pseudo || s.Merge == "") {
			return s.ID
		}
	}
	return ""
}

// placeholders returns the names in braces in a word.
func placeholders(word string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(word, "{")
		name, rest, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return names
		}
		names = append(names, name)
		word = rest
	}
}
