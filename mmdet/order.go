package mmdet

import (
	"container/heap"
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
	writers := writers(all)
	needs := make(map[string][]string, len(all))
	for _, s := range all {
		needs[s.ID] = r.needs(s, func(data string) string { return writers[data] })
	}
	missing := make([]int, len(all)) // how many stages each still waits for
	waiting := map[string][]int{}    // by stage, those that wait for it
	ready := &places{}               // those that wait for none
	done := make(map[string]bool, len(all))
	for i, s := range all {
		for _, id := range needs[s.ID] {
			if needs[id] != nil {
				missing[i]++
				waiting[id] = append(waiting[id], i)
			}
		}
		if missing[i] == 0 {
			heap.Push(ready, i)
		}
	}
	var order []*Stage
	for ready.Len() > 0 {
		s := all[heap.Pop(ready).(int)]
		done[s.ID] = true
		order = append(order, s)
		for _, i := range waiting[s.ID] {
			if missing[i]--; missing[i] == 0 {
				heap.Push(ready, i)
			}
		}
	}
	if len(order) < len(all) {
		return nil, &CycleError{Stages: cycle(all, needs, done)}
	}
	return order, nil
}

// places are indices of stages, as a heap: the first is the lowest.
type places []int

func (p places) Len() int           { return len(p) }
func (p places) Less(i, j int) bool { return p[i] < p[j] }
func (p places) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *places) Push(v any)        { *p = append(*p, v.(int)) }

func (p *places) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
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
	if !strings.HasPrefix(id, buildPrefix) && !strings.HasPrefix(id, mergePrefix) { // one of the file
		if i := slices.IndexFunc(r.Stages, func(s Stage) bool { return s.ID == id }); i >= 0 {
			return &r.Stages[i]
		}
		return nil
	}
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
	return r.needs(s, func(data string) string { return writers(r.all())[data] })
}

// needs is Needs, with a function that returns the stage that writes a dataset.
func (r *Recipe) needs(s *Stage, writer func(data string) string) []string {
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
		add(writer(id))
	}
	return needs
}

// Uses returns the ids of the datasets that a stage reads.
func (r *Recipe) Uses(s *Stage) []string {
	switch s.Kind {
	case Train, Infer, CommandKind:
		return append(slices.DeleteFunc([]string{s.Train, s.Val, s.On}, func(id string) bool { return id == "" }), r.dataInArgv(s)...)
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
		if i >= 0 && r.Stages[i].Predicts() {
			return r.Stages[i].On
		}
	}
	return ""
}

// writers returns the id of the stage that writes each dataset. Datasets that no stage
// writes have none.
func writers(all []*Stage) map[string]string {
	ids := make(map[string]string)
	for _, s := range all {
		if _, again := ids[s.Out]; !again && s.Out != "" && (s.Kind != Pseudo || s.Merge == "") {
			ids[s.Out] = s.ID
		}
	}
	return ids
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
