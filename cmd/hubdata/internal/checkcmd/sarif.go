package checkcmd

import (
	"net/url"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/internal/regularfile"
)

// sarifTool is the name of the tool in a log.
const sarifTool = "hubdata check"

// fileURI names the input in, or a file of the folder that is the input.
func fileURI(in, file string) string {
	path := in
	if file != "" {
		path = filepath.Join(path, file)
	}
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}

// writeSARIF writes the log of the findings that a report lists.
func writeSARIF(outs *files.Outputs, path, in string, r *Report) error {
	create := outs.Create
	if madeSARIF(path) {
		create = outs.CreateOver
	}
	out, err := create(path)
	if err != nil {
		return err
	}
	uri := func(file string) string { return fileURI(in, file) }
	log := check.SARIF{Tool: sarifTool, Version: ui.Version, Rules: allRules(), Findings: r.Findings, Unlisted: r.Unlisted, URI: uri, Fixer: "hubdata check --fix"}
	if err := log.Encode(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// madeSARIF reports whether a file is a log of hubdata check, which may be overwritten.
func madeSARIF(path string) bool {
	f, _, err := regularfile.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	tool, _ := check.SARIFTool(f)
	return tool == sarifTool
}
