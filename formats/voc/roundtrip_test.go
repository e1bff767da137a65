package voc

import (
	"testing"

	"github.com/hubdata/hubdata/formats/internal/formattest"
)

func TestRoundTrip(t *testing.T) {
	for _, chosen := range []map[string]string{
		{},
		{"origin": "0"},
	} {
		formattest.RoundTrip(t, &Format, chosen, true)
	}
}
