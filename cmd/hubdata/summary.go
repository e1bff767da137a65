package main

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
	write(text *strings.Builder)
}

// summarize prints the summary of a run that wrote to outs: on standard output,
// unless one of them is there.
func (c *console) summarize(sum summarizer, outs ...string) error {
	w := io.Writer(c.out)
	if slices.Contains(outs, "-") {
		w = c.stderr
	}
	if c.json {
		return printJSON(w, sum)
	}
	if c.quiet {
		return nil
	}
	var text strings.Builder
	sum.write(&text)
	_, err := io.WriteString(w, text.String())
	return err
}

// printJSON prints a value as JSON.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// summaryFile is a file that a run wrote. Every summary lists them in its member
// files.
type summaryFile struct {
	Path        string `json:"path"`
	Images      int    `json:"images"` // 0, as annotations, of what is no set
	Annotations int    `json:"annotations"`
	set         bool
}

// newSummaryFile names a file, with slashes on every system.
func newSummaryFile(path string) summaryFile { return summaryFile{Path: filepath.ToSlash(path)} }

// newSummarySet names a file that holds images and annotations.
func newSummarySet(path string, images, annotations int) summaryFile {
	return summaryFile{filepath.ToSlash(path), images, annotations, true}
}

// wrote tells of files; nobody need be told of standard output.
func wrote(text *strings.Builder, files ...summaryFile) {
	for _, f := range files {
		switch {
		case f.Path == "-":
		case f.set:
			fmt.Fprintf(text, "wrote %s (%s, %s)\n", f.Path, count(f.Images, "image", "images"), count(f.Annotations, "annotation", "annotations"))
		default:
			fmt.Fprintf(text, "wrote %s\n", f.Path)
		}
	}
}

// wroteInstances tells of files that hold instances of tiles.
func wroteInstances(text *strings.Builder, files []summaryFile) {
	for _, f := range files {
		if f.Path != "-" {
			fmt.Fprintf(text, "wrote %s (%s, %s)\n", f.Path, count(f.Images, "tile", "tiles"), count(f.Annotations, "instance", "instances"))
		}
	}
}

// count writes n and the word that fits it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes n with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
