// Command hubdata turns annotated tissue tiles into data a detector can train
// on.
//
// main turns the world into values and calls run, which tests call too. Each
// command has a file: flags, one library call, output. What they share:
// exits.go (exit codes), console.go (rules of output), input.go and output.go
// (files).
package main

import (
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
)

func main() { os.Exit(app.Main()) }
