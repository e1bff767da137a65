//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// nobody is a user without permissions.
const nobody = 65534

// places writes to places without write permission, and through symbolic links.
func places(l *lab) {
	if os.Getuid() == 0 {
		readOnly(l)
	} else {
		l.row("folders without write permission", "all", 0, "skipped: it needs root")
	}
	links(l)
}

func readOnly(l *lab) {
	runs := 0
	for _, c := range l.commands {
		// Another user writes into a folder that belongs to root.
		out := l.fresh()
		must(os.Chmod(out, 0o555))
		cmd := l.start(c, l.input(), out, nil)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		_ = cmd.Run()
		l.refused(c.name+" into a folder of another user", code(cmd), fmt.Sprint(cmd.Stderr), "permission denied",
			readTree(out), tree{})

		// The disk is mounted read-only, empty and with the files of an earlier
		// run.
		for _, full := range []bool{false, true} {
			out, unmount, err := l.mount("size=1g")
			must(err)
			before := tree{}
			if full {
				l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
				before = c.want
			}
			must(syscall.Mount("", out, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
			code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
			l.refused(c.name+" onto a read-only disk", code, stderr, "read-only file system", readTree(out), before)
			unmount()
		}

		// An input is not readable.
		in, path, _ := l.copyInput(c.input)
		must(os.Chmod(path, 0))
		out = l.fresh()
		must(os.Chmod(out, 0o777))
		cmd = l.start(c, in, out, nil)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		_ = cmd.Run()
		l.refused(c.name+" of an input that may not be read", code(cmd), fmt.Sprint(cmd.Stderr), "permission denied",
			readTree(out), tree{})
		runs += 4
	}
	l.row("folder of another user, read-only disk, unreadable input",
		fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
		"exit code 1 with the reason, nothing left behind, files of an earlier run untouched")
}

// links writes through symbolic links. The inputs of all trials are symbolic
// links; here outputs and their folders are too.
func links(l *lab) {
	runs := 0
	for _, c := range l.commands {
		// The folder for outputs is a link.
		out := l.fresh()
		must(os.Mkdir(filepath.Join(out, "real"), 0o777))
		must(os.Symlink("real", filepath.Join(out, "link")))
		code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), filepath.Join(out, "link"))...)...)
		if got := readTree(filepath.Join(out, "real")); code != c.code || !maps.Equal(got, c.want) {
			l.fault("%s into a linked folder: exit code %d: %s: %s", c.name, code, got.difference(c.want), stderr)
		}
		// The files are links, first to files of an earlier run, then to files
		// that do not exist yet.
		for _, there := range []bool{true, false} {
			out, far := l.fresh(), filepath.Join(l.dir, "far")
			must(os.RemoveAll(far))
			if there {
				l.run(append([]string{l.bin}, c.words(l.input(), far)...)...)
			}
			for name := range c.want {
				must(os.MkdirAll(filepath.Dir(filepath.Join(out, name)), 0o777))
				must(os.MkdirAll(filepath.Dir(filepath.Join(far, name)), 0o777))
				to, err := filepath.Rel(filepath.Dir(filepath.Join(out, name)), filepath.Join(far, name))
				must(err)
				must(os.Symlink(to, filepath.Join(out, name)))
			}
			code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
			if got := readTree(far); code != c.code || !maps.Equal(got, c.want) {
				l.fault("%s through linked files (existing: %v): exit code %d: %s: %s", c.name, there, code, got.difference(c.want),
					stderr)
			}
			for name := range c.want {
				if st, err := os.Lstat(filepath.Join(out, name)); err != nil || st.Mode()&os.ModeSymlink == 0 {
					l.fault("%s: %s is no longer a link", c.name, name)
				}
			}
		}
		runs += 3
	}
	// One link leads to itself, and one to an input.
	loop := filepath.Join(l.fresh(), "loop.json")
	must(os.Symlink("loop.json", loop))
	code, _, stderr := l.run(l.bin, "merge", "-o", loop, filepath.Join(l.made, "ds1.json"))
	if code != 1 || !strings.Contains(stderr, "too many levels") {
		l.fault("a link to itself: exit code %d: %s", code, stderr)
	}
	own := filepath.Join(l.fresh(), "own.json")
	must(os.Symlink(filepath.Join(l.made, "ds1.json"), own))
	code, _, stderr = l.run(l.bin, "merge", "--force", "-o", own, filepath.Join(l.made, "ds1.json"))
	if code != 2 || !strings.Contains(stderr, "also an input") {
		l.fault("a link to an input: exit code %d: %s", code, stderr)
	}
	l.row("symbolic links as inputs, outputs, folders; to files that do not exist yet; to themselves; to an input",
		fmt.Sprintf("each of the %d commands", len(l.commands)), runs+2,
		"followed, and left as links; one to itself or to an input is refused")
}

// clocks runs commands with files from the future or from 1970, and on a machine with
// a different time since boot.
func clocks(l *lab) {
	runs := 0
	for _, c := range l.commands {
		for _, stamp := range []string{"1970-01-01", "2001-09-09", "2099-01-01"} {
			in, path, _ := l.copyInput(c.input)
			must(exec.Command("touch", "-d", stamp, path).Run())
			out := l.fresh()
			for range 2 {
				code, _, stderr := l.run(append([]string{l.bin}, c.words(in, out)...)...)
				runs++
				if got := readTree(out); code != c.code || !maps.Equal(got, c.want) {
					l.fault("%s, input of %s: exit code %d: %s: %s", c.name, stamp, code, got.difference(c.want), stderr)
				}
				for name := range c.want { // files of an earlier run, created after the clock was set back
					must(exec.Command("touch", "-d", "2098-01-01", filepath.Join(out, name)).Run())
				}
			}
		}
		if _, err := exec.LookPath("unshare"); err != nil || os.Getuid() != 0 {
			continue
		}
		out := l.fresh()
		words := append([]string{"unshare", "--time", "--monotonic", "99999999", "--boottime", "99999999", "--fork", l.bin},
			c.words(l.input(), out)...)
		code, _, stderr := l.run(words...)
		runs++
		if got := readTree(out); code != c.code || !maps.Equal(got, c.want) {
			l.fault("%s, three years later: exit code %d: %s: %s", c.name, code, got.difference(c.want), stderr)
		}
	}
	l.row("inputs and files of an earlier run of 1970, 2001 and 2099; a boot-time clock three years ahead (`unshare --time`)",
		fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
		"the same bytes: no time is written to a file, and an input's time is compared only with itself")
}
