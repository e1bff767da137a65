package labelstudio

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestGolden reads what Label Studio's converter wrote: reference/editors_golden.py.
func TestGolden(t *testing.T) {
	formattest.ReadGolden(t, &Format, "testdata", "brush.json", "testdata/expected/brush.json", nil, 37, 53)
}
