package mmdet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxRecipe is the maximum size of a recipe.
const maxRecipe = 1 << 20

// ReadRecipe reads and checks a recipe in YAML or JSON. name is the path of its file:
// errors contain it, and relative paths begin in its folder. Keys that the file omits
// get their defaults. A single [*RecipeError] lists all problems.
func ReadRecipe(r io.Reader, name string) (*Recipe, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxRecipe+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	dir, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &decoder{err: RecipeError{Name: name}, lines: map[string]int{}}
	root, line, err := parse(text)
	if err == nil {
		line, err = expand(root)
	}
	if err != nil {
		d.problem(line, "", "%v", err)
		return nil, &d.err
	}
	if v, ok := newerVersion(root); ok {
		d.problem(v.Line, "version", "found %s, expected %d: a newer hubdata wrote this recipe, use that version", v.Value, Version)
		return nil, &d.err
	}
	rec := &Recipe{name: name, dir: dir, lines: d.lines}
	d.recipe(root, rec)
	rec.defaults()
	rec.check(&d.err)
	if len(d.err.Problems) > 0 {
		d.err.sort()
		return nil, &d.err
	}
	return rec, nil
}

// parse returns the top-level mapping of a text, or the reason and line of an error.
func parse(text []byte) (*yaml.Node, int, error) {
	if len(text) > maxRecipe {
		return nil, 0, fmt.Errorf("found more than %d bytes: this is not a recipe", maxRecipe)
	}
	if json.Valid(text) { // YAML does not allow tabs between tokens, and JSON strings contain none
		text = bytes.ReplaceAll(text, []byte{'\t'}, []byte{' '})
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF):
		return nil, 1, errors.New("found an empty file, expected a recipe: hubdata train init NAME writes one")
	case err != nil:
		line, reason := yamlReason(err)
		return nil, line, fmt.Errorf("found text that is neither YAML nor JSON: %s", reason)
	case len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode:
		return nil, max(doc.Line, 1), errors.New("found no keys, expected a recipe: version, name, dialect and so on")
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, max(more.Line, 1), errors.New("found a second document, expected one recipe per file")
	}
	return doc.Content[0], 0, nil
}

// yamlReason splits an error of the YAML library into line and reason.
func yamlReason(err error) (line int, reason string) {
	reason = strings.TrimPrefix(err.Error(), "yaml: ")
	if n, _ := fmt.Sscanf(reason, "line %d: ", &line); n == 1 {
		_, reason, _ = strings.Cut(reason, ": ")
	}
	return line, reason
}

// newerVersion returns the version if it is a number above [Version].
func newerVersion(root *yaml.Node) (*yaml.Node, bool) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		v, n := root.Content[i+1], 0
		if root.Content[i].Value == "version" && v.Tag == "!!int" && v.Decode(&n) == nil && n > Version {
			return v, true
		}
	}
	return nil, false
}

// defaults fills in the values that the file omits.
func (r *Recipe) defaults() {
	text := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	text(&r.Roots.Source, ".")
	text(&r.Roots.Images, "train")
	text(&r.Roots.Configs, "configs")
	text(&r.Roots.Work, "work_dirs")
	text(&r.Roots.Data, "coco_data")
	text(&r.Tool.Python, "python")
	text(&r.Tool.Train, "tools/train.py")
	text(&r.Tool.Test, "tools/test.py")
	text((*string)(&r.Launch.Engine), string(Local))
	text(&r.Launch.Slurm.Launcher, "srun")
	for _, p := range []struct {
		key string
		v   *int
		n   int
	}{{"launch.gpus", &r.Launch.GPUs, 1}, {"launch.nodes", &r.Launch.Nodes, 1}, {"launch.port", &r.Launch.Port, 29500},
		{"launch.slurm.lead", &r.Launch.Slurm.Lead, 180}, {"launch.slurm.requeues", &r.Launch.Slurm.Requeues, 50}} {
		if r.lines[p.key] == 0 && *p.v == 0 {
			*p.v = p.n
		}
	}
	for i := range r.Stages {
		s := &r.Stages[i]
		if !s.Trains() {
			continue
		}
		if s.Val == "" && (s.Output == nil || s.Output.Best == "") {
			text(&s.Pick, "last")
		}
		text(&s.Pick, "best")
		text(&s.Metric, "segm_mAP")
		if s.Kind == Train && s.KeepCkpts == nil {
			n := 2
			if r.epochPicked(s) {
				n = -1
			}
			s.KeepCkpts = &n
		}
	}
}

// epochPicked reports whether some stage picks an epoch of s by its number.
func (r *Recipe) epochPicked(s *Stage) bool {
	if isEpoch(s.Pick) {
		return true
	}
	for i := range r.Stages {
		for _, init := range []*Init{r.Stages[i].Init, r.Stages[i].From} {
			if init != nil && init.Stage == s.ID && isEpoch(init.Pick) {
				return true
			}
		}
	}
	return false
}

func isEpoch(pick string) bool { return strings.HasPrefix(pick, "epoch:") }
