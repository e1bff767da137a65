package checkcmd

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// TestCheckDocs keeps docs/checks.md equal to the rules (make docs).
func TestCheckDocs(t *testing.T) {
	var b bytes.Buffer
	if err := writeRules(&b, true); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, filepath.Join(golden.Repository(t), "docs", "checks.md"), b.Bytes())
}
