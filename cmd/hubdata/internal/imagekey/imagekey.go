// Package imagekey reads the values by which commands group and choose images: those of --by, --group, --stratify and
// --where, with the table of --table.
package imagekey

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// About explains in help what a FIELD may be.
const About = `FIELD is a member of the images (patient, site, stain ...), a column of --table, or
a folder of their paths: path:1 the first, path:-1 the last, path:dir all of them.
wsi is source_wsi. Images that have no such value are the group "none".`

// TableFlag is --table.
func TableFlag() cli.Flag {
	return &cli.StringFlag{Name: "table", Usage: "also look FIELD up in the columns of `FILE`, a CSV with the images' names in file_name, name, image, id or its first column"}
}

// Parse reads a FIELD of a flag.
func Parse(flag, name string) (coco.Key, error) {
	switch name {
	case "wsi":
		return coco.Key{Name: name, Members: []string{string(wsi.MemberWSI), name}}, nil
	case "tier":
		return coco.Key{Name: string(wsi.MemberDataset), Members: []string{string(wsi.MemberDataset), name}}, nil
	}
	k, err := coco.ParseKey(name)
	if err != nil {
		return k, ui.Usagef("--%s: %v", flag, err)
	}
	return k, nil
}

// Table is the table of --table; nil: none.
type Table struct {
	*coco.KeyTable
	Input *files.Input
}

// Open reads the table; an empty path: none.
func Open(c *ui.Console, path string) (*Table, error) {
	if path == "" {
		return nil, nil
	}
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	in.Flag = "table"
	defer in.Close()
	table, err := coco.ReadKeyTable(in)
	if err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	if _, err := in.ReadToEnd(); err != nil {
		return nil, err
	}
	return &Table{table, in}, nil
}

// Reader reads keys of the images of one list.
type Reader struct {
	keys  *coco.KeyReader
	table *Table
	names imagenames.Names
	of    string // the file of the images
}

// Reader returns a reader for the images of a file.
func (t *Table) Reader(names imagenames.Names, file string) (*Reader, error) {
	r := &Reader{table: t, names: names, of: file}
	var of *coco.KeyTable
	if t != nil {
		of = t.KeyTable
	}
	var err error
	if r.keys, err = coco.NewKeyReader(names.All, of); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", t.Input.Name, ui.ErrInput, err)
	}
	return r, nil
}

// Value is the value of image i, if it has one: its own, that of --table, or that of its row in a table of tiles, which
// may be nil.
func (r *Reader) Value(k coco.Key, i int, img *coco.Image, tiles *wsi.Table) (text string, ok bool, err error) {
	own, has := k.Value(img)
	if !has && tiles != nil {
		row, noRow := r.names.Row(tiles, i)
		if own, has = ofTile(k, img, row); !has && ofTiles(k) && noRow != nil && !errors.Is(noRow, wsi.ErrNoTile) {
			return "", false, fmt.Errorf("%s: images[%d].%s: %w: found none, and the table of tiles has %w", r.of, r.names.Place(i), k.Members[0], ui.ErrInput, noRow)
		}
	}
	return r.Complete(k, i, own, has)
}

// ofTile is the value that a row of a table of tiles has; nil: there is no row.
func ofTile(k coco.Key, img *coco.Image, row *wsi.Tile) (string, bool) {
	for _, m := range k.Members {
		if row != nil && inTiles(m) {
			return wsi.TileMember(m).Text(img, row)
		}
	}
	return "", false
}

// ofTiles says whether a table of tiles has a key.
func ofTiles(k coco.Key) bool { return slices.ContainsFunc(k.Members, inTiles) }

func inTiles(member string) bool {
	return member == string(wsi.MemberWSI) || member == string(wsi.MemberDataset)
}

// Complete is the value of image i, which may have its own, by --table.
func (r *Reader) Complete(k coco.Key, i int, own string, has bool) (text string, ok bool, err error) {
	if text, ok, err = r.keys.Value(k, r.names.Place(i), own, has); err != nil {
		return "", false, fmt.Errorf("%s: %w: %w", r.of, ui.ErrInput, err)
	}
	return text, ok, nil
}

// Column is the values of a key: one for each image.
type Column struct {
	Values []string // coco.NoValue: none
	None   int      // images without a value
	absent map[int]bool
}

// Has says whether image i has a value.
func (c *Column) Has(i int) bool { return !c.absent[i] }

// Add adds the value of the next image, if it has one.
func (c *Column) Add(text string, ok bool) {
	if !ok {
		if c.absent == nil {
			c.absent = map[int]bool{}
		}
		c.absent[len(c.Values)] = true
		text = coco.NoValue
		c.None++
	}
	c.Values = append(c.Values, text)
}

// Of reads the values of images, at least one of which must have one. flag is the flag that asks.
func (r *Reader) Of(flag string, k coco.Key, images []coco.Image, tiles *wsi.Table) (*Column, error) {
	c := &Column{}
	var members []string
	for i := range images {
		text, ok, err := r.Value(k, i, &images[i], tiles)
		if err != nil {
			return nil, err
		}
		if c.Add(text, ok); i == 0 {
			members = Members(&images[i])
		}
	}
	if c.None > 0 && c.None == len(images) {
		return nil, r.Absent(flag, k, members)
	}
	return c, nil
}

// Absent says that no image has a value of a key; members are those that the images have.
func (r *Reader) Absent(flag string, k coco.Key, members []string) error {
	have := "their members are " + strings.Join(members, ", ")
	if len(members) == 0 {
		have = "they have no members of their own"
	}
	switch {
	case r.table != nil:
		have += "; the columns of " + r.table.Input.Name + " are " + strings.Join(r.table.Columns(), ", ")
	case ofTiles(k):
		have += "; --table tile_meta.csv adds the columns of the table of tiles"
	default:
		have += "; --table FILE adds the columns of a CSV"
	}
	return ui.Failf(ui.ExitUsage, "--%s %s: no image of %s has %s", flag, k.Name, r.of, what(k)).Hint("%s", have)
}

// what names what images may lack.
func what(k coco.Key) string {
	if k.Members == nil {
		return "the folder " + k.Name
	}
	return "a value of " + k.Members[0]
}

// Note says that some of n images have no value of a key; empty: all have one.
func Note(k coco.Key, none, n int) string {
	if none == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s no %s: the group %q", ui.Thousands(none), ui.Plural(n, "image has", "images have"), k.Name, coco.NoValue)
}

// Members are the members of an image as users name them.
func Members(img *coco.Image) []string {
	list := []string{"id", "file_name", "height", "width"}
	for _, f := range img.Extra {
		list = append(list, f.Key)
	}
	return list
}
