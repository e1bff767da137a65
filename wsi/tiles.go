package wsi

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/csvtable"
)

// UnlabelledDataset is the dataset whose tiles have no outlines. It contains most of
// the competition's tiles. Pseudo-labels are generated for these.
const UnlabelledDataset = 3

// MaxTiles is the largest number of rows that [ReadTable] accepts.
const MaxTiles = 1 << 22

// Tile is a row of tile_meta.csv: a square cut from a whole-slide image.
type Tile struct {
	Row     int    // data row in the file, counted from 1
	ID      string // the image is ID + ".tif", or an image of that name; see [Table.Find]
	WSI     int    // number of the slide: column source_wsi
	Dataset int    // 1: labels reviewed by experts, 2: labels not reviewed, 3: no labels
	I, J    int    // columns i and j; see Origin
}

// Origin returns the position of the tile's top left pixel in its slide, in
// slide pixels: x is column i, y is column j. The package comment explains how
// this is known.
func (t Tile) Origin() (x, y int) { return t.I, t.J }

// FileName returns the name of the tile's image file.
func (t Tile) FileName() string { return t.ID + ".tif" }

// tileColumns are the columns that give the fields of a Tile.
var tileColumns = []string{"id", "source_wsi", "dataset", "i", "j"}

// ReadTiles reads tile_meta.csv row by row: columns id, source_wsi, dataset, i
// and j, found by name in the header. Other columns are ignored. An invalid row
// gives a [*RowError]. The first error ends the sequence.
func ReadTiles(r io.Reader) iter.Seq2[Tile, error] {
	return func(yield func(Tile, error) bool) {
		t, err := csvtable.New(r, tileColumns...)
		if err != nil {
			yield(Tile{}, err)
			return
		}
		for {
			tile, err := readTile(t)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(tile, err) || err != nil {
				return
			}
		}
	}
}

// readTile reads the next row of tile_meta.csv.
func readTile(t *csvtable.Table) (Tile, error) {
	if err := t.Next(); err != nil {
		return Tile{}, err
	}
	row, _ := t.Row()
	tile := Tile{Row: row}
	var err error
	if tile.ID, err = t.Text(0); err != nil {
		return Tile{}, err
	}
	if strings.ContainsFunc(tile.ID, unicode.IsControl) {
		return Tile{}, t.Errorf("id", "%s has a control character", csvtable.Quote(tile.ID))
	}
	for k, v := range []*int{&tile.WSI, &tile.Dataset, &tile.I, &tile.J} {
		if *v, err = t.Integer(k + 1); err != nil {
			return Tile{}, err
		}
	}
	return tile, nil
}

// Table holds all of tile_meta.csv. It never changes after [ReadTable] or
// [NewTable], so goroutines may share it.
type Table struct {
	tiles []Tile
	rows  map[string]int // id to index in tiles
	extra []extraColumn  // in the order of the file

	naming sync.Once
	names  *coco.Names // nil: not asked for yet
}

// extraColumn is a column without a field in Tile.
type extraColumn struct {
	name   string
	at     int // in the header
	values []string
}

// ReadTable reads all of tile_meta.csv. A duplicate id is an error that names
// both lines. More than [MaxTiles] rows are an error too.
func ReadTable(r io.Reader) (*Table, error) {
	t, err := csvtable.New(r, tileColumns...)
	if err != nil {
		return nil, err
	}
	table := &Table{rows: map[string]int{}}
	for k, name := range t.Header() {
		if !slices.Contains(tileColumns, name) {
			table.extra = append(table.extra, extraColumn{name: name, at: k})
		}
	}
	var lines []int // of the file: quoted fields may hold line breaks
	for {
		tile, err := readTile(t)
		if errors.Is(err, io.EOF) {
			return table, nil
		}
		if err != nil {
			return nil, err
		}
		if len(table.tiles) == MaxTiles {
			return nil, t.Errorf("", "more than %d tiles", MaxTiles)
		}
		_, line := t.Row()
		if k, ok := table.rows[tile.ID]; ok {
			return nil, t.Errorf("id", "tile %s is already in row %d (line %d): remove one", csvtable.Quote(tile.ID), k+1, lines[k])
		}
		table.rows[tile.ID] = len(table.tiles)
		table.tiles = append(table.tiles, tile)
		lines = append(lines, line)
		for k := range table.extra {
			c := &table.extra[k]
			c.values = append(c.values, t.Field(c.at))
		}
	}
}

// NewTable returns a table of copies of the tiles. It sets Row from their
// order. Duplicate ids are an error.
func NewTable(tiles []Tile) (*Table, error) {
	table := &Table{tiles: make([]Tile, len(tiles)), rows: make(map[string]int, len(tiles))}
	for k, t := range tiles {
		if first, ok := table.rows[t.ID]; ok {
			return nil, fmt.Errorf("wsi: duplicate tile %s, number %d and %d", csvtable.Quote(t.ID), first+1, k+1)
		}
		t.Row = k + 1
		table.rows[t.ID], table.tiles[k] = k, t
	}
	return table, nil
}

// Len returns the number of tiles.
func (t *Table) Len() int { return len(t.tiles) }

// Tile returns the tile with the given id.
func (t *Table) Tile(id string) (Tile, bool) {
	k, ok := t.rows[id]
	if !ok {
		return Tile{}, false
	}
	return t.tiles[k], true
}

// All returns the tiles in the order of the file.
func (t *Table) All() iter.Seq[Tile] {
	return func(yield func(Tile) bool) {
		for _, tile := range t.tiles {
			if !yield(tile) {
				return
			}
		}
	}
}

// Columns returns the names of the table's columns: those of [Tile], then the
// others in the order of the file.
func (t *Table) Columns() []string {
	names := slices.Clone(tileColumns)
	for _, c := range t.extra {
		names = append(names, c.name)
	}
	return names
}

// Column returns the values of a column as text, in the order of the file. ok
// is false if there is no such column.
func (t *Table) Column(name string) (values []string, ok bool) {
	for _, c := range t.extra {
		if c.name == name {
			return slices.Clone(c.values), true
		}
	}
	k := slices.Index(tileColumns, name)
	if k < 0 {
		return nil, false
	}
	for _, tile := range t.tiles {
		number := [...]int{0, tile.WSI, tile.Dataset, tile.I, tile.J}[k]
		if k == 0 {
			values = append(values, tile.ID)
		} else {
			values = append(values, strconv.Itoa(number))
		}
	}
	return values, true
}
