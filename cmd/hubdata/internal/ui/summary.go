package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// A summarizer is what a run reports when it is done: its exported fields as JSON
// or, for people, what write says.
type summarizer interface {
	WriteText(text *strings.Builder)
}

// Summarize prints the summary of a run that wrote to outs: on standard output,
// unless one of them is there.
func (c *Console) Summarize(sum summarizer, outs ...string) error {
	w := io.Writer(c.Out)
	if slices.Contains(outs, "-") {
		w = c.Stderr
	}
	if c.JSON {
		return PrintJSON(w, sum)
	}
	if c.Quiet {
		return nil
	}
	var text strings.Builder
	sum.WriteText(&text)
	_, err := io.WriteString(w, text.String())
	return err
}

// PrintJSON prints a value as JSON.
func PrintJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// SummaryFile is a file that a run wrote. Every summary lists them in its member
// files.
type SummaryFile struct {
	Path        string `json:"path"`
	Images      int    `json:"images"` // 0, as annotations, of what is no set
	Annotations int    `json:"annotations"`
	set         bool
}

// NewSummaryFile names a file, with slashes on every system.
func NewSummaryFile(path string) SummaryFile { return SummaryFile{Path: filepath.ToSlash(path)} }

// NewSummarySet names a file that holds images and annotations.
func NewSummarySet(path string, images, annotations int) SummaryFile {
	return SummaryFile{filepath.ToSlash(path), images, annotations, true}
}

// ListFiles tells of files; nobody need be told of standard output.
func ListFiles(text *strings.Builder, files ...SummaryFile) {
	for _, f := range files {
		switch {
		case f.Path == "-":
		case f.set:
			fmt.Fprintf(text, "wrote %s (%s, %s)\n", f.Path, Plural(f.Images, "image", "images"), Plural(f.Annotations, "annotation", "annotations"))
		default:
			fmt.Fprintf(text, "wrote %s\n", f.Path)
		}
	}
}

// ListInstances tells of files that hold instances of tiles.
func ListInstances(text *strings.Builder, files []SummaryFile) {
	for _, f := range files {
		if f.Path != "-" {
			fmt.Fprintf(text, "wrote %s (%s, %s)\n", f.Path, Plural(f.Images, "tile", "tiles"), Plural(f.Annotations, "instance", "instances"))
		}
	}
}
