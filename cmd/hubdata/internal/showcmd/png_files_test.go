package showcmd

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzShowFileName: a name of a file in a folder, different from all others also
// where capitals do not count.
func FuzzShowFileName(f *testing.F) {
	seeds := []string{"../../up", `..\..\up`, "C:\\x", "", ".", "a/b", "a\x00b", "con", "CON", "nul.png", ".hidden", "-o", "ä",
		strings.Repeat("long", 100), "\x1b[31mred", "new\nline"}
	for i, name := range seeds {
		f.Add(name, seeds[(i+1)%len(seeds)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := &pngFiles{names: map[string]bool{}}
		var got []string
		for _, tile := range []string{a, b, a} {
			name := s.fileName(tile)
			if !fs.ValidPath(name) || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\:*?"<>|`) || name[0] == '.' || len(name) > maxFileName+8 {
				t.Fatalf("%q becomes %q", tile, name)
			}
			if slices.ContainsFunc(got, func(g string) bool { return strings.EqualFold(g, name) }) {
				t.Fatalf("%q is a duplicate: %q", name, got)
			}
			got = append(got, name)
		}
	})
}
