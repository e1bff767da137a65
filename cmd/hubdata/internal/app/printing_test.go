package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestAllTextIsEscaped: the program prints what is in an input or on the command line with ui.Fprintf, which escapes it.
// The functions of fmt that print are for texts of the program, as literals.
func TestAllTextIsEscaped(t *testing.T) {
	data := map[string]bool{ // what prints data or nothing of an input
		"../app/help.go":            true, // the help of the commands
		"../democmd/demo.go":        true, // a file of the demo
		"../submissioncmd/check.go": true, // JSON, in parts
		"../ui/text.go":             true, // Fprintf itself
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || data[path] {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			if i.Path.Value == `"text/tabwriter"` {
				t.Errorf("%s imports text/tabwriter: use ui.Table", path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && isPrinting(f) && !onlyLiterals(call.Args[min(1, len(call.Args)):]) {
				t.Errorf("%s: fmt.%s prints something raw: use ui.Fprintf", set.Position(n.Pos()), f.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// isPrinting reports whether a call prints by package fmt.
func isPrinting(f *ast.SelectorExpr) bool {
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "fmt" && (strings.HasPrefix(f.Sel.Name, "Fprint") || strings.HasPrefix(f.Sel.Name, "Print"))
}

func onlyLiterals(list []ast.Expr) bool {
	for _, e := range list {
		if _, ok := e.(*ast.BasicLit); !ok {
			return false
		}
	}
	return true
}
