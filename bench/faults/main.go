//go:build linux

// Command faults disturbs hubdata in all ways that a machine can, and compares the
// outcome with an undisturbed run:
//
//	faults [-seed N] [-kills N] [-only NAME,...] HUBDATA FOLDER
//
// HUBDATA is the program, FOLDER an empty folder to work in. It prints the table shown in
// docs/reliability.md, and exits with 1 if anything was wrong. Full disks and read-only folders
// need root. Without root they are skipped, and the output says so.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// A trial is one kind of fault.
type trial struct {
	name string
	run  func(*lab)
}

var trials = []trial{
	{"kill", kills},
	{"disk", fullDisks},
	{"size", sizeLimits},
	{"twice", twice},
	{"change", changes},
	{"pipe", pipes},
	{"limit", openFiles},
	{"names", names},
	{"place", places},
	{"clock", clocks},
	{"big", bigFile},
}

func main() {
	seed := flag.Uint64("seed", 1, "seed of moments, sizes and changes")
	count := flag.Int("kills", 1000, "how many runs are killed")
	scale := flag.String("scale", "full", "size of the demo data: small or full")
	big := flag.Float64("big", 0, "read also a results file of so many GB; 0: none")
	only := flag.String("only", "", "only these trials, several with commas")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: faults [flags] HUBDATA FOLDER")
		os.Exit(2)
	}
	l, err := newLab(flag.Arg(0), flag.Arg(1), *scale, *seed, *count)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	l.big = int64(*big * 1e9)
	fmt.Println("| fault | upon | runs | what happened |\n|---|---|---|---|")
	for _, t := range trials {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), t.name) {
			continue
		}
		start := time.Now()
		l.reseed(t.name)
		t.run(l)
		fmt.Fprintf(os.Stderr, "%s: %s\n", t.name, time.Since(start).Round(time.Second))
	}
	if l.faults > 0 {
		fmt.Fprintf(os.Stderr, "%d were not as they must be\n", l.faults)
		os.Exit(1)
	}
}
