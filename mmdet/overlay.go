package mmdet

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Overlay returns the config of a train or infer stage. It is Python text that consists
// only of literals. It inherits the stage's own config and changes data, checkpoint,
// work_dir, seed and evaluation, then the epochs, batch size and augmentation that the
// stage sets, and finally the keys of its Set. The same recipe gives the same text,
// whether the stage is resumed or not. An error is a [*StageError].
func (r *Recipe) Overlay(s *Stage, in *Resolved) ([]byte, error) {
	if s.Kind != Train && s.Kind != Infer {
		return nil, &StageError{s.ID, fmt.Sprintf("kind %s has no config", s.Kind)}
	}
	o := &overlay{r: r, s: s, in: in, config: map[string]any{}}
	o.base()
	switch {
	case s.Kind == Train && r.Dialect == MMDet2:
		o.train2()
	case s.Kind == Train:
		o.train3()
	case r.Dialect == MMDet2:
		o.infer2()
	default:
		o.infer3()
	}
	o.applySet()
	if o.err != nil {
		return nil, o.err
	}
	// Without the name of the recipe: the text is an input of the stage, which a new name does not change.
	text := fmt.Appendf(nil, "# Written by hubdata for stage %s: change the recipe, not this file.\n", s.ID)
	return appendAssignments(text, o.config), nil
}

// An overlay is a config under construction.
type overlay struct {
	r      *Recipe
	s      *Stage
	in     *Resolved
	config map[string]any
	err    error // the first error
}

func (o *overlay) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

func (o *overlay) failf(format string, args ...any) {
	o.fail(&StageError{o.s.ID, fmt.Sprintf(format, args...)})
}

// put sets a dotted key. It merges a mapping with one that the key already has.
func (o *overlay) put(key string, v any) {
	parts := strings.Split(key, ".")
	at := o.config
	for _, part := range parts[:len(parts)-1] {
		next, ok := at[part].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[part] = next
		}
		at = next
	}
	last := parts[len(parts)-1]
	at[last] = merge(at[last], v)
}

// merge returns the value over on top of under, as a config on top of the one that it
// inherits: mappings are merged key by key, anything else is replaced.
func merge(under, over any) any {
	below, ok := under.(map[string]any)
	above, both := over.(map[string]any)
	if !ok || !both || above["_delete_"] == true {
		return over
	}
	all := maps.Clone(below)
	for key, v := range above {
		all[key] = merge(below[key], v)
	}
	return all
}

// path returns name if a config can contain it.
func (o *overlay) path(what, name string) string {
	if err := safePath(o.s, what, name); err != nil {
		o.fail(err)
	}
	return name
}

var (
	lazyConfig = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^[ \t]*(?:with[ \t]+read_base[ \t]*\(|from[ \t]+\.|from[ \t]+mm(?:engine|det|cv)[. \t])`)
	})
	wrapped = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^[^#\n]*type['"]?[ \t]*[=:][ \t]*['"](RepeatDataset|ClassBalancedDataset|MultiImageMixDataset|ConcatDataset)['"]`)
	})
)

// base sets the config that is inherited.
func (o *overlay) base() {
	name := o.r.ConfigPath(o.s)
	if !packageConfig(name) {
		o.path("config", name)
	} else if unsafe(name) {
		o.failf("the config %q has text that MMDetection would misread", name)
	}
	o.config["_base_"] = name
	if lazyConfig().Match(o.in.Config) {
		o.failf("the config %s has the new style that Python imports (read_base), from which a text config cannot inherit: use the config of the same name in MMDetection's configs folder, or dump it with Config.dump", name)
	}
	if m := wrapped().FindSubmatch(o.in.Config); m != nil && o.s.Kind == Train && o.s.DatasetPath == "" {
		want := trainPath[o.r.Dialect]
		o.failf("the config %s has a %s: set dataset_path to the innermost dataset, such as %s.dataset; if it belongs to a set other than training, set dataset_path: %s", name, m[1], want, want)
	}
}

// trainAt returns the key of the training dataset.
func (o *overlay) trainAt() string {
	if o.s.DatasetPath != "" {
		return o.s.DatasetPath
	}
	return trainPath[o.r.Dialect]
}

// classes returns the classes of the recipe in the form of configs.
func (o *overlay) classes() tuple {
	var t tuple
	for _, name := range o.r.Classes {
		if unsafe(name) {
			o.failf("the class %q has text that MMDetection would misread: use another name", name)
		}
		t = append(t, name)
	}
	return t
}

// weights sets the weights that training begins with. It never resumes a training: that
// is done by the command line, and only with a checkpoint of the stage itself.
func (o *overlay) weights() {
	from, err := o.r.loadFrom(o.s, o.in)
	if err != nil {
		o.fail(err)
	}
	if from != "" {
		if !strings.Contains(from, "://") {
			o.path("weights", from)
		} else if unsafe(from) {
			o.failf("the address %q has text that MMDetection would misread", from)
		}
		o.config["load_from"] = from
	}
}

func (o *overlay) workDir() {
	o.config["work_dir"] = o.path("work_dir", o.r.workDir(o.s, o.in))
}

// metric returns the type of the metric that selects the best checkpoint: segm or bbox.
func (o *overlay) metric() string {
	kind, _, _ := strings.Cut(o.s.Metric, "_")
	return kind
}

// keep returns how many checkpoints of epochs are kept.
func (o *overlay) keep() int {
	if o.s.KeepCkpts == nil {
		return 2
	}
	return *o.s.KeepCkpts
}

func (o *overlay) augment() {
	if o.s.Augment != "" {
		o.put(o.trainAt()+".pipeline", trainPipeline(o.r.Dialect, o.s.Augment, o.s.Size))
	}
}

// applySet sets the stage's own keys, which override all others.
func (o *overlay) applySet() {
	for _, key := range slices.Sorted(maps.Keys(o.s.Set)) {
		first, _, _ := strings.Cut(key, ".")
		if fault := badVariable(first); fault != "" {
			o.failf("set: %s: found %q, %s", key, first, fault)
			continue
		}
		if text := unsafeText(o.s.Set[key]); text != "" || unsafe(key) {
			o.failf("set: %s has text that MMDetection would misread", key)
		}
		o.put(key, o.s.Set[key])
	}
}

// resultsPrefix returns the path of the results file without suffixes.
func (o *overlay) resultsPrefix() string {
	return o.path("results", filepath.Join(o.r.workDir(o.s, o.in), resultsPrefix(o.in.Scale)))
}

// scale reports whether a scale is set. It fails if the scale is not one of the
// stage's.
func (o *overlay) scale() bool {
	if o.in.Scale != 0 && !slices.Contains(o.s.Scales, o.in.Scale) || o.in.Scale == 0 && len(o.s.Scales) > 0 {
		o.failf("found scale %d, expected one of %v", o.in.Scale, o.s.Scales)
	}
	return o.in.Scale != 0
}
