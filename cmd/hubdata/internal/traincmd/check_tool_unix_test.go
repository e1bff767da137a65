//go:build unix

package traincmd

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

// TestSlowPython: a Python that gives no answer in time is not called faulty.
func TestSlowPython(t *testing.T) {
	python := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(python, []byte("#!/bin/sh\nexec sleep 60\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	r := &mmdet.Recipe{Tool: mmdet.Tool{Python: python, Needs: []mmdet.Need{{Module: "torch"}}}}
	var got checkedTool
	if err := got.askPython(t.Context(), r, 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	expected := []string{"packages of Python, which gave no answer within 10ms"}
	if len(got.Findings) > 0 || !slices.Equal(got.NotChecked, expected) {
		t.Errorf("found %v, not checked %q, expected %q", got.Findings, got.NotChecked, expected)
	}
}
