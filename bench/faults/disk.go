//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// page is the unit in which a tmpfs allocates space.
const page = 4096

// size returns the total and the largest size of the files in a folder.
func (t tree) size(dir string) (total, largest int64) {
	for name := range t {
		if st, err := os.Stat(filepath.Join(dir, name)); err == nil {
			total += st.Size()
			largest = max(largest, st.Size())
		}
	}
	return total, largest
}

// mount mounts a tmpfs on the folder for outputs.
func (l *lab) mount(options string) (out string, unmount func(), err error) {
	out = l.fresh()
	if err := syscall.Mount("tmpfs", out, "tmpfs", 0, options); err != nil {
		return out, nil, err
	}
	return out, func() { _ = syscall.Unmount(out, syscall.MNT_DETACH) }, nil
}

// refused checks a run that could not write: the exit code must be 1, the message must contain
// the words, and the folder must be unchanged.
func (l *lab) refused(what string, code int, stderr, words string, got, before tree) {
	if code != 1 || !plain(stderr) || !strings.Contains(stderr, words) || !maps.Equal(got, before) {
		l.fault("%s: exit code %d, expected 1; %s: %s", what, code, got.difference(before), stderr)
	}
}

// fullDisks runs commands on disks of all sizes up to the needed size, empty and with the
// files of an earlier run, and on disks with room for only a few files.
func fullDisks(l *lab) {
	const sizes = 24
	if os.Getuid() != 0 {
		l.row("full disk", "all", 0, "skipped: it needs root")
		return
	}
	for _, c := range l.commands {
		out := l.fresh()
		l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
		need, _ := c.want.size(out)
		refused, done := 0, 0
		// There is room for a part of what is needed, more each time.
		for i := range sizes {
			room := page + int64(i)*(need-page)/sizes + l.rng.Int64N(max(1, (need-page)/sizes))
			out, unmount, err := l.mount(fmt.Sprintf("size=%d", max(room/page, 1)*page))
			if err != nil {
				l.fault("mount: %v", err)
				return
			}
			code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
			l.refused(fmt.Sprintf("%s on a disk of %d bytes", c.name, room), code, stderr, "no space left", readTree(out),
				tree{})
			refused++
			unmount()
		}
		// The disk holds the files of an earlier run, and has room for a part
		// of the new ones.
		for i := range 4 {
			out, unmount, err := l.mount(fmt.Sprintf("size=%d", need+need*int64(i)/4+int64(len(c.want)+4)*page))
			if err != nil {
				l.fault("mount: %v", err)
				return
			}
			code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
			if code != c.code || !maps.Equal(readTree(out), c.want) {
				// The first run may need more space than its files, for
				// temporary files.
				l.refused(c.name+" on a disk of its size", code, stderr, "no space left", readTree(out), tree{})
				refused++
			} else if code, _, stderr = l.run(append([]string{l.bin}, c.words(l.input(), out)...)...); code == c.code {
				done++
				if got := readTree(out); !maps.Equal(got, c.want) {
					l.fault("%s again: %s", c.name, got.difference(c.want))
				}
			} else {
				l.refused(c.name+" again, on a disk with the files of the first run", code, stderr, "no space left", readTree(out),
					c.want)
				refused++
			}
			unmount()
		}
		// There is room for only a few files and folders.
		for inodes := 2; inodes < len(c.want)+8; inodes++ {
			out, unmount, err := l.mount(fmt.Sprintf("size=1g,nr_inodes=%d", inodes))
			if err != nil {
				l.fault("mount: %v", err)
				return
			}
			code, _, stderr := l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
			if got := readTree(out); code == c.code && maps.Equal(got, c.want) {
				done++
			} else {
				l.refused(fmt.Sprintf("%s on a disk of %d files", c.name, inodes), code, stderr, "no space left", got, tree{})
				refused++
			}
			unmount()
		}
		l.row("full disk", c.name, refused+done,
			"%d failed: exit code 1, \"no space left on device\", nothing left behind, earlier files untouched; %d had enough space: the same bytes", refused, done)
	}
	code, _, stderr := l.run(l.bin, "merge", "-o", "/dev/full", filepath.Join(l.made, "ds1.json"))
	l.refused("merge to /dev/full", code, stderr, "no space left", tree{}, tree{})
}

// sizeLimits runs commands with a file size limit below the size of their
// files.
func sizeLimits(l *lab) {
	const sizes = 8
	runs := 0
	for _, c := range l.commands {
		out := l.fresh()
		l.run(append([]string{l.bin}, c.words(l.input(), out)...)...)
		_, largest := c.want.size(out)
		for i := range sizes {
			kib := largest / 1024 * int64(i) / sizes
			out := l.fresh()
			words := append([]string{"bash", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, kib), l.bin},
				c.words(l.input(), out)...)
			code, _, stderr := l.run(words...)
			l.refused(fmt.Sprintf("%s with files of at most %d KiB", c.name, kib), code, stderr, "file too large", readTree(out),
				tree{})
			runs++
		}
	}
	l.row("file size limit (ulimit -f)", fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
		"exit code 1 and \"file too large\", nothing left behind")
}
