package masks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/csvtable"
)

// maxDataset is the largest dataset.json that is read.
const maxDataset = 1 << 20

// ignored is the name of nnU-Net's number of pixels that are not looked at.
const ignored = "ignore"

// classes are the names of numbers.
type classes struct {
	names map[uint32]string
	from  string // where they are from
	// folders are the classes by the folders of their masks, if classes.csv says that each has
	// one: the export was of kind=binary.
	folders map[string]string
}

// readClasses returns the names of the numbers: those that the user gave, those of
// dataset.json, or those of classes.csv.
func readClasses(src *formats.Source) (*classes, error) {
	c := &classes{names: map[uint32]string{}}
	if len(src.Classes) > 0 {
		if err := c.read(src, classesFile, readTable); err != nil {
			c.folders = nil // the classes given are for files that cannot be read
		}
		c.from = "the classes given"
		names := src.Classes
		if names[0] == background {
			names = names[1:]
		}
		clear(c.names)
		for i, name := range names {
			c.names[uint32(i+1)] = name
		}
		return c, nil
	}
	err := c.read(src, datasetFile, readDataset)
	if err == nil && c.from == "" {
		err = c.read(src, classesFile, readTable)
	}
	return c, err
}

// read reads a file of classes, if it is there.
func (c *classes) read(src *formats.Source, file string, parse func(io.Reader, *classes) error) error {
	f, err := src.FS.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	if err := parse(f, c); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	c.from = file
	return nil
}

// name returns the class of a number.
func (c *classes) name(number uint32) (string, error) {
	name, ok := c.names[number]
	switch {
	case ok:
		return name, nil
	case c.from == "":
		return "", fmt.Errorf("number %d: found no names of classes, expected %s, %s, or names given for the numbers from 1", number, datasetFile, classesFile)
	}
	return "", fmt.Errorf("number %d: found no class of this number, expected one of the %d of %s: add its name, or read it with kind=binary if each folder of masks is a class", number, len(c.names), c.from)
}

// readTable reads classes.csv.
func readTable(r io.Reader, c *classes) error {
	rows, err := csvtable.New(r, "id", "class")
	if err != nil {
		return err
	}
	folder := slices.Index(rows.Header(), "folder")
	if folder >= 0 {
		c.folders = map[string]string{}
	}
	for {
		if err := rows.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		number, err := strconv.ParseUint(rows.Value(0), 10, 32)
		if err != nil {
			return rows.Errorf("id", "found %s, expected the number of a class", csvtable.Quote(rows.Value(0)))
		}
		if _, ok := c.names[uint32(number)]; ok {
			return rows.Errorf("id", "found %d again: remove one", number)
		}
		if rows.Value(1) == "" {
			return rows.Errorf("class", "found no class, expected its name")
		}
		if number > 0 {
			c.names[uint32(number)] = rows.Value(1)
		}
		if folder >= 0 && rows.Field(folder) != "" {
			c.folders[rows.Field(folder)] = rows.Value(1)
		}
	}
}

// readDataset reads the member labels of nnU-Net's dataset.json: numbers by names, or as its
// first version had it names by numbers.
func readDataset(r io.Reader, c *classes) error {
	text, err := io.ReadAll(io.LimitReader(r, maxDataset+1))
	if err != nil {
		return err
	}
	if len(text) > maxDataset {
		return fmt.Errorf("found more than %d bytes, expected nnU-Net's list of labels", maxDataset)
	}
	var dataset struct {
		Labels map[string]json.RawMessage `json:"labels"`
	}
	if err := json.Unmarshal(text, &dataset); err != nil {
		return fmt.Errorf("found no valid JSON, expected nnU-Net's list of labels: %w", err)
	}
	if len(dataset.Labels) == 0 {
		return errors.New("labels: found none, expected the numbers of the classes by their names")
	}
	for _, key := range slices.Sorted(maps.Keys(dataset.Labels)) {
		value := dataset.Labels[key]
		name, number := key, uint64(0)
		err := json.Unmarshal(value, &number)
		var other string
		if err != nil && json.Unmarshal(value, &other) == nil {
			name = other
			number, err = strconv.ParseUint(key, 10, 32)
		}
		if err != nil || number > 1<<32-1 {
			return fmt.Errorf("labels: %q: found %s, expected the number of a class: regions of several numbers are not read", key, csvtable.Quote(string(value)))
		}
		if other, ok := c.names[uint32(number)]; ok {
			return fmt.Errorf("labels: found %q and %q for the number %d, expected one", min(name, other), max(name, other), number)
		}
		if number > 0 {
			c.names[uint32(number)] = name
		}
	}
	return nil
}
