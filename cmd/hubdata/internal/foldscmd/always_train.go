package foldscmd

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// alwaysTrain says which tiles are in every training set.
type alwaysTrain struct {
	text           string
	datasets, wsis flags.Numbers
}

// parseAlwaysTrain reads DATASETS or DATASETS:wsi=NUMBERS.
func parseAlwaysTrain(text string) (a alwaysTrain, err error) {
	if text == "" {
		return a, nil
	}
	a.text = text
	tier, slides, some := strings.Cut(text, ":")
	if a.datasets, err = flags.ParseNumbers(tier); err != nil {
		return a, ui.Usagef("--always-train: %v", err)
	}
	if some {
		list, ok := strings.CutPrefix(slides, "wsi=")
		if !ok {
			return a, ui.Usagef("--always-train: %q is not like 2 or 2:wsi=3,4", text)
		}
		if a.wsis, err = flags.ParseNumbers(list); err != nil {
			return a, ui.Usagef("--always-train: %v", err)
		}
	}
	if a.datasets.Has(wsi.UnlabelledDataset) {
		return a, ui.Usagef("--always-train: dataset %d has no outlines to train on", wsi.UnlabelledDataset)
	}
	return a, nil
}

func (a *alwaysTrain) has(t wsi.Tile) bool {
	return a.text != "" && a.datasets.Has(t.Dataset) && a.wsis.Has(t.WSI)
}
