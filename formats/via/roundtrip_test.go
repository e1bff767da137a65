package via

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		{},
		{"class-attribute": "type \"é\""},
	} {
		formattest.RoundTrip(t, &Format, chosen, false)
	}
}
