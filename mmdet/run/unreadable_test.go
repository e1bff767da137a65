//go:build unix

package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestUnreadable: a stage of which something cannot be read does not hide the others, and is not run.
func TestUnreadable(t *testing.T) {
	const state = "work/s1/hubdata/stage.json"
	large := func(size int64) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, size); err != nil { // without blocks on the disk
				t.Fatal(err)
			}
		}
	}
	pipe := func(t *testing.T, path string) {
		if err := syscall.Mkfifo(path, 0o666); err != nil {
			t.Skip(err)
		}
	}
	text := func(text string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name, file string
		spoil      func(t *testing.T, path string)
		expected   string
	}{
		{"no state", state, text("{"), "stage.json: unexpected end of JSON input, expected a file that hubdata wrote"},
		{"large state", state, large(1 << 40), "stage.json: found more than 67108864 bytes"},
		{"pipe for a state", state, pipe, "stage.json: found a named pipe, expected a regular file"},
		{"choice elsewhere", state, text(`{"version": 1, "status": "done", "choice": {"file": "../s2/epoch_1.pth"}}`),
			`stage.json: found choice.file "../s2/epoch_1.pth", expected the name of a file in`},
		{"absolute choice", state, text(`{"version": 1, "status": "done", "choice": {"file": "/etc/passwd"}}`),
			`found choice.file "/etc/passwd"`},
		{"no choice", state, text(`{"version": 1, "status": "done", "choice": {"file": ""}}`), `found choice.file ""`},
		{"pipe for a lock", "work/.hubdata/s1.lock", pipe, "s1.lock: found a named pipe, expected a regular file"},
		{"large lock", "work/.hubdata/s1.lock", large(1 << 40), "s1.lock: found more than 65536 bytes"},
		{"large log", "work/s1/20260101_000000.log.json", large(1 << 40),
			"20260101_000000.log.json: found more than 268435456 bytes"},
		{"long line", "work/s1/20260101_000000.log.json",
			text(`{"mode": "train", "a": "` + strings.Repeat("a", 2<<20) + "\"}\n"),
			"20260101_000000.log.json:1: found a line of 2097178 bytes, expected at most 1048576"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, chain, "")
			path := filepath.Join(l.dir, filepath.FromSlash(tt.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, path)
			ended := make(chan []Status)
			go func() { ended <- l.runner().Status() }()
			var got []Status
			select {
			case got = <-ended:
			case <-time.After(10 * time.Second):
				t.Fatal("status waits")
			}
			if got[0].Condition != IsUnreadable || !strings.Contains(strings.Join(got[0].Why, "; "), tt.expected) {
				t.Errorf("s1 is %s: %q, expected %q", got[0].Condition, got[0].Why, tt.expected)
			}
			if got[1].Condition != IsBlocked || got[2].Condition != IsFresh {
				t.Errorf("others: %+v", got[1:])
			}
			l.o.Select.Only = []string{"s1"}
			var blocked *BlockedError
			if err := l.runner().Run(t.Context()); !errors.As(err, &blocked) || !strings.Contains(err.Error(), tt.expected) {
				t.Errorf("run: %v", err)
			}
		})
	}
}

// TestPipes: a recipe that leads to a named pipe does not make a survey wait for a writer.
func TestPipes(t *testing.T) {
	for _, file := range []string{"configs/b.py", "data/t.json"} {
		t.Run(file, func(t *testing.T) {
			l := newLab(t, chain, "")
			path := filepath.Join(l.dir, filepath.FromSlash(file))
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(path, 0o666); err != nil {
				t.Skip(err)
			}
			ended := make(chan []Status)
			go func() { ended <- l.runner().Status() }()
			select {
			case got := <-ended:
				if s := got[2]; s.Condition != IsBlocked ||
					!strings.Contains(strings.Join(s.Why, "; "), "expected a regular file") {
					t.Errorf("found %+v", s)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("status waits")
			}
		})
	}
}

// TestRecipeName: a new name of a recipe changes no result.
func TestRecipeName(t *testing.T) {
	l := newLab(t, "\n  - {id: s1, kind: train, config: a.py, train: t, val: v}\n", "")
	if err := l.runner().Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.recipe.Name = "renamed"
	if got := l.runner().Status(); got[0].Condition != IsDone {
		t.Errorf("found %s: %q, expected %s", got[0].Condition, got[0].Why, IsDone)
	}
}
