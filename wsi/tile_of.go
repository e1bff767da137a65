package wsi

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// TileMember names a number of a tile: a column of tile_meta.csv, and a member of the
// images that [Convert] creates. An image from another source may lack the member. It
// is then taken from the row of the image in a table ([Table.Find]), if there is one.
// The member of the image always takes precedence over the table.
type TileMember string

// The numbers of a [Tile].
const (
	MemberWSI     TileMember = "source_wsi"
	MemberDataset TileMember = "dataset"
	MemberI       TileMember = "i"
	MemberJ       TileMember = "j"
)

// ErrNoMember is returned if neither the image nor the table has the number.
var ErrNoMember = errors.New("found none")

// Of returns the value of the member in a tile.
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

// Text returns the member of an image as text. In an image it may be any text: a
// slide may be called "A7". row is the row of the image in a table, nil if there is
// none. ok is false if neither has the member.
func (m TileMember) Text(img *coco.Image, row *Tile) (text string, ok bool) {
	if text, ok = img.Text(string(m)); ok || row == nil {
		return text, ok
	}
	return strconv.Itoa(m.Of(*row)), true
}

// Find finds the row of image i of a list, as [coco.Names.Match] does: the id of a row is
// the name of the image, a short form of it or a longer path. The error is [ErrNoTile], with
// the name of the image, if the table is nil or has no such row; it wraps a
// [*coco.AmbiguousNameError] if a row fits several images, or several rows fit the image.
func (t *Table) Find(images *coco.Names, i int) (*Tile, error) {
	if t == nil {
		return nil, fmt.Errorf("%w %s", ErrNoTile, wtf8.Quote(images.Name(i)))
	}
	k, err := images.Match(i, t.Names())
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(err, &ambiguous):
		return nil, fmt.Errorf("no unambiguous tile: %w", err)
	case err != nil:
		return nil, fmt.Errorf("%w %s", ErrNoTile, wtf8.Quote(images.Name(i)))
	}
	return &t.tiles[k], nil
}

// ErrNoTile is returned for an image that a table does not have.
var ErrNoTile = errors.New("no tile")

// Names returns the names of the table's tiles, row by row: what other lists of images
// are matched with. The caller must not add to them.
func (t *Table) Names() *coco.Names {
	t.naming.Do(func() {
		t.names = &coco.Names{}
		for i := range t.tiles {
			t.names.AddName(t.tiles[i].ID)
		}
	})
	return t.names
}

// maxNumber is the largest number that is accepted in an image. It is far
// beyond the number of any slide, and small enough that sums do not overflow.
const maxNumber = 1 << 30

// Number returns the member of an image as a number from -2^30 to 2^30. The error is
// [ErrNoMember], or describes the value that is not such a number.
func (m TileMember) Number(img *coco.Image, row *Tile) (int, error) {
	text, ok := m.Text(img, row)
	if !ok {
		return 0, ErrNoMember
	}
	v, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("found %s, expected a whole number", wtf8.Quote(text))
	}
	if v < -maxNumber || v > maxNumber {
		return 0, fmt.Errorf("found %s, which is out of range", wtf8.Quote(text))
	}
	return v, nil
}

// MemberError names the number of a tile that is not known.
type MemberError struct {
	Member TileMember
	Err    error // of [TileMember.Number]
}

func (e *MemberError) Error() string { return string(e.Member) + ": " + e.Err.Error() }

func (e *MemberError) Unwrap() error { return e.Err }

// TileOf returns the tile that an image shows, with each number from the image or else
// from row, the row of the image in a table, nil if there is none. Without a row, Row is
// 0 and ID is [coco.TileID]. The error is a [*MemberError].
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
