package mmdet

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A decoder fills a recipe from YAML nodes, and collects all problems.
type decoder struct {
	err   RecipeError
	lines map[string]int
}

func (d *decoder) problem(line int, path, format string, args ...any) {
	d.err.Problems = append(d.err.Problems, Problem{line, path, fmt.Sprintf(format, args...)})
}

func (d *decoder) recipe(root *yaml.Node, r *Recipe) { d.fields(root, reflect.ValueOf(r).Elem(), "") }

// kindOf describes the kind of a node for messages.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "the number " + n.Value
	case n.Tag == "!!bool":
		return n.Value
	}
	return strconv.Quote(n.Value)
}

// members calls f once for each key of a mapping.
func (d *decoder) members(n *yaml.Node, path string, f func(key string, v *yaml.Node, path string)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			d.problem(k.Line, path, "found a key that is not plain text: write the key as text")
			continue
		}
		at := k.Value
		if path != "" {
			at = path + "." + k.Value
		}
		if first, ok := seen[k.Value]; ok {
			d.problem(k.Line, at, "duplicate key, also at line %d: delete one", first)
			continue
		}
		seen[k.Value] = k.Line
		d.lines[at] = k.Line
		f(k.Value, v, at)
	}
}

// fields fills a struct.
func (d *decoder) fields(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, path, "found %s, expected keys: %s", kindOf(n), strings.Join(keysOf(v.Type()), ", "))
		return
	}
	d.members(n, path, func(key string, m *yaml.Node, at string) {
		if key == "true" && v.Type() == reflect.TypeFor[Stage]() { // what YAML 1.1, such as PyYAML, makes of the key on
			key, at = "on", path+".on"
			d.lines[at] = d.lines[path+".true"]
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") == key {
				d.value(m, v.Field(i), at)
				return
			}
		}
		d.problem(d.lines[at], at, "unknown key: %s", nearest(key, keysOf(v.Type())))
	})
}

// keysOf returns the keys of a struct of the recipe. The id of a dataset is not among
// them: it is the key of the dataset in its mapping.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && (t != reflect.TypeFor[Data]() || f.Name != "ID") {
			keys = append(keys, f.Tag.Get("json"))
		}
	}
	return keys
}

// value fills a value of any type that occurs in a recipe.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	unexpected := func(want string) { d.problem(n.Line, path, "found %s, expected %s", kindOf(n), want) }
	switch t := v.Type(); {
	case t == reflect.TypeFor[[]Data]():
		d.datasets(n, v.Addr().Interface().(*[]Data), path)
	case t == reflect.TypeFor[[]Argument]():
		d.arguments(n, v.Addr().Interface().(*[]Argument), path)
	case t == reflect.TypeFor[map[string]any]():
		if n.Kind != yaml.MappingNode {
			unexpected("keys with dots, such as optimizer.lr")
			return
		}
		v.Set(reflect.ValueOf(d.anyValue(n, path, 0)))
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		d.value(n, p.Elem(), path)
		v.Set(p)
	case t.Kind() == reflect.Struct:
		d.fields(n, v, path)
	case t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			unexpected("a list, such as [a, b]")
			return
		}
		v.Set(reflect.MakeSlice(t, 0, len(n.Content))) // an empty list is not an absent one
		for i, e := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.lines[at] = e.Line
			item := reflect.New(t.Elem()).Elem()
			d.word(e, item, at)
			v.Set(reflect.Append(v, item))
		}
	case t.Kind() == reflect.Map:
		if n.Kind != yaml.MappingNode {
			unexpected("keys with values")
			return
		}
		v.Set(reflect.MakeMap(t))
		d.members(n, path, func(key string, m *yaml.Node, at string) {
			item := reflect.New(t.Elem()).Elem()
			d.word(m, item, at)
			v.SetMapIndex(reflect.ValueOf(key), item)
		})
	case t.Kind() == reflect.String:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
				unexpected("text: put it in quotes")
			} else {
				unexpected("text")
			}
			return
		}
		v.SetString(n.Value)
	case t.Kind() == reflect.Int:
		var i int
		if n.Tag != "!!int" || n.Decode(&i) != nil {
			unexpected("a whole number")
			return
		}
		v.SetInt(int64(i))
	case t.Kind() == reflect.Float64:
		var f float64
		if n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&f) != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			unexpected("a number")
			return
		}
		v.SetFloat(f)
	case t.Kind() == reflect.Bool:
		var b bool
		if n.Tag != "!!bool" || n.Decode(&b) != nil {
			unexpected("true or false")
			return
		}
		v.SetBool(b)
	}
}

