package mmdet_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/mmdet"
)

// TestProblemsOrder: the problems of one line come in the same order in every run.
func TestProblemsOrder(t *testing.T) {
	const recipe = `{"version": 1, "name": "line", "classes": ["a"], "roots": {"work": "~/w", "data": "~/d", "source": "~/s", "images": "~/i"}, "datasets": {"t": {"coco": "t.json"}},` +
		` "stages": [{"id": "s", "kind": "command", "train": "t", "argv": ["p", "{x}"], "resume_argv": ["p", "{y}"], "output": {"checkpoints": "e.pt", "best": "{epoch}{epoch}"}},` +
		` {"id": "f", "kind": "fuse", "inputs": ["s"], "weight": {"a": 1, "b": 2, "c": 3}}]}`
	first := ""
	for range 30 {
		_, err := mmdet.ReadRecipe(strings.NewReader(recipe), "r.json")
		var problems *mmdet.RecipeError
		if !errors.As(err, &problems) {
			t.Fatalf("got %v, expected problems", err)
		}
		if first == "" {
			first = err.Error()
		}
		if err.Error() != first {
			t.Fatalf("found\n%v\nexpected, as in the first run,\n%s", err, first)
		}
	}
	for _, path := range []string{"roots.work", "argv[1]", "resume_argv[1]", "output.checkpoints", "output.best", "weight.a", "weight.b", "weight.c"} {
		if !strings.Contains(first, path) {
			t.Errorf("no problem of %s in\n%s", path, first)
		}
	}
}
