// Package submissioncmd is the command hubdata submission: encode, decode, check and score submissions to the competition.
package submissioncmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Makes, reads, checks and scores submissions to the competition: CSV tables with
a row per tile, id,height,width,prediction_string. The last column has "class
score mask" for each instance; a mask is COCO's compressed counts, deflated and
in base64.

examples:
   hubdata submission encode fused.segm.json
   hubdata submission check --tiles test submission.csv
   hubdata submission score submission.csv val.json`

// Command is hubdata submission.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "submission",
		Usage:       "make, read, check and score submissions to the competition",
		UsageText:   "COMMAND [flags] [arguments]",
		Description: help,
		Subcommands: []*cli.Command{
			encodeCommand(c),
			decodeCommand(c),
			checkCommand(c),
			scoreCommand(c),
		},
	}
}
