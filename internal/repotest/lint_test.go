package repotest

import (
	"go/ast"
	"go/parser"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLintNamesCommands checks that a rule of .golangci.yml keeps the other packages of the program from importing
// each command.
func TestLintNamesCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]bool{}
	goFiles(t, parser.PackageClauseOnly, func(folder, _ string, _ *ast.File) {
		if strings.HasPrefix(folder, program) && strings.HasSuffix(folder, "cmd") {
			commands[folder] = true
		}
	})
	if len(commands) < 13 {
		t.Errorf("found %d commands", len(commands))
	}
	for folder := range commands {
		if !strings.Contains(string(text), "- pkg: "+modulePath+"/"+folder+"\n") {
			t.Errorf(".golangci.yml: no rule denies %s", folder)
		}
	}
}
