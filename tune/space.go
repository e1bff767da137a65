package tune

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/pseudo"
	"go.yaml.in/yaml/v3"
)

// A Space is the values of fusion options that a search tries, by their names as flags of
// hubdata pseudo. An option that is not in it keeps the value of the default.
type Space struct {
	Knobs []Knob
}

// A Knob is an option and the values that are tried, as [pseudo.Options.Set] reads them. The
// knob of the weight of a model is called weight:NAME, that of its power calibrate:NAME, and that of the threshold of a class
// class-above:NAME.
type Knob struct {
	Name   string
	Values []string
}

// A Setting is the place of a value of each knob.
type Setting []int

// ErrSpace is wrapped by errors of the text of a space.
var ErrSpace = errors.New("tune: bad space")

// Limits of a space, which keep a text of a few bytes from being much.
const (
	maxValues    = 1000
	maxSpaceText = 1 << 20
)

// knobNames are the options that a space may have, in the order in which it has them.
var knobNames = []string{"tta-nms", "fuse", "cluster", "iou", "skip", "conf", "vote-rule", "vote", "box-clip", "post", "rescore", "class-above", "calibrate", "weight"}

// each returns what has an option for itself: each model, each class, or nothing.
func each(name string, models, classes []string) (of []string, what string) {
	switch name {
	case "calibrate", "weight":
		return models, "model"
	case "class-above":
		return classes, "class"
	}
	return nil, ""
}

// defaultSpace is the text of the space that is searched by default.
const defaultSpace = `# What "hubdata tune" tries. The names are those of the flags of "hubdata pseudo". A value is
# a list, or from, to and step. An option that is left out keeps its default.
tta-nms: [none, "nms:mask:0.5", "nms:mask:0.6", "nms:mask:0.7", "nms:mask:0.8", "nms:box:0.6", "nms:box:0.7"]
fuse: [wbf, nmw, nms]
cluster: [box, mask]
iou: {from: 0.3, to: 0.8, step: 0.05}
skip: [0.01, 0.05, 0.1, 0.15, 0.2]
conf: [avg, max, box_and_model_avg, absent_model_aware_avg]
vote-rule: [weight, count, union, best]
vote: {from: 0.1, to: 0.5, step: 0.05}
box-clip: [false, true]
post: [none, fill, "fill,largest", "close:cross:1,fill,largest", "open:cross:1,fill,largest", "fill,largest,dilate:cross:1"]
rescore: [none, agreement]
# The weight of each model. A mapping has lists for some of them: {a: [1, 2], b: [0.5]}
weight: [1, 0.5, 2]
# Not tried by default: powers to which the scores of a model are raised, and thresholds by class,
# which help the goals f1 and pseudo-precision.
# calibrate: [1, 0.5, 2]
# class-above: {vein: [none, 0.2, 0.4]}
`

// DefaultSpace returns the text of the space that is searched by default.
func DefaultSpace() string { return defaultSpace }

