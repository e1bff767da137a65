package wsi

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/coco"
)

// TileMember is a number of a tile: a column of tile_meta.csv, and a member of the
// images that [Convert] makes. An image of another origin may lack it; then its row of a
// table ([Table.Find]) has it. This is so everywhere: the image's own member comes
// first, the table second.
type TileMember string

// The numbers of a [Tile].
const (
	MemberWSI     TileMember = "source_wsi"
	MemberDataset TileMember = "dataset"
	MemberI       TileMember = "i"
	MemberJ       TileMember = "j"
)

// ErrNoMember is returned if neither the image nor the table has a number.
var ErrNoMember = errors.New("found none")

// Of returns the member of a tile.
func (m TileMember) Of(t Tile) int {
	switch m {
	case MemberWSI:
		return t.WSI
	case MemberDataset:
		return t.Dataset
	case MemberI:
		return t.I
	case MemberJ:
		return t.J
	}
	return 0
}

// Text returns the member of an image as text, which in the image may be any: a slide
// may be called "A7". row is the image's in a table, nil if there is none. ok is false if
// neither has it.
func (m TileMember) Text(img *coco.Image, row *Tile) (text string, ok bool) {
	if text, ok = img.Text(string(m)); ok || row == nil {
		return text, ok
	}
	return strconv.Itoa(m.Of(*row)), true
}

// Find finds the row of image i of a list, by the first of its names ([coco.Names.Forms])
// that is a tile's; nil: the table has none, or is nil.
func (t *Table) Find(images *coco.Names, i int) *Tile {
	if t == nil {
		return nil
	}
	for name := range images.Forms(i) {
		if tile, ok := t.Tile(name); ok {
			return &tile
		}
	}
	return nil
}

// Names returns the names of the table's tiles, row by row: what other lists of images
// are matched with.
func (t *Table) Names() *coco.Names {
	names := &coco.Names{}
	for tile := range t.All() {
		names.AddName(tile.ID)
	}
	return names
}

// maxNumber is the largest number that an image may have: far beyond any slide, and
// small enough that sums do not overflow.
const maxNumber = 1 << 30

// Number returns the member of an image as a number from -2^30 to 2^30. The error is
// [ErrNoMember], or says what there is instead of such a number.
func (m TileMember) Number(img *coco.Image, row *Tile) (int, error) {
	text, ok := m.Text(img, row)
	if !ok {
		return 0, ErrNoMember
	}
	v, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("found %q, want a whole number", text)
	}
	if v < -maxNumber || v > maxNumber {
		return 0, fmt.Errorf("found %q, which is out of range", text)
	}
	return v, nil
}

// MemberError says which number of a tile is not known.
type MemberError struct {
	Member TileMember
	Err    error // of [TileMember.Number]
}

func (e *MemberError) Error() string { return string(e.Member) + ": " + e.Err.Error() }

func (e *MemberError) Unwrap() error { return e.Err }

// TileOf returns the tile that an image shows, with each number from the image or else
// from row, which is the image's in a table, nil if there is none. Without it Row is 0,
// and ID is [coco.TileID]. The error is a [*MemberError].
func TileOf(img *coco.Image, row *Tile) (Tile, error) {
	t := Tile{ID: coco.TileID(img)}
	if row != nil {
		t.Row, t.ID = row.Row, row.ID
	}
	for _, m := range []struct {
		member TileMember
		to     *int
	}{{MemberWSI, &t.WSI}, {MemberDataset, &t.Dataset}, {MemberI, &t.I}, {MemberJ, &t.J}} {
		var err error
		if *m.to, err = m.member.Number(img, row); err != nil {
			return Tile{}, &MemberError{m.member, err}
		}
	}
	return t, nil
}
