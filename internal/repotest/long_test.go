package repotest

import (
	"go/ast"
	"go/parser"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLongTestsRun checks that .ci/run runs, by name and package, each test that does more with HUBDATA_LONG.
func TestLongTestsRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	step := regexp.MustCompile(`(?m)^HUBDATA_LONG=1 go test .*$`).FindString(string(text))
	found := 0
	goFiles(t, parser.SkipObjectResolution, func(folder, file string, parsed *ast.File) {
		if !strings.HasSuffix(file, "_test.go") {
			return
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for name := range usedNames(parsed, f) {
				if !strings.HasPrefix(name, "internal/longtest ") {
					continue
				}
				found++
				if !regexp.MustCompile(`\b`+f.Name.Name+`\b`).MatchString(step) || !strings.Contains(step+" ", " ./"+folder+" ") {
					t.Errorf(".ci/run: the long tests lack %s of %s", f.Name.Name, folder)
				}
			}
		}
	})
	if found == 0 {
		t.Error("found no long test")
	}
}
