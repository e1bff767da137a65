package licences_test

import (
	"bytes"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/internal/licences"
)

// TestText: the licences are those of the modules that the program is built from.
func TestText(t *testing.T) {
	modules := map[string]bool{}
	for _, system := range []string{"linux", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "github.com/hubdata/hubdata/cmd/hubdata")
		cmd.Env = append(cmd.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Skip("needs the go command and the modules: ", err)
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); line != "" {
				modules[line] = true
			}
		}
	}
	var list []licences.Module
	for _, line := range slices.Sorted(maps.Keys(modules)) {
		path, version, _ := strings.Cut(line, " ")
		list = append(list, licences.Module{Path: path, Version: version})
	}
	got, err := licences.Collect("", list) // without a version: that of Go differs between builds
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "licences.txt", got)
	if !golden.Update() && !bytes.Equal(got, []byte(licences.Text)) {
		t.Error("the program has other licences")
	}
	for _, part := range []string{"==== Go: LICENSE", "==== github.com/klauspost/compress v", "==== go.yaml.in/yaml/v3 v", "==== golang.org/x/image v"} {
		if !strings.Contains(licences.Text, part) && !golden.Update() {
			t.Errorf("no %q", part)
		}
	}
}
