//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// stopSignals ask a run to stop.
var stopSignals = []os.Signal{os.Interrupt}

func isRequeue(os.Signal) bool { return false }

// ownGroup: there are no process groups to put it into.
func ownGroup(*exec.Cmd) {}

// signal ends the process: the system cannot ask it to.
func (t *trainer) signal(os.Signal) { t.kill() }

func (t *trainer) kill() { _ = t.cmd.Process.Kill() }
