package voc

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestGolden reads what datumaro wrote: reference/editors_golden.py.
func TestGolden(t *testing.T) {
	formattest.ReadGolden(t, &Format, "testdata/datumaro", "", "testdata/expected.json", map[string]string{"origin": "0"}, 37, 53)
}
