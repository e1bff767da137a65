package mmdet_test

import (
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/mmdet"
)

// TestSchema compares the schema and its copy in docs with the types.
func TestSchema(t *testing.T) {
	text, err := mmdet.MakeSchema()
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "recipe.schema.json", text)
	golden.Equal(t, "../docs/recipe.schema.json", mmdet.Schema())
}
