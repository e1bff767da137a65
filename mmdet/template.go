package mmdet

import (
	"errors"
	"fmt"
	"strings"
)

// A template is a word of a command line with placeholders in braces. {{ and }} stand
// for single braces.
type template []templatePart

// A templatePart is text or, if name is set, a placeholder.
type templatePart struct{ text, name string }

var errBrace = errors.New("found a single brace, expected a placeholder such as {train}, or {{ or }} for a brace")

func parseTemplate(word string) (template, error) {
	var t template
	text := ""
	for word != "" {
		i := strings.IndexAny(word, "{}")
		if i < 0 {
			text += word
			break
		}
		text += word[:i]
		if word = word[i:]; len(word) > 1 && word[0] == word[1] {
			text, word = text+word[:1], word[2:]
			continue
		}
		end := strings.IndexByte(word, '}')
		if word[0] == '}' || end < 0 || strings.Contains(word[1:end], "{") {
			return nil, errBrace
		}
		t = append(t, templatePart{text: text}, templatePart{name: word[1:end]})
		text, word = "", word[end+1:]
	}
	return append(t, templatePart{text: text}), nil
}

// names returns the placeholders of a template.
func (t template) names() []string {
	var names []string
	for _, p := range t {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// fill returns the text of a template. missing is the first placeholder without a value.
func (t template) fill(values map[string]string) (text, missing string) {
	var out strings.Builder
	for _, p := range t {
		out.WriteString(p.text)
		if p.name == "" {
			continue
		}
		v := values[p.name]
		if v == "" && missing == "" {
			missing = p.name
		}
		out.WriteString(v)
	}
	return out.String(), missing
}

// fillWord returns a word with its placeholders replaced.
func fillWord(word string, values map[string]string) (text, missing string, err error) {
	t, err := parseTemplate(word)
	if err != nil {
		return "", "", err
	}
	text, missing = t.fill(values)
	return text, missing, nil
}

// fillArgs returns a command line. It leaves out the optional words that have a
// placeholder without a value.
func fillArgs(args []Argument, values map[string]string) ([]string, error) {
	var out []string
	for _, a := range args {
		var words []string
		absent := false
		for _, w := range a.Words {
			text, missing, err := fillWord(w, values)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", w, err)
			}
			if missing != "" && !a.Optional {
				return nil, fmt.Errorf("%q: {%s} has no value here", w, missing)
			}
			absent = absent || missing != ""
			words = append(words, text)
		}
		if !absent {
			out = append(out, words...)
		}
	}
	return out, nil
}
