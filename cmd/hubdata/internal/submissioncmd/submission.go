package submissioncmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const submissionHelp = `Makes, reads, checks and scores what the competition takes: a CSV table with a
row a tile, id,height,width,prediction_string, whose last column holds
"class score mask" of each instance; a mask is COCO's compressed counts, deflated
and in base64.

examples:
   hubdata submission encode fused.segm.json
   hubdata submission check --tiles test submission.csv
   hubdata submission score submission.csv val.json`

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "submission",
		Usage:       "make, read, check and score submissions to the competition",
		UsageText:   "COMMAND [flags] [arguments]",
		Description: submissionHelp,
		Subcommands: []*cli.Command{
			encodeCommand(c),
			decodeCommand(c),
			submissionCheckCommand(c),
			scoreCommand(c),
		},
	}
}
