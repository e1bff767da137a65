package labelme

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		{},
		{"masks": "masks"},
		{"fill": "labelme"},
	} {
		formattest.RoundTrip(t, &Format, chosen, chosen["fill"] == "labelme")
	}
}
