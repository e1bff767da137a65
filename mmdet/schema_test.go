package mmdet_test

import (
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/mmdet"
)

func TestSchema(t *testing.T) {
	text, err := mmdet.Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "../docs/recipe.schema.json", text)
}
