package mmdet

import (
	"bytes"
	_ "embed"
)

// schema is made of the types of recipes by go test ./mmdet -update.
//
//go:embed recipe.schema.json
var schema []byte

// Schema returns the JSON Schema of recipes, for editors. It has keys and types;
// [ReadRecipe] checks more.
func Schema() []byte { return bytes.Clone(schema) }
