package repotest

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

// program is where the packages of the program are.
const program = "cmd/hubdata/internal/"

// TestArchitectureTree compares the tables of packages in docs/architecture.md with the
// tree: each package has a row, which names the packages of the module that it imports, of
// the program's packages only those of the program. The first imports all.
func TestArchitectureTree(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	rows := map[string][]string{} // by folder, what it imports
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
			rows[folder[1]] = list
		}
	}
	for folder, imports := range packageImports(t) {
		list, ok := rows[folder]
		if strings.HasPrefix(folder, program) {
			imports = programImports(imports)
		}
		switch {
		case folder == "cmd/hubdata" || folder == program+"app" || strings.HasPrefix(folder, "bench/") || strings.HasPrefix(folder, "examples/"):
		case !ok:
			t.Errorf("docs/architecture.md: the tree has no row for %s", folder)
		default:
			if got := slices.Sorted(slices.Values(list)); !slices.Equal(got, imports) {
				t.Errorf("docs/architecture.md: %s imports %q, the row says %q", folder, imports, got)
			}
		}
	}
}

// programImports are the last elements of those imports that belong to the program.
func programImports(imports []string) []string {
	list := []string{}
	for _, folder := range imports {
		if name, ok := strings.CutPrefix(folder, program); ok {
			list = append(list, name)
		}
	}
	return list
}

// packageImports returns for each folder with a package which packages of the module it
// imports, without those of its tests.
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
