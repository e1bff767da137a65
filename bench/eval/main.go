// Command eval scores results as package coco/eval does: eval TYPE TRUTH RESULTS
// prints the summary, and on standard error the seconds of each step.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

func main() {
	debug.SetGCPercent(400) // as the hubdata program has it
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: eval segm|bbox|boundary TRUTH RESULTS")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kind, truthName, resultsName string) error {
	if name := os.Getenv("CPUPROFILE"); name != "" {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	p := new(eval.Params)
	var err error
	if p.Type, err = eval.ParseType(kind); err != nil {
		return err
	}
	start := time.Now()
	step := func(name string) {
		fmt.Fprintf(os.Stderr, "%s %.3f\n", name, time.Since(start).Seconds())
		start = time.Now()
	}
	f, err := os.Open(truthName)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	truth, err := coco.Decode(f)
	if err != nil {
		return err
	}
	step("truth")
	g, err := os.Open(resultsName)
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }() // only read
	results, err := coco.DecodeResults(g)
	if err != nil {
		return err
	}
	step("results")
	r, err := eval.Evaluate(context.Background(), truth, results, p)
	if err != nil {
		return err
	}
	step("evaluate")
	return r.WriteSummary(os.Stdout)
}
