package labelstudio

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		{"write": "annotations"},
		{"write": "predictions", "read": "predictions"},
	} {
		formattest.RoundTrip(t, &Format, chosen, false)
	}
}
