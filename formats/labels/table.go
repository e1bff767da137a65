package labels

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strconv"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/csvtable"
)

// row is what a table says of a number of a label image.
type row struct {
	class string
	score float64 // NaN: none
	line  int
}

// table is labels.csv: rows by label image and number.
type table map[string]map[uint32]row

// readTable reads labels.csv; nil: the source has none.
func readTable(src *formats.Source) (table, error) {
	file, err := src.FS.Open(tableFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	t, err := parseTable(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tableFile, err)
	}
	return t, nil
}

func parseTable(r io.Reader) (table, error) {
	rows, err := csvtable.New(r, "label_image", "id", "class", "score")
	if err != nil {
		return nil, err
	}
	t := table{}
	for {
		if err := rows.Next(); errors.Is(err, io.EOF) {
			return t, nil
		} else if err != nil {
			return nil, err
		}
		_, line := rows.Row()
		number, err := strconv.ParseUint(rows.Value(1), 10, 32)
		if err != nil || number == 0 {
			return nil, rows.Errorf("id", "found %s, expected a number from 1 to %d", csvtable.Quote(rows.Value(1)), uint32(math.MaxUint32))
		}
		entry := row{class: rows.Value(2), score: math.NaN(), line: line}
		if entry.class == "" {
			return nil, rows.Errorf("class", "found no class, expected its name")
		}
		if text := rows.Value(3); text != "" {
			if entry.score, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(entry.score) || math.IsInf(entry.score, 0) {
				return nil, rows.Errorf("score", "found %s, expected a finite number, or nothing", csvtable.Quote(text))
			}
		}
		image := path.Clean(rows.Value(0))
		if t[image] == nil {
			t[image] = map[uint32]row{}
		}
		if other, ok := t[image][uint32(number)]; ok {
			return nil, rows.Errorf("id", "found %d of %s again, which line %d has: remove one", number, csvtable.Quote(image), other.line)
		}
		t[image][uint32(number)] = entry
	}
}
