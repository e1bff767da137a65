package sources

import (
	"errors"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
)

func TestCompareSums(t *testing.T) {
	now := map[string]*Sum{
		"a": {FileInfo: files.FileInfo{Name: "a.csv", SHA256: "1"}},
		"b": {FileInfo: files.FileInfo{Name: "b.csv", SHA256: "2"}},
		"c": {FileInfo: files.FileInfo{Name: "c.csv"}, Err: errors.New("unreadable")},
	}
	w := &Written{From: files.Provenance{
		Inputs: []files.FileInfo{{Name: "a.csv", SHA256: "1"}, {Name: "b.csv", SHA256: "3"}, {Name: "c.csv"},
			{Name: "d.csv"}}}}
	other, unknown := w.Compare(now)
	if !slices.Equal(other, []string{"b.csv"}) || !slices.Equal(unknown, []string{"c.csv", "d.csv"}) {
		t.Errorf("other %q, unknown %q", other, unknown)
	}
}
