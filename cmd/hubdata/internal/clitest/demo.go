package clitest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
)

// Demo makes the folder of "hubdata demo", called demo, with the given flags.
func Demo(t *testing.T, flags ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if err := WriteDemo(dir, flags...); err != nil {
		t.Fatal(err)
	}
	return dir
}

// WriteDemo writes the files of "hubdata demo" with the given flags into a folder. What flags give is generated once in a
// process, since that takes a second of processor time, and held in memory.
func WriteDemo(dir string, flags ...string) error {
	files, err := demoFiles(flags)
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

var demos struct {
	sync.Mutex
	made map[string]map[string][]byte // by flags, files by path
}

// demoFiles returns the files of a demo by their paths.
func demoFiles(flags []string) (map[string][]byte, error) {
	demos.Lock()
	defer demos.Unlock()
	key := strings.Join(flags, " ")
	if files := demos.made[key]; files != nil {
		return files, nil
	}
	parent, err := os.MkdirTemp("", "demo")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(parent) }()
	dir := filepath.Join(parent, "demo")
	var stderr strings.Builder
	args := slices.Concat([]string{"hubdata", "demo", "--quiet"}, flags, []string{dir})
	if code := app.Run(context.Background(), args, strings.NewReader(""), io.Discard, &stderr); code != 0 {
		return nil, fmt.Errorf("%q: exit code %d: %s", args, code, &stderr)
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	if demos.made == nil {
		demos.made = map[string]map[string][]byte{}
	}
	demos.made[key] = files
	return files, nil
}
