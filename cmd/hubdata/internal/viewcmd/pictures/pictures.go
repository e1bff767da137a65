// Package pictures gives parts of the images of a dataset at levels of detail, as JPEG: decoded when they are asked for,
// and kept within a limit.
//
// At level l, 2^l x 2^l pixels of an image become one. A level is cut into squares of 512 pixels.
package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"sync"

	"golang.org/x/image/draw"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/imagefile"
)

// side is the width and height of a square, in pixels of its level.
const side = 512

// maxLevel is the highest level.
const maxLevel = 16

// quality is that of the JPEGs: lines of tissue stay sharp, and a tile takes a tenth of a PNG.
const quality = 88

// smallSide is the longer side, at most, of the picture of a whole image that is kept whenever the image is decoded: a
// mosaic of thousands of tiles is then drawn at once.
const smallSide = 64

// Limits of what is kept, in bytes.
const (
	keptSquares   = 48 << 20 // JPEGs
	keptPixels    = 16 << 20 // decoded images
	largestPixels = 64 << 20 // a decoded image, which is kept alone
)

// Store gives squares of the images of a dataset. Its methods may be called in parallel.
type Store struct {
	folder *paint.ImageFolder
	images []coco.Image
	file   string // of the dataset, for messages

	squares *cache[square, []byte]
	decoded *cache[int, image.Image]
	opening [64]sync.Mutex // of an image, by its index: it is decoded once
	slots   chan struct{}  // of decoders
	sheets  chan struct{}  // has one while a sheet is made
}

// square is a part of an image at a level.
type square struct{ image, level, x, y int }

// A Fault is why an image has no picture: it is absent, unreadable, or has another size.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }

func (f *Fault) Unwrap() error { return f.Err }

// errAbsent is in the fault of an image that has no file.
var errAbsent = errors.New("no image")

// ErrOutside is the error for a square that an image does not have.
var ErrOutside = errors.New("the image has no such part")

// New returns a store for the images of a dataset, which was read from a file. At most so many images are decoded at a
// time.
func New(folder *paint.ImageFolder, images []coco.Image, file string, decoders int) *Store {
	return &Store{folder: folder, images: images, file: file, slots: make(chan struct{}, max(1, decoders)), sheets: make(chan struct{}, 1),
		squares: newCache[square](keptSquares, keptSquares, func(b []byte) int { return len(b) }),
		decoded: newCache[int](keptPixels, largestPixels, func(m image.Image) int { return 4 * m.Bounds().Dx() * m.Bounds().Dy() })}
}

// Size returns the height and width of an image: those of the dataset or, without them, of its file.
func (s *Store) Size(i int) (height, width int, err error) {
	img := &s.images[i]
	if img.Height > 0 && img.Width > 0 {
		return img.Height, img.Width, nil
	}
	p, err := s.open(i)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = p.Close() }() // only read
	return p.Height, p.Width, nil
}

// open opens the file of an image.
func (s *Store) open(i int) (*paint.Picture, error) {
	img := &s.images[i]
	p, err := s.folder.Open(img)
	switch {
	case err != nil:
		return nil, &Fault{err}
	case p == nil:
		return nil, &Fault{errAbsent}
	}
	if img.Height > 0 && img.Width > 0 {
		if err := p.Fits(img.Height, img.Width, s.file); err != nil {
			_ = p.Close() // only read
			return nil, &Fault{err}
		}
	}
	return p, nil
}

// Square returns the JPEG of a square of an image. The error for an image without a picture is a [*Fault].
func (s *Store) Square(ctx context.Context, i, level, x, y int) ([]byte, error) {
	if i < 0 || i >= len(s.images) || level < 0 || level > maxLevel || x < 0 || y < 0 || x > 1<<20 || y > 1<<20 {
		return nil, ErrOutside
	}
	at := square{i, level, x, y}
	if text, ok := s.squares.get(at); ok {
		return text, nil
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	lock := &s.opening[i%len(s.opening)]
	lock.Lock()
	defer lock.Unlock()
	if text, ok := s.squares.get(at); ok { // while waiting
		return text, nil
	}
	return s.make(ctx, at)
}

// make decodes a square.
func (s *Store) make(ctx context.Context, at square) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if whole, ok := s.decoded.get(at.image); ok {
		return s.cut(whole, at)
	}
	p, err := s.open(at.image)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }() // only read
	var turn imagefile.Turn
	defer turn.End()
	fits := p.Width <= imagefile.MaxPixels/p.Height
	if fits {
		turn.Need(int64(p.Width) * int64(p.Height))
	} else {
		turn.Need(imagefile.MaxPixels)
	}
	if fits && at.level < smallLevel(p.Width, p.Height) {
		whole, err := p.Decode()
		if err != nil {
			return nil, &Fault{err}
		}
		s.decoded.put(at.image, whole)
		return s.cut(whole, at)
	}
	part := at.of(p.Width, p.Height)
	if part.Empty() {
		return nil, ErrOutside
	}
	img, err := p.Part(part, 1<<at.level)
	if err != nil {
		return nil, &Fault{err}
	}
	return s.encode(reduced(img, img.Bounds(), 0), at)
}

// of is the part of an image of a size that a square shows, in its pixels.
func (at square) of(width, height int) image.Rectangle {
	n := side << at.level
	return image.Rect(at.x*n, at.y*n, (at.x+1)*n, (at.y+1)*n).Intersect(image.Rect(0, 0, width, height))
}

// cut makes a square of a decoded image, and the small picture of all of it.
func (s *Store) cut(whole image.Image, at square) ([]byte, error) {
	b := whole.Bounds()
	if small := smallLevel(b.Dx(), b.Dy()); small != at.level {
		if all := (square{at.image, small, 0, 0}); !s.squares.has(all) {
			if _, err := s.encode(reduced(whole, b, small), all); err != nil {
				return nil, err
			}
		}
	}
	part := at.of(b.Dx(), b.Dy())
	if part.Empty() {
		return nil, ErrOutside
	}
	return s.encode(reduced(whole, part.Add(b.Min), at.level), at)
}

// smallLevel is the level at which an image is small.
func smallLevel(width, height int) int {
	level := 0
	for max(width, height)>>level > smallSide && level < maxLevel {
		level++
	}
	return level
}

// reduced scales a part of an image down to a level.
func reduced(img image.Image, part image.Rectangle, level int) image.Image {
	shrink := 1 << level
	size := image.Rect(0, 0, (part.Dx()+shrink-1)/shrink, (part.Dy()+shrink-1)/shrink)
	out := image.NewRGBA(size)
	draw.Draw(out, size, image.White, image.Point{}, draw.Src)
	if level == 0 {
		draw.Draw(out, size, img, part.Min, draw.Over)
	} else {
		draw.BiLinear.Scale(out, size, img, part, draw.Over, nil)
	}
	return out
}

// encode encodes a square, and keeps it.
func (s *Store) encode(img image.Image, at square) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	s.squares.put(at, b.Bytes())
	return b.Bytes(), nil
}
