package app

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// exitCode is a line of the list of exit codes in the help of a command.
type exitCode struct {
	code int
	text string
}

// exitCodes are those that a command may exit with; "" is the program itself. Their numbers are in ui and traincmd, what
// they mean for users only here.
func exitCodes(command string) []exitCode {
	skipped, interrupted := "", "interrupted; nothing was written"
	switch command, _, _ := strings.Cut(command, " "); command {
	case "view":
		return viewExitCodes()
	case "train":
		return trainExitCodes()
	case "version", "completion", "help":
		return []exitCode{{ui.ExitOK, "done"}, {ui.ExitFailure, "the output could not be written"}, {ui.ExitUsage, "the command line is wrong"}}
	case "convert", "folds":
		skipped = "done, but bad lines were skipped (--keep-going)"
	case "check":
		skipped = "fixed, but problems are left (--fix)"
	case "show":
		skipped = "drawn, but without the images or masks that cannot be read"
		interrupted = "interrupted; pictures written before that are complete"
	case "verify":
		return []exitCode{{ui.ExitOK, "all is verified"}, {ui.ExitFailure, "a file could not be read or written"}, {ui.ExitUsage, "the command line is wrong"},
			{ui.ExitBadData, "an input has changed, a file was made from itself, bytes differ, or nothing says how the file was made"},
			{ui.ExitSkipped, "nothing is wrong, but an input is gone or could not be checked, or a command was not run again"},
			{ui.ExitInterrupted, "interrupted"}, {ui.ExitNoReader, `the reader of standard output has gone away, as with "| head"`}}
	case "report":
		skipped = "written, but an input could not be read: the report says which"
	case "export":
		skipped = "written, but the format has no place for some of the instances"
	case "import":
		skipped = "written, but some of what the files hold has no place in a COCO set"
	case "tile":
		skipped = "written, but some annotations cannot be on a tile: they have no image, no mask and box, or no pixel"
	case "demo":
		interrupted = "interrupted; files written before that are complete"
	case "":
		skipped = "done, but bad lines were skipped (--keep-going), problems are left or annotations were removed (check --fix), an input could not be read (show, report), or something has no place in the other format (export, import) or on a tile (tile), or an input is gone (verify)"
		interrupted = "interrupted; files written before that are complete"
	}
	codes := []exitCode{
		{ui.ExitOK, "done"},
		{ui.ExitFailure, "a file could not be read or written"},
		{ui.ExitUsage, "the command line is wrong"},
		{ui.ExitBadData, "an input is wrong: the message says where; nothing was written"},
	}
	if skipped != "" {
		codes = append(codes, exitCode{ui.ExitSkipped, skipped})
	}
	return append(codes,
		exitCode{ui.ExitInterrupted, interrupted},
		exitCode{ui.ExitNoReader, `the reader of standard output has gone away, as with "| head"`})
}

// viewExitCodes are those of hubdata view, which ends when the user ends it.
func viewExitCodes() []exitCode {
	return []exitCode{
		{ui.ExitOK, "ended by Ctrl-C"},
		{ui.ExitFailure, "a file could not be read or written, or the port is taken"},
		{ui.ExitUsage, "the command line is wrong"},
		{ui.ExitBadData, "an input is wrong: the message says where"},
		{ui.ExitInterrupted, "interrupted while it read its inputs"},
	}
}

// trainExitCodes are those of hubdata train, which has its own.
func trainExitCodes() []exitCode {
	return []exitCode{
		{ui.ExitOK, "done"},
		{ui.ExitFailure, "a file could not be read or written, or another run uses the folder"},
		{ui.ExitUsage, "the command line or the recipe is wrong"},
		{ui.ExitBadData, "an input is wrong, missing, or has changed since a stage began"},
		{traincmd.ExitTrainer, "a training failed, or ended without its checkpoint or predictions"},
		{traincmd.ExitCheckpoint, "a checkpoint is missing, or files and logs disagree about it"},
		{traincmd.ExitInfrastructure, "a program that is needed, such as python or sbatch, is missing"},
		{ui.ExitInterrupted, "interrupted; run again to continue"},
	}
}
