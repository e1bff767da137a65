//go:build unix

package traincmd_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
)

// TestDatasetPipe: a named pipe in the place of a recipe's dataset is an error, and is not waited for.
func TestDatasetPipe(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{
		"a.py": "",
		"recipe.yaml": "version: 1\nname: lab\ndialect: mmdet2\nclasses: [blood_vessel]\ntool: {python: python3, root: tool}\nroots: {configs: ., data: .}\n" +
			"datasets:\n  t: {coco: t.json}\nstages:\n  - {id: s1, kind: train, config: a.py, train: t, val: t}\n",
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "t.json"), 0o666); err != nil {
		t.Skip(err)
	}
	ended := make(chan struct{})
	var code int
	var stdout, stderr string
	go func() {
		defer close(ended)
		code, stdout, stderr = clitest.Hubdata(t, t.Context(), "train", "check", "--no-tool", dir)
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits")
	}
	if code != 3 || !strings.Contains(stderr, "t.json: found a named pipe, expected a regular file") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
