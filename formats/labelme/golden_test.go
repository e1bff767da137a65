package labelme

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

// TestGolden reads what labelme wrote: reference/editors_golden.py.
func TestGolden(t *testing.T) {
	formattest.ReadGolden(t, &Format, "testdata", "labelme.json", "testdata/expected/labelme.json", map[string]string{"fill": "labelme"}, 37, 53)
}
