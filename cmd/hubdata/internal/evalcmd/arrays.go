package evalcmd

import (
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
)

// arraysFormat is how --arrays is written: by its suffix.
func arraysFormat(path string) string { return strings.ToLower(filepath.Ext(path)) }

// writeArrays writes the arrays of precision, recall and scores to the file of --arrays.
func writeArrays(outs *files.Outputs, path string, r *scoring.Report) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	write := r.Evaluation().WriteNPZ
	if arraysFormat(path) == ".json" {
		write = r.Evaluation().WriteArraysJSON
	}
	if err := write(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}