// ReadSpace reads a space for the models and classes of these names from YAML. Every value is
// checked. Errors wrap [ErrSpace] and name the line.
func ReadSpace(r io.Reader, models, classes []string) (*Space, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSpaceText+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSpaceText {
		return nil, fmt.Errorf("%w: found more than %d bytes", ErrSpace, maxSpaceText)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrSpace, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if root.Kind != yaml.DocumentNode || root.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%w: expected a mapping of options to values, such as iou: [0.5, 0.6]", ErrSpace)
	}
	given := map[string][]string{}
	add := func(name string, n *yaml.Node) error {
		if given[name] != nil {
			return fault(n, "duplicate %s", name)
		}
		given[name], err = values(n)
		return err
	}
	for i := 0; i+1 < len(root.Content[0].Content); i += 2 {
		k, v := root.Content[0].Content[i], root.Content[0].Content[i+1]
		of, each := each(k.Value, models, classes)
		switch {
		case !slices.Contains(knobNames, k.Value):
			return nil, fault(k, "found %q, expected one of %s", k.Value, strings.Join(knobNames, ", "))
		case each == "":
			err = add(k.Value, v)
		case v.Kind == yaml.MappingNode && !isRange(v):
			for j := 0; j+1 < len(v.Content) && err == nil; j += 2 {
				if name := v.Content[j].Value; !slices.Contains(of, name) {
					return nil, fault(v.Content[j], "found the %s %q, expected one of %s", each, name, strings.Join(of, ", "))
				}
				err = add(k.Value+":"+v.Content[j].Value, v.Content[j+1])
			}
		default:
			for _, m := range of {
				if err == nil {
					err = add(k.Value+":"+m, v)
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	s := &Space{}
	for _, name := range knobNames {
		names := []string{name}
		if of, each := each(name, models, classes); each != "" {
			names = names[:0]
			for _, m := range of {
				names = append(names, name+":"+m)
			}
		}
		for _, name := range names {
			if given[name] != nil {
				s.Knobs = append(s.Knobs, Knob{name, given[name]})
			}
		}
	}
	return s, s.check(models)
}

// weighs says whether a setting gives one of so many models a weight above 0. Without, there is
// nothing to fuse.
func (s *Space) weighs(at Setting, models int) bool {
	for i, k := range s.Knobs {
		if strings.HasPrefix(k.Name, "weight:") && isZero(k.Values[at[i]]) {
			models--
		}
	}
	return models > 0
}

// isZero says whether a value is the number 0.
func isZero(value string) bool {
	v, err := strconv.ParseFloat(value, 64)
	return err == nil && v == 0
}

func fault(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrSpace, n.Line, fmt.Sprintf(format, args...))
}

// check tries every value.
func (s *Space) check(models []string) error {
	without := 0 // models with no weight above 0
	for _, k := range s.Knobs {
		if strings.HasPrefix(k.Name, "weight:") && !slices.ContainsFunc(k.Values, func(v string) bool { return !isZero(v) }) {
			without++
		}
		for i, v := range k.Values {
			o := base(models)
			if err := set(&o, k.Name, v); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrSpace, k.Name, err)
			}
			if _, err := pseudo.NewFuser(&o); err != nil && !strings.HasPrefix(k.Name, "weight:") { // one model, weight 0: see without
				return fmt.Errorf("%w: %s: %w", ErrSpace, k.Name, err)
			}
			if slices.Contains(k.Values[:i], v) {
				return fmt.Errorf("%w: %s: duplicate %s", ErrSpace, k.Name, v)
			}
		}
	}
	if without > 0 && without == len(models) {
		return fmt.Errorf("%w: weight: found 0 alone for every model, expected one with a weight above 0", ErrSpace)
	}
	return nil
}

// isRange says whether a mapping is from, to and step.
func isRange(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == "step" && n.Content[i+1].Kind == yaml.ScalarNode {
			return true
		}
	}
	return false
}

// values reads a list of values, a single one or a range.
func values(n *yaml.Node) ([]string, error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value != "":
		return []string{n.Value}, nil
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && len(n.Content) <= maxValues:
		var out []string
		for _, v := range n.Content {
			if v.Kind != yaml.ScalarNode || v.Value == "" {
				return nil, fault(v, "found a list or an empty value, expected a text or a number")
			}
			out = append(out, v.Value)
		}
		return out, nil
	case n.Kind == yaml.MappingNode && isRange(n):
		return rangeValues(n)
	}
	return nil, fault(n, "expected 1 to %d values, or {from: A, to: B, step: C}", maxValues)
}

func rangeValues(n *yaml.Node) ([]string, error) {
	at := map[string]float64{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		v, err := strconv.ParseFloat(n.Content[i+1].Value, 64)
		if _, again := at[name]; err != nil || math.IsInf(v, 0) || v != v || again || !slices.Contains([]string{"from", "to", "step"}, name) {
			return nil, fault(n.Content[i], "found %s: %q, expected the numbers from, to and step", name, n.Content[i+1].Value)
		}
		at[name] = v
	}
	steps := (at["to"] - at["from"]) / at["step"]
	if len(at) != 3 || !(at["step"] > 0) || !(steps >= 0 && steps < maxValues) {
		return nil, fault(n, "found from %v to %v by %v, expected up to %d values", at["from"], at["to"], at["step"], maxValues)
	}
	var out []string
	for i := 0; i <= int(steps+1e-9); i++ {
		// Without the rounding error of the sum: 0.55, not 0.5500000000000001.
		out = append(out, strconv.FormatFloat(round(at["from"]+float64(float64(i)*at["step"])), 'g', -1, 64))
	}
	return out, nil
}

