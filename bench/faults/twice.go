//go:build linux

package main

import (
	"fmt"
	"maps"
	"os/exec"
	"time"
)

// twice runs two commands at the same time in one folder.
func twice(l *lab) {
	const each = 12
	for _, c := range l.commands {
		for range each {
			out := l.fresh()
			a, b := l.start(c, l.input(), out, nil), l.start(c, l.input(), out, nil)
			l.both(a, b, c.took/4)
			if got := readTree(out); code(a) != c.code || code(b) != c.code || !maps.Equal(got, c.want) {
				l.fault("%s twice at once: exit codes %d and %d: %s%s%s", c.name, code(a), code(b), got.difference(c.want), a.Stderr, b.Stderr)
			}
		}
	}
	l.row("the same command twice at once in one folder", "each of the "+fmt.Sprint(len(l.commands)), each*len(l.commands), "both ended well, with the bytes of one run")

	// Two different commands, and one command with different options, write
	// into one folder.
	convert, folds := l.commands[0], l.commands[1]
	ways := []*command{
		{name: "convert", args: []string{"convert", "IN", "-o", "OUT", "--quiet"}},
		{name: "folds", args: []string{"folds", "IN", "-k", "5", "-o", "OUT", "--quiet"}},
		{name: "convert --class all", args: []string{"convert", "IN", "-o", "OUT", "--quiet", "--class", "all"}},
	}
	for _, w := range ways {
		out := l.fresh()
		if code, _, stderr := l.run(append([]string{l.bin}, w.words(l.input(), out)...)...); code != 0 {
			l.fault("%s: exit code %d: %s", w.name, code, stderr)
			return
		}
		w.want = readTree(out)
	}
	union := maps.Clone(ways[0].want)
	maps.Copy(union, ways[1].want)
	const runs = 40
	for range runs {
		out := l.fresh()
		a, b := l.start(ways[0], l.input(), out, nil), l.start(ways[1], l.input(), out, nil)
		l.both(a, b, max(convert.took, folds.took)/4)
		if got := readTree(out); code(a) != 0 || code(b) != 0 || !maps.Equal(got, union) {
			l.fault("convert beside folds: %s%s%s", got.difference(union), a.Stderr, b.Stderr)
		}
	}
	l.row("convert beside folds in one folder", "the files of both", runs, "all files of both, with the bytes of undisturbed runs")
	var first int
	for range runs {
		out := l.fresh()
		a, b := l.start(ways[0], l.input(), out, nil), l.start(ways[2], l.input(), out, nil)
		l.both(a, b, convert.took/4)
		switch got := readTree(out); {
		case code(a) != 0 || code(b) != 0:
			l.fault("convert in two ways at once: %s%s", a.Stderr, b.Stderr)
		case maps.Equal(got, ways[0].want):
			first++
		case !maps.Equal(got, ways[2].want):
			l.fault("convert in two ways at once: a mixed result: %s", got.difference(ways[0].want))
		}
	}
	l.row("convert beside convert --class all in one folder", "files of the same names", runs, "all files of the one %d times, all of the other %d times; never mixed", first, runs-first)
}

// both runs two programs in random order, the second at most late after the
// first.
func (l *lab) both(a, b *exec.Cmd, late time.Duration) {
	if l.rng.IntN(2) == 0 {
		a, b = b, a
	}
	_ = a.Start()
	time.Sleep(time.Duration(l.rng.Int64N(int64(late) + 1)))
	_ = b.Start()
	_ = a.Wait()
	_ = b.Wait()
}

// code returns the exit code of a program that has ended, or -1 if it could not
// be started.
func code(cmd *exec.Cmd) int {
	if cmd.ProcessState == nil {
		return -1
	}
	return cmd.ProcessState.ExitCode()
}
