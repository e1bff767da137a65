package app

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// exitCodes says what a command may exit with; "" is the program itself.
func exitCodes(command string) []ui.ExitCode {
	skipped, interrupted := "", "interrupted; nothing was written"
	switch command, _, _ := strings.Cut(command, " "); command {
	case "train":
		return traincmd.ExitCodes
	case "version", "completion", "help":
		return []ui.ExitCode{{Code: ui.ExitOK, Text: "done"}, {Code: ui.ExitFailure, Text: "it could not be printed"}, {Code: ui.ExitUsage, Text: "the command line is wrong"}}
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
	codes := []ui.ExitCode{
		{Code: ui.ExitOK, Text: "done"},
		{Code: ui.ExitFailure, Text: "a file could not be read or written"},
		{Code: ui.ExitUsage, Text: "the command line is wrong"},
		{Code: ui.ExitBadData, Text: "an input is wrong: the message names the place; nothing was written"},
	}
	if skipped != "" {
		codes = append(codes, ui.ExitCode{Code: ui.ExitSkipped, Text: skipped})
	}
	return append(codes,
		ui.ExitCode{Code: ui.ExitInterrupted, Text: interrupted},
		ui.ExitCode{Code: ui.ExitNoReader, Text: `standard output was closed before its end, as by "| head"`})
}
