//go:build !unix

package showcmd

// askTerminal asks the terminal whether it shows sixels: not here.
func askTerminal() bool { return false }
