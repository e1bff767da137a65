package repotest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An exportedName is a constant, variable, function, type, method or field.
type exportedName struct {
	pkg    string // import path below the module
	name   string // of a method or field with its type
	member string // a method's or field's own name
	set    string // the type of a constant
	fn     bool   // a function
}

// TestExportedNamesUsed checks that every exported name is used outside of its package, if only in an example. A type
// is used if an exported declaration refers to it, a constant if another of its type or block is. Methods and fields
// are compared by their names alone. Every function of a public package is called in an example of the package.
func TestExportedNamesUsed(t *testing.T) {
	// Methods that are called through interfaces of the standard library.
	implied := []string{"Error", "Unwrap", "Is", "String", "Len", "Less", "Swap", "Push", "Pop", "Read", "Write", "Close", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText"}
	var names []exportedName
	used := map[string]bool{}    // package and name
	members := map[string]bool{} // of any type, by the package that does not use it
	users := map[string][]string{}
	shown := map[string]bool{} // by an example of the package itself
	goFiles(t, parser.SkipObjectResolution|parser.ParseComments, func(pkg, file string, parsed *ast.File) {
		external := strings.HasSuffix(parsed.Name.Name, "_test")
		if parsed.Name.Name != "main" && !strings.HasSuffix(file, "_test.go") {
			names = append(names, exportedNames(pkg, parsed)...)
			for name := range spokenOf(parsed) {
				used[pkg+" "+name] = true
			}
		}
		example := external && strings.HasPrefix(filepath.Base(file), "example")
		from := pkg // a test of the package itself is not a user
		if example {
			from += "_test"
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && external && strings.HasPrefix(f.Name.Name, "Example") && !hasOutput(parsed, f) {
				t.Errorf("%s: %s has no output", file, f.Name.Name)
			}
			for name := range usedNames(parsed, decl) {
				if strings.Contains(name, " ") {
					own := strings.HasPrefix(name, pkg+" ")
					shown[name] = shown[name] || example && own
					used[name] = used[name] || example || !own
				} else if !slices.Contains(users[name], from) {
					users[name] = append(users[name], from)
				}
			}
		}
	})
	for name, by := range users {
		members[name] = len(by) > 0
	}
	for _, n := range names {
		if n.set != "" && used[n.pkg+" "+n.name] {
			used[n.pkg+" set "+n.set] = true
		}
	}
	for _, n := range names {
		if n.fn && !isInternal(n.pkg) && !shown[n.pkg+" "+n.name] {
			t.Errorf("%s.%s: no example of the package calls it", n.pkg, n.name)
		}
		if n.member == "" {
			if !used[n.pkg+" "+n.name] && (n.set == "" || !used[n.pkg+" set "+n.set]) {
				t.Errorf("%s.%s: nothing outside of the package uses it, nor does an example", n.pkg, n.name)
			}
			continue
		}
		if slices.Contains(implied, n.member) {
			continue
		}
		if !slices.ContainsFunc(users[n.member], func(by string) bool { return by != n.pkg }) {
			t.Errorf("%s.%s: nothing outside of the package uses it, nor does an example", n.pkg, n.name)
		}
	}
}

// isInternal reports whether only this module can import a package.
func isInternal(pkg string) bool { return slices.Contains(strings.Split(pkg, "/"), "internal") }

// exportedNames are those that a file declares.
func exportedNames(pkg string, file *ast.File) []exportedName {
	var names []exportedName
	add := func(name, set string) {
		if ast.IsExported(name) {
			names = append(names, exportedName{pkg: pkg, name: name, set: set})
		}
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.IsExported() {
				names = append(names, exportedName{pkg: pkg, name: decl.Name.Name, fn: true})
			} else if decl.Recv == nil {
				continue
			} else if of := receiver(decl.Recv.List[0].Type); ast.IsExported(of) && decl.Name.IsExported() {
				names = append(names, exportedName{pkg: pkg, name: of + "." + decl.Name.Name, member: decl.Name.Name})
			}
		case *ast.GenDecl:
			set := ""
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					switch of := spec.Type.(type) { // without type and value it is as the one before
					case *ast.Ident:
						set = of.Name
					case *ast.SelectorExpr:
						set = of.Sel.Name
					case nil:
						if spec.Values != nil {
							set = fmt.Sprint("block ", decl.Pos())
						}
					}
					for _, n := range spec.Names {
						if decl.Tok == token.VAR {
							set = "" // a variable needs a use of its own
						}
						add(n.Name, set)
					}
				case *ast.TypeSpec:
					add(spec.Name.Name, "")
					if s, ok := spec.Type.(*ast.StructType); ok && spec.Name.IsExported() {
						names = append(names, fieldNames(pkg, spec.Name.Name, s)...)
					}
				}
			}
		}
	}
	return names
}

// fieldNames are the exported fields of a struct. Those with a tag are for an encoder.
func fieldNames(pkg, of string, s *ast.StructType) []exportedName {
	var names []exportedName
	for _, field := range s.Fields.List {
		for _, n := range field.Names {
			if n.IsExported() && field.Tag == nil {
				names = append(names, exportedName{pkg: pkg, name: of + "." + n.Name, member: n.Name})
			}
		}
	}
	return names
}

// spokenOf are the types of the package that its exported functions, methods, types,
// fields and variables refer to.
func spokenOf(file *ast.File) map[string]bool {
	names := map[string]bool{}
	look := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				return false
			case *ast.Field:
				if len(n.Names) > 0 && !slices.ContainsFunc(n.Names, (*ast.Ident).IsExported) && n.Tag != nil {
					return false
				}
			case *ast.Ident:
				names[n.Name] = true
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() {
				look(decl.Type)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					if spec.Type != nil && decl.Tok == token.VAR && slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
						look(spec.Type)
					}
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						look(spec.Type)
					}
				}
			}
		}
	}
	return names
}

// hasOutput reports whether an example has an output comment.
func hasOutput(file *ast.File, f *ast.FuncDecl) bool {
	for _, c := range file.Comments {
		text := strings.ToLower(c.Text())
		if f.Pos() < c.Pos() && c.End() <= f.End() && (strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:")) {
			return true
		}
	}
	return false
}

// receiver names the type of a method's receiver.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// usedNames are the names that a declaration uses: package and name of what is
// another package's, and the bare names of all that may be members.
func usedNames(file *ast.File, decl ast.Decl) map[string]bool {
	imports := map[string]string{} // local name to package below the module
	for _, spec := range file.Imports {
		if below, ours := moduleImport(spec); ours {
			local := path.Base(below)
			if spec.Name != nil {
				local = spec.Name.Name
			}
			imports[local] = below
		}
	}
	names := map[string]bool{}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && imports[x.Name] != "" {
				names[imports[x.Name]+" "+n.Sel.Name] = true
			} else {
				names[n.Sel.Name] = true
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				names[key.Name] = true
			}
		}
		return true
	})
	return names
}
