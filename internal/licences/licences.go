// Package licences has the licences of what hubdata is built from: of the modules in it, and of Go's standard library.
package licences

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Text is the licences of all modules that the program has on any system, as [Collect] found them.
//
//go:embed licences.txt
var Text string

// A Module is a module in a program.
type Module struct{ Path, Version string }

// Collect reads the licences of modules, and of Go of a version, from the folders that the go command names.
func Collect(goVersion string, modules []Module) ([]byte, error) {
	var buf bytes.Buffer
	add := func(name, dir string) error {
		found := false
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			word, _, _ := strings.Cut(strings.ToUpper(e.Name()), ".")
			if e.IsDir() || word != "LICENSE" && word != "LICENCE" && word != "COPYING" && word != "NOTICE" && word != "PATENTS" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			fmt.Fprintf(&buf, "==== %s: %s\n\n%s\n\n", name, e.Name(), bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
			found = found || word != "NOTICE" && word != "PATENTS"
		}
		if !found {
			return fmt.Errorf("module %s has no licence in %s", name, dir)
		}
		return nil
	}
	root, err := goTool("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if err := add(strings.TrimSpace("Go "+goVersion), root); err != nil {
		return nil, err
	}
	for _, d := range modules {
		dir, err := goTool("list", "-m", "-f", "{{.Dir}}", d.Path)
		if err != nil {
			return nil, err
		}
		if err := add(strings.TrimSpace(d.Path+" "+d.Version), dir); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), nil
}

func goTool(words ...string) (string, error) {
	out, err := exec.Command("go", words...).Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(words, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
