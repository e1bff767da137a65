package mmdet

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stageKeys are all keys of a stage.
var stageKeys = keysOf(reflect.TypeFor[Stage]())

// packageConfig says whether a config is one of an installed package, as
// MMDetection 3.x names them: mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py.
func packageConfig(name string) bool {
	pkg, rest, ok := strings.Cut(name, "::")
	return ok && idPattern.MatchString(pkg) && rest != "" && !strings.Contains(rest, "::")
}

// ownKeys are keys of configs that a recipe has words of its own for.
var ownKeys = map[string]string{
	"_base_":      "config",
	"load_from":   "init",
	"resume":      "nothing: a stage is resumed when it is run again",
	"resume_from": "nothing: a stage is resumed when it is run again",
	"auto_resume": "nothing: a stage is resumed when it is run again",
	"work_dir":    "roots.work",
}

// set checks keys and values that are put over a config.
func (c *checker) set(s *Stage, path string) {
	for _, key := range slices.Sorted(maps.Keys(s.Set)) {
		at := path + ".set." + key
		parts := strings.Split(key, ".")
		if instead, own := ownKeys[parts[0]]; own {
			c.problem(at, "it is not for set: want %s", instead)
		}
		c.configKey(at, key)
		if text := unsafeText(s.Set[key]); text != "" {
			c.problem(at, "found %s, which MMDetection replaces or cannot read: want other text", text)
		}
		for _, other := range slices.Sorted(maps.Keys(s.Set)) {
			if strings.HasPrefix(other, key+".") {
				c.problem(path+".set."+other, "it lies in %s, which is set too: want one of them", key)
			}
		}
	}
}

// configKey notes a dotted key that leads into a list or nowhere.
func (c *checker) configKey(path, key string) {
	for part := range strings.SplitSeq(key, ".") {
		if part == "" {
			c.problem(path, "found an empty part, want names with dots between")
			return
		}
		if _, err := strconv.Atoi(part); err == nil {
			c.problem(path, "%s is a place in a list, and a config that inherits cannot change one entry of a list: want the key of the list, and the whole list as its value", part)
			return
		}
	}
}

// trainPath is where configs have the dataset to train on.
var trainPath = map[Dialect]string{MMDet2: "data.train", MMDet3: "train_dataloader.dataset"}

func (c *checker) datasetPath(key, path string) {
	want := trainPath[c.r.Dialect]
	if key != want && !strings.HasPrefix(key, want+".") {
		c.problem(path, "found %q, want %s or what lies in it, such as %s.dataset", key, want, want)
		return
	}
	c.configKey(path, key)
}

// unsafeText gives the first text in a value that a config cannot hold.
func unsafeText(v any) string {
	switch v := v.(type) {
	case string:
		if unsafe(v) {
			return strconv.Quote(v)
		}
	case tuple:
		return unsafeText([]any(v))
	case []any:
		for _, e := range v {
			if text := unsafeText(e); text != "" {
				return text
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if unsafe(key) {
				return strconv.Quote(key)
			}
			if text := unsafeText(v[key]); text != "" {
				return text
			}
		}
	}
	return ""
}

// unsafe says whether MMDetection would read a text otherwise than it stands:
// {{name}} is replaced before a config is parsed, ${name} after.
func unsafe(text string) bool {
	return !utf8.ValidString(text) || strings.Contains(text, "{{") || strings.Contains(text, "${") || strings.ContainsAny(text, "\n\r\x00")
}

// safePath refuses a path that a config cannot hold.
func safePath(s *Stage, what, name string) error {
	if unsafe(name) || strings.Contains(name, "::") {
		return &StageError{s.ID, fmt.Sprintf("the path %q (%s) has a line break, a NUL, {{, ${, :: or no UTF-8, which MMDetection reads otherwise: want another name", name, what)}
	}
	return nil
}
