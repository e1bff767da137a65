package main

import "strings"

// exitCodes says what a command may exit with; "" is the program itself.
func exitCodes(command string) []exitCode {
	skipped := ""
	switch command, _, _ := strings.Cut(command, " "); command {
	case "train":
		return trainExitCodes
	case "version", "completion", "help":
		return []exitCode{{exitOK, "done"}, {exitFailure, "it could not be printed"}, {exitUsage, "the command line is wrong"}}
	case "convert", "folds":
		skipped = "done, but bad lines were skipped (--keep-going)"
	case "check":
		skipped = "repaired, but faults are left (--fix)"
	case "show":
		skipped = "drawn, but without images or masks that cannot be read"
	case "":
		skipped = "done, but bad lines were skipped (--keep-going), or faults are left (check --fix), or pictures lack what cannot be read (show)"
	}
	codes := []exitCode{
		{exitOK, "done"},
		{exitFailure, "a file could not be read or written"},
		{exitUsage, "the command line is wrong"},
		{exitBadData, "an input is wrong: the message names the place; nothing was written"},
	}
	if skipped != "" {
		codes = append(codes, exitCode{exitSkipped, skipped})
	}
	return append(codes,
		exitCode{exitInterrupted, "interrupted; nothing was written"},
		exitCode{exitNoReader, `standard output was closed before its end, as by "| head"`})
}
