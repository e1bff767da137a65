// Package shapes encodes what is drawn over images for the page: outlines with what they are matched with, and, where
// these are too small to be seen, how many there are.
//
// All numbers are little-endian, and each array begins at a multiple of its element's size.
package shapes

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// Shape is an instance on an image.
type Shape struct {
	Segmentation coco.Segmentation
	Box          *rle.Box // nil: none
	Index        int32    // in the annotations or the detections
	Category     int32    // index; -1: none of the dataset's
	Score        float64  // NaN: none
	Value        float64  // by which it is coloured, such as the number of models that agree
	Spans        []matching.Span
}

// cell is the side, in pixels of a level, of the squares that outlines are sent in. Level l is of outlines that are
// simplified by up to half a pixel of 2^l pixels of the image.
const cell = 1024

// MaxLevel is the highest level.
const MaxLevel = 12

// Around is the box around shape s on an image; ok is false if it has no box and its mask cannot be read or is empty.
func (s *Shape) Around(height, width int) (b rle.Box, ok bool) {
	if s.Box != nil {
		return *s.Box, true
	}
	m, err := s.Segmentation.Mask(height, width)
	if err != nil || m.Area() == 0 {
		return rle.Box{}, false
	}
	return m.Bounds(), true
}

// Encode encodes those of the shapes on an image whose middle is in a cell of a level. scoreOf gives the score of a
// span's partner. The text is
//
//	u32 shapes n, rings r, vertices v, spans s, masks that cannot be read
//	u32 zero
//	f64 score[n], value[n], partner's score[s]
//	u32 index[n], first ring[n+1], first vertex[r+1], first span[n+1]
//	i32 category[n], partner[s]
//	u32 last position[s]
//	f32 box[4n]: x, y, width, height; vertex[2v]: x, y
func Encode(shapes []Shape, height, width, level, x, y int, scoreOf func(partner int32) float64) []byte {
	var e encoder
	side := float64(int(cell) << level)
	for i := range shapes {
		s := &shapes[i]
		around, ok := s.Around(height, width)
		if !ok {
			if x == 0 && y == 0 {
				e.faults++
			}
			continue
		}
		cx, cy := clamp(around.X+float64(around.W/2), width), clamp(around.Y+float64(around.H/2), height)
		if int(cx/side) != x || int(cy/side) != y {
			continue
		}
		e.add(s, around, height, width, level, scoreOf)
	}
	return e.text()
}

// clamp moves a coordinate into the image.
func clamp(v float64, most int) float64 { return min(max(v, 0), float64(max(most-1, 0))) }

type encoder struct {
	score, value, partnerScore               []float64
	index, ringAt, vertexAt, spanAt, lastPos []uint32
	category, partner                        []int32
	box, vertices                            []float32
	faults                                   uint32
}

// add adds a shape.
func (e *encoder) add(s *Shape, around rle.Box, height, width, level int, scoreOf func(int32) float64) {
	e.score, e.value = append(e.score, s.Score), append(e.value, s.Value)
	e.index, e.category = append(e.index, uint32(s.Index)), append(e.category, s.Category)
	e.ringAt, e.spanAt = append(e.ringAt, uint32(len(e.vertexAt))), append(e.spanAt, uint32(len(e.lastPos)))
	e.box = append(e.box, float32(around.X), float32(around.Y), float32(around.W), float32(around.H))
	for _, span := range s.Spans {
		e.lastPos, e.partner = append(e.lastPos, uint32(span.To)), append(e.partner, span.Partner)
		v := math.NaN()
		if span.Partner >= 0 && scoreOf != nil {
			v = scoreOf(span.Partner)
		}
		e.partnerScore = append(e.partnerScore, v)
	}
	if max(around.W, around.H) < float64(int(2)<<level) && level > 0 {
		return // it is seen as its box
	}
	tolerance := 0.0
	if level > 0 {
		tolerance = float64(int(1)<<level) / 2
	}
	for _, ring := range s.rings(around, height, width, &e.faults) {
		ring = simplified(ring, tolerance)
		if len(ring) < 3 {
			continue
		}
		e.vertexAt = append(e.vertexAt, uint32(len(e.vertices)/2))
		for _, p := range ring {
			e.vertices = append(e.vertices, float32(p[0]), float32(p[1]))
		}
	}
}

// rings are the outline of a shape: of its mask or, without one, of its box.
func (s *Shape) rings(around rle.Box, height, width int, faults *uint32) []rle.Ring {
	m, err := s.Segmentation.Mask(height, width)
	if err == nil {
		return draw.Outlines(m)
	}
	if !errors.Is(err, coco.ErrNoMask) {
		*faults++
	}
	return []rle.Ring{{{around.X, around.Y}, {around.X + around.W, around.Y}, {around.X + around.W, around.Y + around.H}, {around.X, around.Y + around.H}}}
}

// text puts the arrays one after the other.
func (e *encoder) text() []byte {
	n := len(e.score)
	ringAt, spanAt := append(e.ringAt, uint32(len(e.vertexAt))), append(e.spanAt, uint32(len(e.lastPos)))
	vertexAt := append(e.vertexAt, uint32(len(e.vertices)/2))
	out := make([]byte, 0, 24+8*(2*n+len(e.partnerScore))+4*(5*n+2+len(vertexAt)+2*len(e.lastPos)+len(e.box)+len(e.vertices)))
	for _, v := range []int{n, len(e.vertexAt), len(e.vertices) / 2, len(e.lastPos), int(e.faults), 0} {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	for _, list := range [][]float64{e.score, e.value, e.partnerScore} {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
	}
	for _, list := range [][]uint32{e.index, ringAt, vertexAt, spanAt} {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, v)
		}
	}
	for _, list := range [][]int32{e.category, e.partner} {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		}
	}
	for _, v := range e.lastPos {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	for _, list := range [][]float32{e.box, e.vertices} {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	return out
}

// The kinds that density counts.
const (
	Found = iota
	Missed
	False
	Other // not counted, or without predictions
	Kinds
)

// Dot is the middle of an instance on an image, in its pixels, and its kind.
type Dot struct {
	X, Y float64
	Kind int
}

// Density counts dots in squares of so many pixels of each of n images, row by row: 16 bits for each kind. sizeOf gives
// the size of an image, dotsOf calls add with its dots.
func Density(ctx context.Context, workers, n, pixels int, sizeOf func(i int) (height, width int), dotsOf func(i int, add func(Dot))) ([]byte, error) {
	at := make([]int, n+1)
	for i := range n {
		h, w := sizeOf(i)
		at[i+1] = at[i] + Squares(w, pixels)*Squares(h, pixels)
	}
	counts := make([]uint16, Kinds*at[n])
	err := parallel.Each(ctx, workers, n, func(i int) error {
		h, w := sizeOf(i)
		columns := Squares(w, pixels)
		of := counts[Kinds*at[i] : Kinds*at[i+1]]
		dotsOf(i, func(d Dot) {
			k := Kinds*(int(clamp(d.Y, h))/pixels*columns+int(clamp(d.X, w))/pixels) + d.Kind
			if k < len(of) && of[k] < math.MaxUint16 {
				of[k]++
			}
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 2*len(counts))
	for _, v := range counts {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return out, nil
}

// Squares is how many squares of so many pixels a side has.
func Squares(side, pixels int) int { return (max(side, 1) + pixels - 1) / pixels }
