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

// packageConfig reports whether a config is that of an installed package, as written in
// MMDetection 3.x: mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py.
func packageConfig(name string) bool {
	pkg, rest, ok := strings.Cut(name, "::")
	return ok && idPattern().MatchString(pkg) && rest != "" && !strings.Contains(rest, "::")
}

// ownKeys are keys of configs for which a recipe has keys of its own.
var ownKeys = map[string]string{
	"_base_":      "config",
	"load_from":   "init",
	"resume":      "nothing: run the stage again to resume it",
	"resume_from": "nothing: run the stage again to resume it",
	"auto_resume": "nothing: run the stage again to resume it",
	"work_dir":    "roots.work",
}

// set checks the keys and values that override a config.
func (c *checker) set(s *Stage, path string) {
	for _, key := range slices.Sorted(maps.Keys(s.Set)) {
		at := path + ".set." + key
		parts := strings.Split(key, ".")
		if instead, own := ownKeys[parts[0]]; own {
			c.problem(at, "set cannot have this key: use %s", instead)
		}
		if fault := badVariable(parts[0]); fault != "" {
			c.problem(at, "found %q, %s", parts[0], fault)
		}
		c.configKey(at, key)
		if text := unsafeText(s.Set[key]); text != "" {
			c.problem(at, "found %s, which MMDetection replaces or cannot read: use other text", text)
		}
		for i := range len(parts) - 1 {
			outer := strings.Join(parts[:i+1], ".")
			if _, both := s.Set[outer]; both {
				c.problem(at, "it is inside %s, which is also set: set only one of them", outer)
			}
		}
	}
}

// keywords are the words that no Python variable can have. Soft keywords, such as match, can.
var keywords = strings.Fields(`False None True and as assert async await break class continue def del elif else except finally for from
	global if import in is lambda nonlocal not or pass raise return try while with yield`)

// reserved are the variables that a config cannot have: RESERVED_KEYS of mmcv.Config and mmengine.Config.
var reserved = []string{"filename", "text", "pretty_text", "env_variables"}

// badVariable says why a config cannot have a variable of that name; "": it can.
func badVariable(name string) string {
	switch {
	case !identifier().MatchString(name):
		return "expected the name of a config variable: letters, digits and _"
	case slices.Contains(keywords, name):
		return "a word of Python, expected the name of a config variable"
	case slices.Contains(reserved, name):
		return "which MMDetection reserves, expected the name of another config variable"
	case strings.HasPrefix(name, "__"):
		return "which MMDetection ignores, expected a name that does not begin with __"
	}
	return ""
}

// configKey adds a problem for a dotted key that leads into a list or nowhere.
func (c *checker) configKey(path, key string) {
	for part := range strings.SplitSeq(key, ".") {
		if part == "" {
			c.problem(path, "found an empty part, expected names separated by dots")
			return
		}
		if _, err := strconv.Atoi(part); err == nil {
			c.problem(path, "found %s, an index in a list, but a config that inherits cannot change a single entry of a list: use the key of the list, with the whole list as its value", part)
			return
		}
	}
}

// trainPath is the path of the training dataset in a config.
var trainPath = map[Dialect]string{MMDet2: "data.train", MMDet3: "train_dataloader.dataset"}

func (c *checker) datasetPath(key, path string) {
	want := trainPath[c.r.Dialect]
	if key != want && !strings.HasPrefix(key, want+".") {
		c.problem(path, "found %q, expected %s or a key inside it, such as %s.dataset", key, want, want)
		return
	}
	c.configKey(path, key)
}

// unsafeText returns the first text in a value that a config cannot contain.
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

// unsafe reports whether MMDetection would change a text: it replaces {{name}} before
// it parses a config, and ${name} afterwards.
func unsafe(text string) bool {
	return !utf8.ValidString(text) || strings.Contains(text, "{{") || strings.Contains(text, "${") || strings.ContainsAny(text, "\n\r\x00")
}

// safePath returns an error for a path that a config cannot contain.
func safePath(s *Stage, what, name string) error {
	if unsafe(name) || strings.Contains(name, "::") {
		return &StageError{s.ID, fmt.Sprintf("the path %q (%s) has a line break, a NUL, {{, ${, :: or invalid UTF-8, which MMDetection would misread: use another name", name, what)}
	}
	return nil
}
