package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// input is something that determines a stage's result.
type input struct {
	Name string `json:"name"` // such as "config a.py"
	Sum  string `json:"sum"`
}

// InputError is returned for an input that does not exist.
type InputError struct {
	File   string
	Reason string
}

func (e *InputError) Error() string { return e.File + ": " + e.Reason }

// sumInputs combines the sums of inputs into one.
func sumInputs(inputs []input) string {
	h := sha256.New()
	for _, in := range inputs {
		fmt.Fprintf(h, "%q %q\n", in.Name, in.Sum)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// changes returns the differences between inputs, one per line.
func changes(old, now []input) []string {
	var out []string
	find := func(list []input, name string) (input, bool) {
		i := slices.IndexFunc(list, func(in input) bool { return in.Name == name })
		if i < 0 {
			return input{}, false
		}
		return list[i], true
	}
	for _, in := range now {
		switch was, ok := find(old, in.Name); {
		case !ok:
			out = append(out, in.Name+" is new")
		case was.Sum != in.Sum:
			out = append(out, in.Name+" has changed")
		}
	}
	for _, in := range old {
		if _, ok := find(now, in.Name); !ok {
			out = append(out, in.Name+" no longer exists")
		}
	}
	return out
}

// textInput returns a text as an input.
func textInput(name, text string) input {
	sum := sha256.Sum256([]byte(text))
	return input{name, hex.EncodeToString(sum[:])}
}

var (
	// _base_ = ... in Python, "_base_": ... in JSON, _base_: ... in YAML.
	baseKey = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^\s*[{,]?\s*["']?_base_["']?\s*[=:]\s*`)
	})
	baseText = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`"([^"\n]*)"|'([^'\n]*)'`)
	})
	yamlItem = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\s*-\s*(.*?)\s*$`)
	})
)

// bases returns the configs that a config inherits. It finds them in the text, without
// running Python.
func bases(text, dir string) []string {
	var out []string
	add := func(name string) {
		name = strings.NewReplacer("{{ fileDirname }}", dir, "{{fileDirname}}", dir).Replace(name)
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, at := range baseKey().FindAllStringIndex(text, -1) {
		rest := text[at[1]:]
		switch {
		case rest == "":
		case rest[0] == '[' || rest[0] == '(':
			end := strings.IndexAny(rest, "])")
			if end < 0 {
				end = len(rest)
			}
			for line := range strings.SplitSeq(rest[:end], "\n") {
				if i := strings.IndexByte(line, '#'); i >= 0 && strings.Count(line[:i], "'")%2 == 0 && strings.Count(line[:i], `"`)%2 == 0 {
					line = line[:i]
				}
				for _, m := range baseText().FindAllStringSubmatch(line, -1) {
					add(m[1] + m[2])
				}
			}
		case rest[0] == '"' || rest[0] == '\'':
			if m := baseText().FindStringSubmatch(rest); m != nil {
				add(m[1] + m[2])
			}
		default: // YAML: a bare word, or a list on the next lines; \s* of the key includes the end of the line
			first, more, _ := strings.Cut(rest, "\n")
			if m := yamlItem().FindStringSubmatch(first); m != nil {
				for m != nil {
					add(strings.Trim(m[1], `"'`))
					var line string
					line, more, _ = strings.Cut(more, "\n")
					m = yamlItem().FindStringSubmatch(line)
				}
			} else {
				add(strings.TrimSpace(first))
			}
		}
	}
	return out
}

// configInputs adds a config and all configs that it inherits, each file once.
func configInputs(path string, add func(input)) error {
	seen := map[string]bool{}
	var visit func(path, from string) error
	visit = func(path, from string) error {
		if seen[path] {
			return nil
		}
		seen[path] = true
		text, err := readFile(path, maxConfig)
		if os.IsNotExist(err) && from != "" {
			return &InputError{path, fmt.Sprintf("no such file, but %s inherits from it by _base_: put it there, or fix _base_", from)}
		} else if err != nil {
			return err
		}
		add(textInput("config "+path, string(text)))
		for _, b := range bases(string(text), filepath.Dir(path)) {
			if strings.Contains(b, "::") {
				add(input{"config " + b, "of a package"})
				continue
			}
			if !filepath.IsAbs(b) {
				b = filepath.Join(filepath.Dir(path), b)
			}
			if err := visit(filepath.Clean(b), path); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(filepath.Clean(path), "")
}
