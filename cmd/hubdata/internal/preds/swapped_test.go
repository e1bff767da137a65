package preds_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestSwapped: the hint is given where the two files are of each other's kind, and nowhere else.
func TestSwapped(t *testing.T) {
	t.Chdir(clitest.Folder(t, map[string]string{
		"dataset.json": " \n{}", "results.json": "[]", "table.csv": "id,height\n", "empty.json": "", "dataset.json.gz": clitest.Gzip("{}"), "folder/a": "",
	}))
	failed := errors.New("failed")
	for _, test := range []struct {
		truth, results string
		want           bool
	}{
		{"results.json", "dataset.json", true},
		{"results.json", "dataset.json.gz", true},
		{"results.json", "folder", true},
		{"table.csv", "dataset.json", true},
		{"empty.json", "dataset.json", true},
		{"dataset.json", "results.json", false},
		{"dataset.json", "dataset.json", false},
		{"results.json", "results.json", false},
		{"results.json", "none.json", false},
		{"results.json", "-", false},
		{"folder", "dataset.json", false},
	} {
		var stderr strings.Builder
		c := ui.NewConsole(strings.NewReader("{}"), io.Discard, &stderr)
		err := preds.Swapped(c, failed, test.truth, test.results, "hubdata eval A B")
		if !errors.Is(err, failed) {
			t.Errorf("%s, %s: %v is not the error that was given", test.truth, test.results, err)
		}
		c.Report(t.Context(), err)
		if got := strings.Contains(stderr.String(), "hint: are the ground truth and the results swapped? hubdata eval A B\n"); got != test.want {
			t.Errorf("%s, %s: %q, expected a hint: %v", test.truth, test.results, stderr.String(), test.want)
		}
		if missing := fmt.Errorf("a: %w", fs.ErrNotExist); preds.Swapped(c, missing, test.truth, test.results, "") != missing {
			t.Errorf("%s, %s: a hint for a file that does not exist", test.truth, test.results)
		}
		if preds.Swapped(c, nil, test.truth, test.results, "") != nil {
			t.Errorf("%s, %s: an error from none", test.truth, test.results)
		}
	}
}
