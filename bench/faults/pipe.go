//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// pipes reads inputs that end early or cannot be read, and writes to readers that go
// away.
func pipes(l *lab) {
	// Read through a named pipe whose writer ends in the middle, and the whole
	// file for comparison.
	const each = 8
	runs := 0
	for _, c := range l.commands {
		if strings.HasPrefix(c.name, "folds --coco") {
			continue // the command reads its file twice
		}
		for i := range each {
			in, path, text := l.copyInput(c.input)
			must(os.Remove(path))
			must(syscall.Mkfifo(path, 0o666))
			n := len(text)
			if i > 0 {
				n = l.rng.IntN(len(text) - 1)
			}
			out := l.fresh()
			cmd := l.start(c, in, out, nil)
			_ = cmd.Start()
			done := make(chan struct{})
			go func() { feed(path, text[:n]); close(done) }()
			_ = cmd.Wait()
			// Release a writer that waits for a reader that has gone away.
			if f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
				<-done
				_ = f.Close()
			}
			got, stderr := readTree(out), fmt.Sprint(cmd.Stderr)
			runs++
			switch {
			case n == len(text):
				if code(cmd) != c.code || len(got) != len(c.want) {
					l.fault("%s through a pipe: exit code %d: %s: %s", c.name, code(cmd), got.difference(c.want), stderr)
				}
			case whole(c.input, text, n): // cut between two lines, which cannot be detected
			case code(cmd) != 3 || !plain(stderr) || len(got) != 0:
				l.fault("%s of a pipe that ends after %d of %d bytes: exit code %d: %s: %s", c.name, n, len(text), code(cmd), got.difference(tree{}), stderr)
			}
		}
	}
	l.row("a named pipe that ends in the middle", fmt.Sprintf("%d commands", runs/each), runs, "exit code 3 with the place where the text ends, nothing left; a whole one is read as a file is")

	// /proc/self/mem can be opened, but the first read fails as on a broken
	// disk.
	runs = 0
	for _, c := range l.commands {
		for _, suffix := range []string{"", ".gz", ".zst"} {
			in, path, _ := l.copyInput(c.input)
			must(os.Remove(path))
			must(os.Symlink("/proc/self/mem", path+suffix))
			args := c.words(in, l.fresh())
			for i := range args {
				if args[i] == path {
					args[i] += suffix
				}
			}
			code, _, stderr := l.run(append([]string{l.bin}, args...)...)
			l.refused(c.name+" of /proc/self/mem"+suffix, code, stderr, "input/output error", readTree(filepath.Join(l.dir, "out")), tree{})
			runs++
		}
	}
	l.row("read error (EIO), plain, .gz and .zst", fmt.Sprintf("each of the %d", len(l.commands)), runs, "exit code 1 and \"input/output error\", nothing left")

	// The reader of standard output reads a little and goes away.
	runs = 0
	for _, line := range []string{
		"convert IN --per none -o - --quiet",
		"merge IN/ds1.json IN/ds2.json -o - --quiet",
		"merge IN/ds1.json IN/ds2.json -o - --id-map OUT/ids.json --quiet",
		"merge IN/ds1.json IN/ds2.json -o OUT/all.json --id-map - --quiet",
		"filter IN/all.json --min-area 30 -o - --quiet",
		"check IN/broken.json --fix -o - --changes OUT/changes.json --quiet",
		"submission decode IN/s.csv -o - --quiet",
		"pseudo IN --thr 0.4 --results OUT/r.json -o - --quiet",
		"folds IN -k 5 -o - --quiet",
	} {
		for range each {
			out := l.fresh()
			c := &command{args: strings.Fields(line)}
			cmd := l.start(c, l.input(), out, nil)
			cmd.Env = append(os.Environ(), "TMPDIR="+out)
			cmd.Stdout = nil
			r, err := cmd.StdoutPipe()
			must(err)
			_ = cmd.Start()
			_, _ = io.CopyN(io.Discard, r, l.rng.Int64N(10000))
			_ = r.Close()
			_ = cmd.Wait()
			runs++
			got := readTree(out)
			// If everything fits into the buffer of the pipe, the run succeeds.
			if fine := code(cmd) == 0 || code(cmd) == 4; !fine && len(got) > 0 || fine && hasTemporary(got) || strings.Contains(fmt.Sprint(cmd.Stderr), "goroutine") {
				l.fault("%s | head: %v: %s: %s", line, cmd.ProcessState, got.difference(tree{}), cmd.Stderr)
			}
		}
	}
	l.row("who reads standard output goes away", "9 command lines", runs, "the run ends, nothing left")
}

func hasTemporary(t tree) bool {
	for name := range maps.Keys(t) {
		if temporary(name) {
			return true
		}
	}
	return false
}

// feed writes a text into a named pipe.
func feed(path string, text []byte) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = f.Write(text)
	_ = f.Close()
}

// whole reports whether a text of lines is cut at the end of a line.
func whole(name string, text []byte, n int) bool {
	return (strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".csv")) && (n == 0 || text[n-1] == '\n' || text[n] == '\n')
}
