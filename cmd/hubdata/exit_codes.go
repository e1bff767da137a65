package main

import "strings"

// exitCodes says what a command may exit with; "" is the program itself.
func exitCodes(command string) []exitCode {
	skipped, interrupted := "", "interrupted; nothing was written"
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
		interrupted = "interrupted; pictures written before are whole"
	case "report":
		skipped = "written, but an input could not be read: the report says which"
	case "demo":
		interrupted = "interrupted; files written before are whole"
	case "":
		skipped = "done, but bad lines were skipped (--keep-going), faults are left (check --fix), or an input could not be read (show, report)"
		interrupted = "interrupted; files written before are whole"
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
		exitCode{exitInterrupted, interrupted},
		exitCode{exitNoReader, `standard output was closed before its end, as by "| head"`})
}