// round rounds to 12 digits.
func round(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	return r
}

// base returns the default options for the models of these names, each with the weight 1.
func base(models []string) pseudo.Options { return withModels(pseudo.Default(), models) }

func withModels(o pseudo.Options, models []string) pseudo.Options {
	for _, name := range models {
		o.Models = append(o.Models, pseudo.Model{Name: name, Weight: 1})
	}
	o.MaskAbove = -1
	return o
}

// set sets an option to the value of a knob.
func set(o *pseudo.Options, name, value string) error {
	name, model, ok := strings.Cut(name, ":")
	if !ok {
		return o.Set(name, value)
	}
	if name == "class-above" {
		return setAbove(o, model, value)
	}
	var v float64
	var err error
	if name == "calibrate" {
		if v, err = pseudo.ParsePower(value); v == 1 {
			v = 0 // as the default has it
		}
	} else if v, err = strconv.ParseFloat(value, 64); err != nil || !(v >= 0 && v <= 1e9) {
		err = fmt.Errorf("found the weight %q, expected a number of 0 or more", value)
	}
	if err != nil {
		return err
	}
	for i := range o.Models {
		if m := &o.Models[i]; m.Name == model && name == "calibrate" {
			m.Power = v
		} else if m.Name == model {
			m.Weight = v
		}
	}
	return nil
}

// setAbove sets the threshold of a class. Options share the map, so it is not changed.
func setAbove(o *pseudo.Options, class, value string) error {
	above := maps.Clone(o.ClassAbove)
	if value == "none" {
		if delete(above, class); len(above) == 0 {
			above = nil
		}
	} else {
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return fmt.Errorf("found the threshold %q, expected none or a score from 0 to 1", value)
		}
		if above == nil {
			above = map[string]float64{}
		}
		above[class] = v
	}
	o.ClassAbove = above
	return nil
}

// Options returns the options of a setting for the models of these names. All instances get
// a mask.
func (s *Space) Options(at Setting, models []string) pseudo.Options {
	o := base(models)
	for i, k := range s.Knobs {
		_ = set(&o, k.Name, k.Values[at[i]]) // every value was checked
	}
	return o
}

// Text returns the value of each knob of a setting.
func (s *Space) Text(at Setting) []string {
	var out []string
	for i, k := range s.Knobs {
		out = append(out, k.Values[at[i]])
	}
	return out
}

// Size returns the number of settings, at most limit.
func (s *Space) Size(limit int) int {
	n := 1
	for _, k := range s.Knobs {
		if n > limit/len(k.Values) {
			return limit
		}
		n *= len(k.Values)
	}
	return min(n, limit)
}

// find returns the setting of options, if the space has it.
func (s *Space) find(o pseudo.Options) (Setting, bool) {
	out := make(Setting, len(s.Knobs))
	all := base(nil)
	all.Models = slices.Clone(o.Models)
	for i := range all.Models {
		all.Models[i].Weight, all.Models[i].Power = 1, 0
	}
	for i, k := range s.Knobs {
		out[i] = slices.IndexFunc(k.Values, func(v string) bool {
			changed := o
			changed.Models = slices.Clone(o.Models)
			return set(&changed, k.Name, v) == nil && reflect.DeepEqual(changed, o)
		})
		if out[i] < 0 {
			return nil, false
		}
		_ = set(&all, k.Name, k.Values[out[i]])
	}
	return out, reflect.DeepEqual(all, o)
}

// canonical gives the first value to knobs that have no effect in a setting.
func (s *Space) canonical(at Setting) {
	value := map[string]string{"fuse": "wbf", "vote-rule": "weight"} // of the default
	for i, k := range s.Knobs {
		value[k.Name] = k.Values[at[i]]
	}
	for i, k := range s.Knobs {
		switch {
		case k.Name == "conf" && value["fuse"] != "wbf",
			k.Name == "vote" && value["vote-rule"] != "weight" && value["vote-rule"] != "count":
			at[i] = 0
		}
	}
}
