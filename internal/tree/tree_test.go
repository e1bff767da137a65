package tree

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestArchitectureTree holds the table of the tree in docs/architecture.md against the
// packages: each has a row, and it names the packages of the module that it imports.
func TestArchitectureTree(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	told := map[string][]string{} // by folder, what it imports
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		for _, folder := range quoted.FindAllStringSubmatch(cells[1], -1) {
			list := []string{}
			for _, name := range quoted.FindAllStringSubmatch(cells[3], -1) {
				list = append(list, name[1])
			}
			told[folder[1]] = list
		}
	}
	for folder, imports := range packageImports(t) {
		list, ok := told[folder]
		switch {
		case folder == "cmd/hubdata" || strings.HasPrefix(folder, "bench/") || strings.HasPrefix(folder, "examples/"):
		case !ok:
			t.Errorf("docs/architecture.md: the tree has no row for %s", folder)
		default:
			if got := slices.Sorted(slices.Values(list)); !slices.Equal(got, imports) {
				t.Errorf("docs/architecture.md: %s imports %q, the row says %q", folder, imports, got)
			}
		}
	}
}

// packageImports tells for each folder with a package which packages of the module it
// imports, tests left out.
func packageImports(t *testing.T) map[string][]string {
	t.Helper()
	sets := map[string]map[string]bool{}
	goFiles(t, parser.ImportsOnly, func(folder, file string, parsed *ast.File) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		if sets[folder] == nil {
			sets[folder] = map[string]bool{}
		}
		for _, spec := range parsed.Imports {
			if below, ours := moduleImport(spec); ours {
				sets[folder][below] = true
			}
		}
	})
	out := map[string][]string{}
	for folder, set := range sets {
		out[folder] = slices.Sorted(maps.Keys(set))
	}
	return out
}

const modulePath = "github.com/hubdata/hubdata"

// moduleImport is the folder of a package of the module that is imported.
func moduleImport(spec *ast.ImportSpec) (folder string, ours bool) {
	at, err := strconv.Unquote(spec.Path.Value)
	folder, ours = strings.CutPrefix(at, modulePath+"/")
	return folder, ours && err == nil
}

// goFiles parses the Go files of the module; folders have slashes.
func goFiles(t *testing.T, mode parser.Mode, f func(folder, file string, parsed *ast.File)) {
	t.Helper()
	root, fset := filepath.Join("..", ".."), token.NewFileSet()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(fset, file, nil, mode)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		f(filepath.ToSlash(folder), file, parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
