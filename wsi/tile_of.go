package wsi

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/coco"
)

// TileMember is a number of a tile: a column of tile_meta.csv, and a member of the
// images that [Convert] makes. An image of another origin may lack it; then the table,
// if there is one, tells it of the tile that has the image's name ([coco.ImageName]).
// This is so everywhere: the image's own member comes first, the table second.
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
// may be called "A7". table may be nil. ok is false if neither has it.
func (m TileMember) Text(img *coco.Image, table *Table) (text string, ok bool) {
	if text, ok = img.Text(string(m)); ok || table == nil {
		return text, ok
	}
	t, ok := table.Tile(coco.ImageName(img))
	if !ok {
		return "", false
	}
	return strconv.Itoa(m.Of(t)), true
}

// maxNumber is the largest number that an image may have: far beyond any slide, and
// small enough that sums do not overflow.
const maxNumber = 1 << 30

// Number returns the member of an image as a number from -2^30 to 2^30. The error is
// [ErrNoMember], or says what there is instead of such a number.
func (m TileMember) Number(img *coco.Image, table *Table) (int, error) {
	text, ok := m.Text(img, table)
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

// TileOf returns the tile that an image shows: its name, and each number from the image
// or the table, which may be nil. Row is the tile's in the table, 0 if it is not there.
// The error is a [*MemberError].
func TileOf(img *coco.Image, table *Table) (Tile, error) {
	t := Tile{ID: coco.ImageName(img)}
	if table != nil {
		row, _ := table.Tile(t.ID)
		t.Row = row.Row
	}
	for _, m := range []struct {
		member TileMember
		to     *int
	}{{MemberWSI, &t.WSI}, {MemberDataset, &t.Dataset}, {MemberI, &t.I}, {MemberJ, &t.J}} {
		var err error
		if *m.to, err = m.member.Number(img, table); err != nil {
			return Tile{}, &MemberError{m.member, err}
		}
	}
	return t, nil
}