// word fills a value. A number may be a word of a command line or the like.
func (d *decoder) word(n *yaml.Node, v reflect.Value, path string) {
	if v.Kind() == reflect.String && (n.Tag == "!!int" || n.Tag == "!!float") {
		v.SetString(n.Value)
		return
	}
	d.value(n, v, path)
}

// arguments fills a command line: words, and inner lists of words.
func (d *decoder) arguments(n *yaml.Node, list *[]Argument, path string) {
	if n.Kind != yaml.SequenceNode {
		d.problem(n.Line, path, "found %s, expected a list of words, such as [python, train.py, \"{train}\"]", kindOf(n))
		return
	}
	for i, e := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.lines[at] = e.Line
		var a Argument
		if a.Optional = e.Kind == yaml.SequenceNode; a.Optional {
			d.value(e, reflect.ValueOf(&a.Words).Elem(), at)
		} else {
			a.Words = []string{""}
			d.word(e, reflect.ValueOf(&a.Words[0]).Elem(), at)
		}
		*list = append(*list, a)
	}
}

// datasets fills the list of datasets, which is a mapping in the file.
func (d *decoder) datasets(n *yaml.Node, list *[]Data, path string) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, path, "found %s, expected ids of datasets, each with coco: and other keys", kindOf(n))
		return
	}
	d.members(n, path, func(id string, m *yaml.Node, at string) {
		data := Data{}
		d.fields(m, reflect.ValueOf(&data).Elem(), at)
		if d.lines[at+".id"] > 0 {
			d.problem(d.lines[at+".id"], at+".id", "unknown key: the id of a dataset is the key above it")
		}
		data.ID = id
		*list = append(*list, data)
	})
}

// maxDepth is the maximum nesting of values.
const maxDepth = 30

// tupleKey, as the only key of a mapping, marks a Python tuple. Neither YAML nor JSON
// has tuples, and some of MMDetection's classes, such as Resize, do not accept a list
// instead.
const tupleKey = "_tuple_"

// anyValue returns a value of unknown structure as a Go value: nil, bool, int64,
// float64, string, []any, map[string]any or tuple.
func (d *decoder) anyValue(n *yaml.Node, path string, depth int) any {
	if depth > maxDepth {
		d.problem(n.Line, path, "found values nested more than %d deep", maxDepth)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		d.members(n, path, func(key string, v *yaml.Node, at string) { m[key] = d.anyValue(v, at, depth+1) })
		if v, ok := m[tupleKey]; ok {
			list, isList := v.([]any)
			if !isList || len(m) > 1 {
				d.problem(n.Line, path, "found %s, expected a list under it and no other key, such as {%s: [512, 512]}", tupleKey, tupleKey)
			}
			return tuple(list)
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for i, e := range n.Content {
			list = append(list, d.anyValue(e, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
		return list
	}
	var err error
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if err = n.Decode(&b); err == nil {
			return b
		}
	case "!!int":
		var i int64
		if err = n.Decode(&i); err == nil {
			return i
		}
	case "!!float":
		var f float64
		if err = n.Decode(&f); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	case "!!str":
		return n.Value
	}
	d.problem(n.Line, path, "found %s, expected text, a number, true, false or null: put text in quotes", n.Value)
	return nil
}
