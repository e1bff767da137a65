package ui

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/printable"
)

// A Summary is what a run reports when it is done: WriteText writes it for people, its exported fields are the JSON.
type Summary interface {
	WriteText(text *strings.Builder)
}

// Summarize prints the summary of a run that wrote the files outs: on standard output, or on standard error if one of
// outs is standard output.
func (c *Console) Summarize(sum Summary, outs ...string) error {
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

// PrintJSON prints a value as JSON. Characters that a terminal would obey, and what is not
// UTF-8, are escapes, which read back as they were.
func PrintJSON(w io.Writer, v any) error { return printJSON(w, v, "  ") }

// PrintJSONLine is [PrintJSON] on a line.
func PrintJSONLine(w io.Writer, v any) error { return printJSON(w, v, "") }

func printJSON(w io.Writer, v any, indent string) error {
	text, err := jsonscan.Marshal(v)
	if err != nil {
		return err
	}
	if indent != "" {
		var lines bytes.Buffer
		if err := json.Indent(&lines, text, "", indent); err != nil {
			return err
		}
		text = lines.Bytes()
	}
	_, err = w.Write(append(printable.JSON(text), '\n'))
	return err
}

// SummaryFile is a file that a run wrote. Every summary lists them in its member files.
type SummaryFile struct {
	Path        string `json:"path"`
	Images      int    `json:"images"` // 0, as annotations, for a file of another kind
	Annotations int    `json:"annotations"`
	set         bool
}

// NewSummaryFile is a file that holds no images. Its path has slashes on every system.
func NewSummaryFile(path string) SummaryFile { return SummaryFile{Path: filepath.ToSlash(path)} }

// NewSummarySet is a file of images and annotations.
func NewSummarySet(path string, images, annotations int) SummaryFile {
	return SummaryFile{filepath.ToSlash(path), images, annotations, true}
}

// ListFiles writes a line for each file, except standard output.
func ListFiles(text *strings.Builder, files ...SummaryFile) {
	for _, f := range files {
		switch {
		case f.Path == "-":
		case f.set:
			Fprintf(text, "wrote %s (%s, %s)\n", f.Path, Plural(f.Images, "image", "images"), Plural(f.Annotations, "annotation", "annotations"))
		default:
			Fprintf(text, "wrote %s\n", f.Path)
		}
	}
}

// ListInstances is [ListFiles] for files of instances on tiles.
func ListInstances(text *strings.Builder, files []SummaryFile) {
	for _, f := range files {
		switch {
		case f.Path == "-":
		case f.set:
			Fprintf(text, "wrote %s (%s, %s)\n", f.Path, Plural(f.Images, "tile", "tiles"), Plural(f.Annotations, "instance", "instances"))
		default:
			Fprintf(text, "wrote %s\n", f.Path)
		}
	}
}
