package raster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/csvtable"
)

// splitsFile lists the images whose split their folders do not say: the path of the image in
// the export, whether its file is there or not, and the split.
const splitsFile = "splits.csv"

// SplitsFrame is the frame of splits.csv; that of another file is empty.
func SplitsFrame(file string) formats.Frame {
	if file == splitsFile {
		return formats.Frame{Before: "image,split\n"}
	}
	return formats.Frame{}
}

// SplitPart is the row of splits.csv of an image; known are the splits that its folders say.
func SplitPart(image, split string, known ...string) []formats.Part {
	if split == "" || slices.Contains(known, split) {
		return nil
	}
	row := AppendField(append(AppendField(nil, image), ','), split)
	return []formats.Part{{File: splitsFile, Text: append(row, '\n')}}
}

// FolderSplits are the splits that [Split] finds in a path.
func FolderSplits() []string { return slices.Clone(splits) }

// Splits are those of splits.csv, by the path of the image without suffix.
type Splits map[string]string

// ReadSplits reads the splits.csv of a source, if it is there.
func ReadSplits(fsys fs.FS) (Splits, error) {
	f, err := fsys.Open(splitsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	rows, err := csvtable.New(f, "image", "split")
	if err != nil {
		return nil, fmt.Errorf("%s: %w: rename the file if it is about something else", splitsFile, err)
	}
	s := Splits{}
	for {
		if err := rows.Next(); errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", splitsFile, err)
		}
		key := withoutSuffix(path.Clean(rows.Value(0)))
		if other, ok := s[key]; ok && other != rows.Value(1) {
			return nil, fmt.Errorf("%s: %w", splitsFile, rows.Errorf("split", "found %s and %s for %s, expected one", csvtable.Quote(other), csvtable.Quote(rows.Value(1)), csvtable.Quote(rows.Value(0))))
		}
		s[key] = rows.Value(1)
	}
}

func withoutSuffix(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

// Of is the split of an image, whose path without suffix is one of those given; otherwise is
// what its folders say.
func (s Splits) Of(otherwise string, images ...string) string {
	for _, image := range images {
		if split := s[image]; split != "" {
			return split
		}
	}
	return otherwise
}
