// Command hubdata turns annotated tissue tiles into data a detector can train
// on.
//
// The program is in internal/app, which has the tree of commands, and in a
// package for each command beside it: flags, calls of the libraries, output.
package main

import (
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
)

func main() { os.Exit(app.Main()) }
