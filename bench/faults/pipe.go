//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
				l.fault("%s of a pipe that ends after %d of %d bytes: exit code %d: %s: %s", c.name, n, len(text), code(cmd),
					got.difference(tree{}), stderr)
			}
		}
	}
	l.row("a named pipe that ends in the middle", fmt.Sprintf("%d commands", runs/each), runs,
		"exit code 3 with the position where the text ends, nothing left behind; a complete one is read like a file")

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
			l.refused(c.name+" of /proc/self/mem"+suffix, code, stderr, "input/output error",
				readTree(filepath.Join(l.dir, "out")), tree{})
			runs++
		}
	}
	l.row("read error (EIO), plain, .gz and .zst", fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
		"exit code 1 and \"input/output error\", nothing left behind")

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
			if fine := code(cmd) == 0 || code(cmd) == 4; !fine && len(got) > 0 || fine && hasTemporary(got) ||
				strings.Contains(fmt.Sprint(cmd.Stderr), "goroutine") {
				l.fault("%s | head: %v: %s: %s", line, cmd.ProcessState, got.difference(tree{}), cmd.Stderr)
			}
		}
	}
	l.row("the reader of standard output goes away", "9 command lines", runs, "the run ends, nothing left behind")
}

// summaries prints to a standard output that fails, is closed or goes away, when the files are in place.
func summaries(l *lab) {
	runs := 0
	for _, c := range l.commands {
		words := slices.DeleteFunc(c.words(l.input(), "OUT"), func(w string) bool { return w == "--quiet" })
		for _, to := range []struct {
			shell string
			code  int
			words string
		}{
			{`"$0" "$@" >/dev/full`, 1, "no space left"},
			{`"$0" "$@" >&-`, c.code, ""},
			{`"$0" "$@" --json >/dev/full`, 1, "no space left"},
			{`set -o pipefail; sleep 0.2 | { "$0" "$@"; } | true`, 141, ""},
		} {
			out := l.fresh()
			line := []string{"bash", "-c", to.shell, l.bin}
			if flags := "--json"; strings.Contains(to.shell, flags) { // before the arguments
				line[2] = strings.ReplaceAll(to.shell, " "+flags, "")
				at := 1
				if c.args[0] == "submission" {
					at = 2
				}
				line = append(line, slices.Insert(slices.Clone(words), at, flags)...)
			} else {
				line = append(line, words...)
			}
			for i := range line {
				line[i] = strings.Replace(line[i], "OUT", out, 1)
			}
			code, _, stderr := l.run(line...)
			runs++
			// A run that ends before its reader has gone succeeds.
			fine := code == to.code || to.code == 141 && code == c.code
			if got := readTree(out); !fine || !strings.Contains(stderr, to.words) || strings.Contains(stderr, "goroutine") ||
				!maps.Equal(got, c.want) {
				l.fault("%s, %s: exit code %d: %s: %s", c.name, to.shell, code, got.difference(c.want), stderr)
			}
		}
	}
	l.row("standard output fails (/dev/full), is closed or goes away when the files are in place",
		fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
		"all files complete; exit code 1 with the reason and the number of files, 0, or 141")
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
	return (strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".csv")) &&
		(n == 0 || text[n-1] == '\n' || text[n] == '\n')
}
