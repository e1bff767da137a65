package files

import (
	"errors"
	"io/fs"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
)

// place is where an output goes: two names may be those of one file.
type place struct {
	path   string      // as it was named
	target string      // without links
	stat   fs.FileInfo // of what is there; nil: nothing
}

// placeOf finds the place of an output, "-" being standard output.
func (o *Outputs) placeOf(path string) (place, error) {
	if path == "-" {
		st, err := o.Console.StdoutStat()
		return place{"standard output", "-", st}, err
	}
	if err := NotDevice(path); err != nil {
		return place{}, err
	}
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		st, err = nil, nil
	}
	return place{path, atomicfile.Target(path), st}, err
}

// nowhere reports whether what is written is lost, as on the null device, where two outputs do not disturb each other.
func (p place) nowhere() bool { return p.stat != nil && p.stat.Mode()&fs.ModeCharDevice != 0 }

// same reports whether two outputs are one file.
func (p place) same(q place) bool {
	switch {
	case p.target == "-" && q.target == "-":
		return true
	case p.nowhere() || q.nowhere():
		return false
	}
	return p.target == q.target || p.stat != nil && q.stat != nil && os.SameFile(p.stat, q.stat)
}

// Apart reports two of the outputs of a run that are one file, of which the second would replace the first. They are
// compared by name and, if there are files, by what the names lead to. Empty paths are none.
func (o *Outputs) Apart(paths ...string) error {
	var before []place
	for _, path := range paths {
		if path == "" {
			continue
		}
		p, err := o.placeOf(path)
		if err != nil {
			return err
		}
		for _, q := range before {
			if p.same(q) {
				return oneFile(q, p)
			}
		}
		before = append(before, p)
	}
	return nil
}

func oneFile(p, q place) error {
	if p.target == "-" && q.target == "-" {
		return ui.Usagef("only one output can be standard output")
	}
	return ui.Usagef("outputs %s and %s are the same file", p.path, q.path).Hint("name a file for each")
}

// begin notes an output that is about to be written. It fails if that is an input, an earlier output of the run or
// read-only, whatever was checked before.
func (o *Outputs) begin(path string) error {
	p, err := o.placeOf(path)
	if err != nil {
		return err
	}
	if err := o.notInput(p); err != nil {
		return err
	}
	if err := o.notReadOnly(p); err != nil {
		return err
	}
	if q, ok := o.begun[p.target]; ok && p.same(q) {
		return oneFile(q, p)
	}
	if o.begun == nil {
		o.begun = map[string]place{}
	}
	o.begun[p.target] = p
	return nil
}

// notStdout fails if an output that is not a file, such as /dev/stdout, is standard output by another name than "-": only
// with that the summary goes elsewhere.
func (o *Outputs) notStdout(p place) error {
	if p.nowhere() {
		return nil
	}
	if st, err := o.Console.StdoutStat(); err == nil && st != nil && os.SameFile(st, p.stat) {
		return ui.Usagef("%s is standard output", p.path).Hint("write - instead, which keeps the summary apart")
	}
	return nil
}

// notInput fails if an output is an input of the run.
func (o *Outputs) notInput(p place) error {
	if p.stat == nil || !p.stat.Mode().IsRegular() || p.target == "-" {
		return nil
	}
	for _, in := range o.Inputs {
		if in.stat != nil && os.SameFile(in.stat, p.stat) {
			return ui.Usagef("output %s is also an input (%s)", p.path, in.Name)
		}
	}
	if name := o.Console.InputLike(p.stat); name != "" {
		return ui.Usagef("output %s is also an input (%s)", p.path, name)
	}
	return nil
}
