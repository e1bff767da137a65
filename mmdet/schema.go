package mmdet

import (
	"bytes"
	_ "embed"
)

// schema is generated from the types of recipes by go test ./mmdet -update.
//
//go:embed recipe.schema.json
var schema []byte

// Schema returns the JSON Schema of recipes, for editors. It contains keys and types;
// [ReadRecipe] checks more.
func Schema() []byte { return bytes.Clone(schema) }
