package cvat

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestGolden reads what datumaro wrote: reference/editors_golden.py.
func TestGolden(t *testing.T) {
	formattest.ReadGolden(t, &Format, "testdata/datumaro", "", "testdata/expected.json", nil, 37, 53)
}
