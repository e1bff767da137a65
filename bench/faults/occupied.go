//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// occupied writes where something is that may not be replaced, or that must keep its mode and owner.
func occupied(l *lab) {
	obstacles(l)
	modes(l)
	oneFile(l)
}

// forced are the words of a command that overwrites files of others.
func (l *lab) forced(c *command, out string) []string {
	words := append([]string{l.bin}, c.words(l.input(), out)...)
	if !slices.Contains(words, "--force") {
		at := 2 // behind the name of the command
		if c.args[0] == "submission" {
			at = 3
		}
		words = slices.Insert(words, at, "--force")
	}
	return words
}

// older fills a folder with other files of the names that a command writes, and returns the names.
func older(c *command, out string, mode fs.FileMode) []string {
	files := slices.Sorted(maps.Keys(c.want))
	for _, name := range files {
		path := filepath.Join(out, name)
		must(os.MkdirAll(filepath.Dir(path), 0o777))
		must(os.WriteFile(path, []byte("older"), 0o666))
		must(os.Chmod(path, mode))
	}
	return files
}

// obstacles puts a folder or an immutable file in the place of one of a command's files. None of the others changes.
func obstacles(l *lab) {
	folders, immutable := 0, 0
	for _, c := range l.commands {
		for range 4 {
			out := l.fresh()
			files := older(c, out, 0o644)
			path := filepath.Join(out, files[l.rng.IntN(len(files))])
			must(os.Remove(path))
			must(os.Mkdir(path, 0o777))
			before := readTree(out)
			code, _, stderr := l.run(l.forced(c, out)...)
			folders++
			if got := readTree(out); code != 1 && code != 2 || !plain(stderr) || !maps.Equal(got, before) {
				l.fault("%s with a folder at %s: exit code %d: %s: %s", c.name, path, code, got.difference(before), stderr)
			}
		}
		for range 4 {
			out := l.fresh()
			files := older(c, out, 0o644)
			path := filepath.Join(out, files[l.rng.IntN(len(files))])
			if exec.Command("chattr", "+i", path).Run() != nil {
				break // not this user, or not on this file system
			}
			before := readTree(out)
			code, _, stderr := l.run(l.forced(c, out)...)
			must(exec.Command("chattr", "-i", path).Run())
			immutable++
			l.refused(c.name+" with an immutable file", code, stderr, "not permitted", readTree(out), before)
		}
	}
	l.row("a folder in the place of one of the files", fmt.Sprintf("each of the %d commands", len(l.commands)), folders,
		"exit code 1 or 2, all files of an earlier run untouched")
	if immutable == 0 {
		l.row("one of the files is immutable", "all", 0, "skipped: chattr +i needs root, and a file system that has it")
		return
	}
	l.row("one of the files is immutable (`chattr +i`)", fmt.Sprintf("each of the %d commands", len(l.commands)),
		immutable, "exit code 1, all files of an earlier run untouched")
}

// modes replaces files of all modes, and of another owner.
func modes(l *lab) {
	kept, readOnly := 0, 0
	for _, c := range l.commands {
		for _, mode := range []fs.FileMode{0o600, 0o640, 0o604, 0o666, 0o755, 0o444, 0o400} {
			out := l.fresh()
			files := older(c, out, mode)
			if os.Getuid() == 0 {
				for _, name := range files {
					must(os.Chown(filepath.Join(out, name), nobody, nobody-1))
				}
			}
			if before := readTree(out); mode&0o200 == 0 && !slices.Contains(c.args, "--force") {
				code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
				readOnly++
				l.refused(fmt.Sprintf("%s over files of mode %o", c.name, mode), code, stderr, "read-only", readTree(out), before)
			}
			code, _, stderr := l.run(l.forced(c, out)...)
			kept++
			if got := readTree(out); code != c.code || !maps.Equal(got, c.want) {
				l.fault("%s --force over files of mode %o: exit code %d: %s: %s", c.name, mode, code, got.difference(c.want),
					stderr)
			}
			for _, name := range files {
				st, err := os.Stat(filepath.Join(out, name))
				must(err)
				if st.Mode().Perm() != mode {
					l.fault("%s: %s has mode %o, before %o", c.name, name, st.Mode().Perm(), mode)
				}
				if own := st.Sys().(*syscall.Stat_t); os.Getuid() == 0 && (own.Uid != nobody || own.Gid != nobody-1) {
					l.fault("%s: %s belongs to %d:%d", c.name, name, own.Uid, own.Gid)
				}
			}
		}
	}
	l.row("files of an earlier run with modes from 0400 to 0755, of another owner",
		fmt.Sprintf("each of the %d commands", len(l.commands)), kept+readOnly,
		"%d read-only ones refused with exit code 1, untouched; %d replaced, with `--force` where needed: the same mode, owner and group", readOnly, kept)
}

// oneFile gives two outputs of a run the same file, by different names.
func oneFile(l *lab) {
	runs := 0
	for _, line := range []string{
		"merge IN/ds1.json IN/ds2.json --force -o A --id-map B",
		"check IN/broken.json --force --fix -o A --changes B",
		"check IN/broken.json --force --fix -o A --sarif B",
		"pseudo IN --thr 0.4 --force -o A --results B",
	} {
		for _, way := range []string{"equal", "dots", "symbolic", "both", "hard"} {
			out := l.fresh()
			a, b := filepath.Join(out, "a.json"), filepath.Join(out, "b.json")
			switch way {
			case "equal":
				b = a
			case "dots":
				b = out + "/new/.././a.json"
			case "symbolic":
				must(os.Symlink("a.json", b))
			case "both":
				must(os.Symlink("c.json", a))
				must(os.Symlink(filepath.Join(out, "c.json"), b))
			case "hard":
				must(os.WriteFile(a, []byte("{}"), 0o666))
				must(os.Link(a, b))
			}
			before := readTree(out)
			c := &command{args: strings.Fields(line)}
			words := c.words(l.input(), out)
			for i := range words {
				switch words[i] {
				case "A":
					words[i] = a
				case "B":
					words[i] = b
				}
			}
			code, _, stderr := l.run(append([]string{l.bin}, words...)...)
			runs++
			if got := readTree(out); code != 2 || !strings.Contains(stderr, "same file") || !maps.Equal(got, before) {
				l.fault("%s, %s: exit code %d: %s: %s", line, way, code, got.difference(before), stderr)
			}
		}
	}
	l.row("two outputs in one file: by equal names, `..`, symbolic and hard links", "4 command lines", runs,
		"exit code 2, nothing written")
}
