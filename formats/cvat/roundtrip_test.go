package cvat

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		{},
		{"masks": "masks"},
	} {
		formattest.RoundTrip(t, &Format, chosen, false)
	}
}
