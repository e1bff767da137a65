package democmd

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// summary is what a run reports.
type summary struct {
	Folder     string          `json:"folder"`
	Made       int             `json:"files_made"`
	Conversion *folder.Summary `json:"conversion,omitempty"`
}

func (sum *summary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "made %s: %s\n", sum.Folder, ui.Plural(sum.Made, "file", "files"))
	if sum.Conversion == nil {
		return
	}
	sum.Conversion.WriteText(text)
	ui.Fprintf(text, "\nnext, try:\n   cd %s\n", sum.Folder)
	for _, command := range []string{
		"hubdata convert --class all --segmentation polygon -o coco_data/all",
		"hubdata folds -k 5",
		"hubdata pseudo --thr 0.6 --merge coco_data/coco/ds2.json",
		"hubdata eval ds3_truth.json predictions/vit.segm.json",
		"hubdata show -o tiles.png",
		"hubdata report",
	} {
		ui.Fprintf(text, "   %s\n", command)
	}
}
