package app

import (
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
		{"hubdata folds -x5", "hubdata folds -x5 --"},
		{"hubdata submission encode a -o b", "hubdata submission encode -o b -- a"},
	} {
		got := arguments(newApp(ui.NewConsole(nil, nil, nil)), strings.Fields(tt.line))
		if want := strings.Fields(tt.want); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", tt.line, got, want)
		}
	}
}
