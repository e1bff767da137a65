// Package longtest says how much of a test runs that takes long. A plain "go test ./..." tries a part of it, .ci/run all,
// with HUBDATA_LONG=1. Only tests import it.
package longtest

import (
	"os"
	"testing"
)

// All reports whether HUBDATA_LONG is set: tests run all that they have.
func All() bool { return os.Getenv("HUBDATA_LONG") != "" }

// Share is how many cases of a campaign of n a test runs: all of them if [All], else the first few.
func Share(n, few int) int {
	if All() {
		return n
	}
	return few
}

// Only skips a test of which a plain run has no part, unless [All].
func Only(t *testing.T) {
	t.Helper()
	if !All() {
		t.Skip("takes long: .ci/run runs it, with HUBDATA_LONG=1")
	}
}
