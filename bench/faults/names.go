//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// oddNames lists names of folders and files that can cause problems in a shell, a glob,
// a format or a terminal.
var oddNames = []string{
	"with space", " leading and trailing ", "a,b", "{a,b}", "[a]*?", "a=b", "(a) & b; c", `"quoted" 'twice'`, `back\slash`, "$HOME `id`",
	"~", "%s %d %!", "#x", "a:b", "-dash", "...", "Gefäße-données-資料", "🩸", "e\u0301", "line\nend", "tab\tand\x1b[31mred", "byte\xff", ".hidden",
	strings.Repeat("long", 60),
}

// names runs all commands with folders and files with odd names.
func names(l *lab) {
	runs := 0
	for _, name := range oddNames {
		in := filepath.Join(l.dir, "odd", name)
		must(os.RemoveAll(filepath.Join(l.dir, "odd")))
		must(os.MkdirAll(filepath.Dir(in), 0o777))
		must(os.Symlink(l.input(), in))
		for _, c := range l.commands {
			out := l.fresh()
			below := filepath.Join(out, name)
			code, _, stderr := l.run(append([]string{l.bin}, c.words(in, below)...)...)
			runs++
			if got := readTree(below); code != c.code || !maps.Equal(got, c.want) || len(readTree(out)) != len(got) {
				l.fault("%s in folders %q: exit code %d: %s: %s", c.name, name, code, got.difference(c.want), stderr)
			}
		}
		// Use files with that name as inputs and outputs, and check the
		// message.
		file := filepath.Join(l.dir, "odd", name+".json")
		if len(name)+5 > 255 {
			continue
		}
		must(os.Symlink(filepath.Join(l.made, "all.json"), file))
		results := filepath.Join(l.dir, "odd", name+".segm.json")
		must(os.Symlink(filepath.Join(l.data, "predictions", "vit.segm.json"), results))
		// A relative name that begins with a dash needs --.
		must(os.Chdir(filepath.Join(l.dir, "odd")))
		for _, args := range [][]string{
			{"merge", "-o", "OUT", "--quiet", "--", name + ".json"},
			{"filter", "--min-area", "30", "-o", "OUT", "--quiet", "--", name + ".json"},
			{"submission", "encode", "--force", "--quiet", "--tiles", filepath.Join(l.data, "ds3_truth.json"), "-o", "OUT", "--", name + ".segm.json", l.data},
			{"folds", "--coco", file, "-k", "2", "-o", "OUT.csv", "--force", "--quiet"},
			{"pseudo", l.data, "--thr", "0.5", "--model", "m=" + results, "-o", "OUT.json", "--quiet"},
		} {
			out := l.fresh()
			target := filepath.Join(out, name)
			words := []string{l.bin}
			for _, a := range args {
				words = append(words, strings.Replace(a, "OUT", target, 1))
			}
			code, _, stderr := l.run(words...)
			runs++
			if got := readTree(out); code != 0 || len(got) != 1 || stderr != "" {
				l.fault("%s with a file %q: exit code %d, %d files: %s", args[0], name, code, len(got), stderr)
			}
		}
		code, _, stderr := l.run(l.bin, "merge", "-o", "x.json", "--", name+".missing")
		runs++
		if code != 1 || strings.Count(stderr, "\n") != 1 || strings.ContainsAny(stderr, "\x1b\t") || !plain(stderr) {
			l.fault("a missing file %q: exit code %d: %q", name, code, stderr)
		}
	}
	must(os.Chdir(l.dir))
	l.row("odd names of folders and files", fmt.Sprintf("%d names: spaces, commas, braces, quotes, globs, formats, control characters, a line end, bytes that are no UTF-8, 240 letters", len(oddNames)), runs,
		"the bytes of plain names; messages stay on one line and send no control characters to the screen")
}
