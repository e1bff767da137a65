//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// outcome is the result of a run.
type outcome struct {
	code   int
	files  tree
	stdout string
	stderr string
}

func (o outcome) equal(p outcome) bool {
	return o.code == p.code && o.stdout == p.stdout && maps.Equal(o.files, p.files)
}

// changes writes to an input while it is read. The run must report the change, or have the
// outcome of an undisturbed run before or after the change.
func changes(l *lab) {
	commands := append([]*command{}, l.commands...)
	commands = append(commands,
		&command{name: "check", args: []string{"check", "IN/all.json"}, input: "all.json"},
		&command{name: "eval", args: []string{"eval", "IN/ds3_truth.json", "IN/predictions/vit.segm.json"},
			input: "predictions/vit.segm.json"},
		&command{name: "submission check", args: []string{"submission", "check", "--tiles", "IN/ds3_truth.json", "IN/s.csv"},
			input: "s.csv"})
	kinds := []struct {
		name string
		do   func(path string, text []byte) error
	}{
		{"overwritten in the middle", func(path string, text []byte) error {
			return writeAt(path, text, int64(len(text))/4+l.rng.Int64N(int64(len(text)/2)))
		}},
		{"truncated", func(path string, text []byte) error {
			return os.Truncate(path, l.rng.Int64N(int64(len(text))))
		}},
		{"extended at the end", func(path string, text []byte) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.Write(text[len(text)/2:])
			_ = f.Close()
			return err
		}},
		{"rewritten from the start", func(path string, text []byte) error {
			return os.WriteFile(path, text[:len(text)/3], 0o666)
		}},
		{"replaced by renaming", func(path string, text []byte) error {
			if err := os.WriteFile(path+".new", text[:len(text)/3], 0o666); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
	}
	const each = 5
	for _, kind := range kinds {
		var said, before, after int
		for _, c := range commands {
			took := c.took
			if took == 0 {
				start := time.Now()
				l.run(append([]string{l.bin}, c.words(l.input(), l.fresh())...)...)
				took = time.Since(start)
			}
			for range each {
				in, path, text := l.copyInput(c.input)
				old := l.outcome(c, in)
				out := l.fresh()
				cmd := l.start(c, in, out, nil)
				_ = cmd.Start()
				time.Sleep(time.Duration(l.rng.Int64N(int64(took))))
				if err := kind.do(path, text); err != nil {
					l.fault("%s: %v", kind.name, err)
				}
				_ = cmd.Wait()
				got := outcome{code(cmd), readTree(out), fmt.Sprint(cmd.Stdout), fmt.Sprint(cmd.Stderr)}
				now := l.outcome(c, in)
				switch {
				case got.code != 0 && strings.Contains(got.stderr, "changed while it was read") && len(got.files) == 0:
					said++
				case got.equal(old):
					before++
				case got.equal(now):
					after++
				default:
					l.fault("%s, input %s: exit code %d: %s: %s", c.name, kind.name, got.code, got.files.difference(old.files),
						got.stderr)
				}
			}
		}
		l.row("input "+kind.name+" at a random moment", fmt.Sprintf("%d commands", len(commands)), each*len(commands),
			"reported it and wrote nothing %d, result of the old file %d, result of the new file %d; never anything else", said,
			before, after)
	}
}

// outcome runs a command undisturbed.
func (l *lab) outcome(c *command, in string) outcome {
	out := l.fresh()
	code, stdout, stderr := l.run(append([]string{l.bin}, c.words(in, out)...)...)
	return outcome{code, readTree(out), stdout, stderr}
}

// copyInput creates a folder of inputs in which one is a separate copy that may
// be changed.
func (l *lab) copyInput(name string) (in, path string, text []byte) {
	in = filepath.Join(l.dir, "changing")
	must(os.RemoveAll(in))
	must(os.Mkdir(in, 0o777))
	entries, err := os.ReadDir(l.input())
	must(err)
	top, below, deep := strings.Cut(name, "/")
	for _, e := range entries {
		if e.Name() != top {
			must(os.Symlink(filepath.Join(l.input(), e.Name()), filepath.Join(in, e.Name())))
		}
	}
	path = filepath.Join(in, top)
	if deep {
		must(os.Mkdir(path, 0o777))
		others, err := os.ReadDir(filepath.Join(l.input(), top))
		must(err)
		for _, e := range others {
			if e.Name() != below {
				must(os.Symlink(filepath.Join(l.input(), top, e.Name()), filepath.Join(path, e.Name())))
			}
		}
		path = filepath.Join(path, below)
	}
	text, err = os.ReadFile(filepath.Join(l.input(), name))
	must(err)
	must(os.WriteFile(path, text, 0o666))
	old := time.Now().Add(-time.Hour)
	must(os.Chtimes(path, old, old))
	return in, path, text
}

// writeAt changes a digit near a position of a file.
func writeAt(path string, text []byte, at int64) error {
	for ; at < int64(len(text)); at++ {
		if text[at] >= '1' && text[at] <= '8' {
			break
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if at == int64(len(text)) {
		return io.ErrUnexpectedEOF
	}
	_, err = f.WriteAt([]byte{text[at] + 1}, at)
	return err
}

// must ends the program if the lab cannot be set up.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
