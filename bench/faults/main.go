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
	{"signal", signals},
	{"disk", fullDisks},
	{"size", sizeLimits},
	{"twice", twice},
	{"change", changes},
	{"pipe", pipes},
	{"stdout", summaries},
	{"limit", openFiles},
	{"names", names},
	{"place", places},
	{"occupied", occupied},
	{"clock", clocks},
	{"big", bigFile},
}

func main() {
	seed := flag.Uint64("seed", 1, "seed of the random moments, sizes and changes")
	count := flag.Int("kills", 1000, "number of runs to kill")
	scale := flag.String("scale", "full", "size of the demo data: small or full")
	big := flag.Float64("big", 0, "also read a results file of this many GB (0: none)")
	only := flag.String("only", "", "run only these trials, separated by commas")
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
	fmt.Println("| fault | applied to | runs | outcome |\n|---|---|---|---|")
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
		fmt.Fprintf(os.Stderr, "%d runs did not end as expected\n", l.faults)
		os.Exit(1)
	}
}
