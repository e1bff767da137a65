package masks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
}

// readClasses returns the names of the numbers: those that the user gave, those of
// dataset.json, or those of classes.csv.
func readClasses(src *formats.Source) (*classes, error) {
	c := &classes{names: map[uint32]string{}}
	if len(src.Classes) > 0 {
		c.from = "the classes given"
		names := src.Classes
		if names[0] == background {
			names = names[1:]
		}
		for i, name := range names {
			c.names[uint32(i+1)] = name
		}
		return c, nil
	}
	for _, known := range []struct {
		file string
		read func(io.Reader, map[uint32]string) error
	}{{datasetFile, readDataset}, {classesFile, readTable}} {
		f, err := src.FS.Open(known.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = known.read(f, c.names)
		_ = f.Close() // only read
		if err != nil {
			return nil, fmt.Errorf("%s: %w", known.file, err)
		}
		c.from = known.file
		return c, nil
	}
	return c, nil
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
func readTable(r io.Reader, names map[uint32]string) error {
	rows, err := csvtable.New(r, "id", "class")
	if err != nil {
		return err
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
		if _, ok := names[uint32(number)]; ok {
			return rows.Errorf("id", "found %d again: remove one", number)
		}
		if rows.Value(1) == "" {
			return rows.Errorf("class", "found no class, expected its name")
		}
		if number > 0 {
			names[uint32(number)] = rows.Value(1)
		}
	}
}

// readDataset reads the member labels of nnU-Net's dataset.json: numbers by names, or as its
// first version had it names by numbers.
func readDataset(r io.Reader, names map[uint32]string) error {
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
	for key, value := range dataset.Labels {
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
		if other, ok := names[uint32(number)]; ok {
			return fmt.Errorf("labels: found %q and %q for the number %d, expected one", min(name, other), max(name, other), number)
		}
		if number > 0 {
			names[uint32(number)] = name
		}
	}
	return nil
}
