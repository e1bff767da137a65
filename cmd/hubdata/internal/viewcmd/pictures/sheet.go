package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"slices"

	"golang.org/x/image/draw"

	"github.com/hubdata/hubdata/internal/parallel"
)

// columns is how many pictures a row of a sheet has.
const columns = 8

// mostOnSheet is how many images a sheet has at most.
const mostOnSheet = 64

// sheetSides are the sides of a picture on a sheet, in pixels: blocks of a JPEG end where pictures do.
var sheetSides = map[int]bool{16: true, 32: true, 64: true}

// Sheet returns small pictures of many images at a time, for a mosaic of thousands: a byte for each image, 1 if it has a
// picture and 0 if it has none, and a JPEG with the pictures row by row. Each is stretched to a square of so many pixels.
func (s *Store) Sheet(ctx context.Context, images []int, side int) ([]byte, error) {
	isOutside := func(i int) bool { return i < 0 || i >= len(s.images) }
	if len(images) == 0 || len(images) > mostOnSheet || !sheetSides[side] || slices.ContainsFunc(images, isOutside) {
		return nil, ErrOutside
	}
	select {
	case s.sheets <- struct{}{}: // one after the other: the first is there soon
		defer func() { <-s.sheets }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	out := make([]byte, len(images))
	rows := (len(images) + columns - 1) / columns
	sheet := image.NewRGBA(image.Rect(0, 0, side*min(len(images), columns), side*rows))
	err := parallel.Each(ctx, cap(s.slots), len(images), func(n int) error {
		small, err := s.small(ctx, images[n])
		var fault *Fault
		if errors.As(err, &fault) {
			return nil
		}
		if err != nil {
			return err
		}
		at := image.Pt(n%columns, n/columns).Mul(side)
		draw.BiLinear.Scale(sheet, image.Rectangle{at, at.Add(image.Pt(side, side))}, small, small.Bounds(), draw.Src, nil)
		out[n] = 1
		return nil
	})
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(out)
	if err := jpeg.Encode(b, sheet, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return b.Bytes(), nil
}

// small returns the small picture of an image.
func (s *Store) small(ctx context.Context, i int) (image.Image, error) {
	height, width, err := s.Size(i)
	if err != nil {
		return nil, err
	}
	text, err := s.Square(ctx, i, smallLevel(width, height), 0, 0)
	if err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return img, nil
}
