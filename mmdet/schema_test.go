package mmdet_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/hubdata/hubdata/mmdet"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a committed file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs: run go test ./mmdet -update and read the difference; got\n%s", name, got)
	}
}

// TestSchema compares the schema, and the same file in docs, with what the types say.
func TestSchema(t *testing.T) {
	text, err := mmdet.MakeSchema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "recipe.schema.json", text)
	golden(t, "../docs/recipe.schema.json", mmdet.Schema())
}
