package mmdet

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

// choices are the allowed values of keys that are limited to some.
var choices = map[string][]string{
	"Recipe.dialect": {string(MMDet2), string(MMDet3)},
	"Launch.engine":  {string(Local), string(SlurmEngine)},
	"Slurm.launcher": {"srun", "torchrun"},
	"Stage.kind":     kindNames,
	"Stage.augment":  {"light", "heavy"},
}

// required are the keys that must be present.
var required = map[string][]string{
	"Recipe": {"version", "name", "classes", "stages"},
	"Build":  {"command"},
	"Stage":  {"id", "kind"},
}

// MakeSchema makes the JSON Schema of recipes from the types of recipe.go. Their
// comments become its descriptions.
func MakeSchema() ([]byte, error) {
	comments, err := recipeComments()
	if err != nil {
		return nil, err
	}
	g := &schemaMaker{comments: comments, defs: map[string]any{}}
	root := g.object(reflect.TypeFor[Recipe]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "A recipe of hubdata train"
	root["$defs"] = g.defs
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// recipeComments returns the comments of types and of their keys, by Type and Type.key.
func recipeComments() (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "recipe.go", nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	text := func(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.TYPE {
			continue
		}
		for _, spec := range d.Specs {
			t := spec.(*ast.TypeSpec)
			comments[t.Name.Name] = text(d.Doc)
			fields, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range fields.Fields.List {
				if f.Tag == nil {
					continue
				}
				key := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json")
				comments[t.Name.Name+"."+key] = text(f.Comment)
			}
		}
	}
	return comments, nil
}

// A schemaMaker makes schemas of types.
type schemaMaker struct {
	comments map[string]string
	defs     map[string]any
}

// object returns the schema of a struct.
func (g *schemaMaker) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	for _, key := range keysOf(t) {
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("json") == key {
				name := t.Name() + "." + key
				s := g.schema(f.Type)
				if c := g.comments[name]; c != "" {
					s["description"] = c
				}
				if list := choices[name]; list != nil {
					s["enum"] = list
				}
				if name == "Recipe.version" {
					s["const"] = Version
				}
				properties[key] = s
			}
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false, "description": g.comments[t.Name()]}
	if list := required[t.Name()]; list != nil {
		s["required"] = list
	}
	return s
}

// schema returns the schema of a type. Those of structs are references.
func (g *schemaMaker) schema(t reflect.Type) map[string]any {
	if t == reflect.TypeFor[Argument]() {
		word := []string{"string", "number"}
		return map[string]any{"anyOf": []any{map[string]any{"type": word}, map[string]any{"type": "array", "items": map[string]any{"type": word}}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.schema(t.Elem())
	case reflect.Struct:
		if g.defs[t.Name()] == nil {
			g.defs[t.Name()] = g.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Slice:
		if t.Elem() == reflect.TypeFor[Data]() {
			return map[string]any{"type": "object", "additionalProperties": g.schema(t.Elem())}
		}
		item := g.schema(t.Elem())
		if t.Elem().Kind() == reflect.String {
			item["type"] = []string{"string", "number"} // a word such as 2 needs no quotes
		}
		return map[string]any{"type": "array", "items": item}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return map[string]any{"type": "object"}
		}
		item := g.schema(t.Elem())
		if t.Elem().Kind() == reflect.String {
			item["type"] = []string{"string", "number"}
		}
		return map[string]any{"type": "object", "additionalProperties": item}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	}
	return map[string]any{"type": "string"}
}
