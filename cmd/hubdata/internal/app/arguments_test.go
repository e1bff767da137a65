package app

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

func TestArguments(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"hubdata", "hubdata"},
		{"hubdata --version", "hubdata --version"},
		{"hubdata folds", "hubdata folds --"},
		{"hubdata folds DIR -k 5 --json", "hubdata folds -k 5 --json -- DIR"},
		{"hubdata folds -k5 DIR", "hubdata folds -k 5 -- DIR"},
		{"hubdata folds -k=5", "hubdata folds -k=5 --"},
		{"hubdata folds --out=x -o y", "hubdata folds --out=x -o y --"},
		{"hubdata folds -out x", "hubdata folds -out x --"},
		{"hubdata convert -ofile -j4", "hubdata convert -o file -j 4 --"},
		{"hubdata convert -o - -", "hubdata convert -o - -- -"},
		{"hubdata convert -- -k5", "hubdata convert -- -k5"},
		{"hubdata folds DIR --json -k", "hubdata folds --json -k"},
		{"hubdata folds DIR -k -- --json", "hubdata folds -k"},
		{"hubdata convert -o=-- DIR", "hubdata convert -o=-- -- DIR"},
		{"hubdata folds -x5", "hubdata folds -x5 --"},
		{"hubdata submission encode a -o b", "hubdata submission encode -o b -- a"},
	} {
		got := arguments(newApp(ui.NewConsole(nil, nil, nil)), strings.Fields(tt.line))
		if want := strings.Fields(tt.want); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", tt.line, got, want)
		}
	}
}

// TestFlagHints: an unknown flag is answered with the one that was perhaps meant.
func TestFlagHints(t *testing.T) {
	for line, want := range map[string]string{
		"-v":                   "did you mean --version?",
		"-V":                   `did you mean "hubdata --version"?`,
		"check -v a.json":      `did you mean "hubdata --version"?`,
		"check --version":      `did you mean "hubdata --version"?`,
		"eval --bytile a b":    "did you mean --by?",
		"eval --bytile=3 a b":  "did you mean --by?",
		"eval --pr a b":        "did you mean --pr-curve?",
		"show --imagedir x":    "did you mean --image-dir?",
		"filter --output a.js": "did you mean --out?",
	} {
		var stderr strings.Builder
		code := Run(t.Context(), append([]string{"hubdata"}, strings.Fields(line)...), strings.NewReader(""), io.Discard, &stderr)
		if code != ui.ExitUsage || !strings.Contains(stderr.String(), "\nhint: "+want+"\n") {
			t.Errorf("%s: exit code %d, found %q, expected %q", line, code, stderr.String(), want)
		}
	}
}

// TestFlagValues: a missing or wrong value is an error that says what was expected, and of what.
func TestFlagValues(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"folds -k", "folds: -k needs a value"},
		{"folds -k -- DIR", "folds: -k needs a value"},
		{"filter -o -- a.json", "filter: -o needs a value"},
		{"folds . --out", "folds: --out needs a value"},
		{"folds -k5x", `folds: -k: found "5x", expected a whole number`},
		{"folds -kj2", `folds: -k: found "j2", expected a whole number`},
		{"folds --seed -1", `folds: --seed: found "-1", expected a whole number from 0`},
		{"folds -k 99999999999999999999", `folds: -k: found "99999999999999999999", expected a whole number that is not so large`},
		{"report --iou x", `report: --iou: found "x", expected a number`},
	} {
		var stderr strings.Builder
		code := Run(t.Context(), append([]string{"hubdata"}, strings.Fields(tt.line)...), strings.NewReader(""), io.Discard, &stderr)
		if first, _, _ := strings.Cut(stderr.String(), "\n"); code != ui.ExitUsage || first != "hubdata: "+tt.want {
			t.Errorf("%s: exit code %d, found %q, expected %q", tt.line, code, stderr.String(), tt.want)
		}
	}
}
