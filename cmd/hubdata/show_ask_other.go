//go:build !unix

package main

// askTerminal asks the terminal whether it shows sixels: not here.
func askTerminal() bool { return false }
