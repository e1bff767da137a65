package demo

import (
	"io"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/rle"
)

// category is the COCO category id of blood_vessel.
const category = 1

// instance is a vessel on a tile of tier 3, known only to this package.
type instance struct {
	thing
	ring   []pixel
	radius float64 // twice the area divided by the length of the outline, which for a disc is its radius
}

// instances returns the vessels that are visible on a tile.
func (s *Set) instances(t *Tile) []instance {
	var list []instance
	for _, th := range s.scene(t).vessels {
		ring := th.outline.trace(nil, nil, false)
		if !wide(ring) {
			continue
		}
		var area, length float64
		for i, p := range ring[1:] {
			q := ring[i]
			area += float64(int(q.x)*int(p.y) - int(p.x)*int(q.y))
			length += 1 - float64(0.15*float64((p.x-q.x)&(p.y-q.y)&1)) // approximates the length
		}
		list = append(list, instance{th, ring, max(2, math.Abs(area)/length)})
	}
	return list
}

// fill returns the pixels in and on an outline.
func fill(ring []pixel, pts rle.Ring) (rle.Mask, rle.Ring, error) {
	pts = pts[:0]
	for _, p := range ring {
		pts = append(pts, rle.Point{float64(p.x), float64(p.y)})
	}
	m, err := rle.FromPolygon(tileSize, tileSize, rle.FillOpenCV, pts)
	return m, pts, err
}

// appendMask appends a COCO segmentation of compressed runs.
func appendMask(dst []byte, m rle.Mask, text []byte) (out, scratch []byte, err error) {
	text, err = m.AppendText(text[:0])
	if err != nil {
		return dst, text, err
	}
	dst = append(dst, `{"size": [512, 512], "counts": "`...)
	for _, c := range text {
		if c == '\\' { // the only character of such texts that JSON escapes
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, `"}`...), text, nil
}

// rows returns the row of each tile in tile_meta.csv, counted from 1: its
// image id.
func (s *Set) rows() map[string]int {
	rows := make(map[string]int, len(s.tiles))
	for i, t := range s.tiles {
		rows[t.ID] = i + 1
	}
	return rows
}

// WriteTruth writes the vessels of tier 3 as a COCO dataset, as a perfect
// annotator would have outlined them. The id of an image is the row of the tile
// in tile_meta.csv, counted from 1. The id of an annotation is a hundred times
// that of its image, plus its number on the tile, counted from 1.
func (s *Set) WriteTruth(w io.Writer) error {
	tiles, rows := s.tier(3), s.rows()
	b := []byte("{\"images\": [")
	for i, t := range tiles {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, `{"id": `...)
		b = strconv.AppendInt(b, int64(rows[t.ID]), 10)
		b = append(b, `, "file_name": "`...)
		b = append(b, t.ID...)
		b = append(b, `.tif", "height": 512, "width": 512}`...)
	}
	b = append(b, "],\n\"annotations\": ["...)
	if _, err := w.Write(b); err != nil {
		return err
	}
	first := firstOf(tiles, func(t *Tile) bool { return len(s.instances(t)) > 0 })
	err := ordered(w, len(tiles), s.workers, func(dst []byte, i int) ([]byte, error) {
		var text []byte
		var pts rle.Ring
		for k, in := range s.instances(tiles[i]) {
			if i > first || k > 0 {
				dst = append(dst, ",\n"...)
			}
			m, p, err := fill(in.ring, pts)
			if err != nil {
				return nil, err
			}
			pts = p
			row := int64(rows[tiles[i].ID])
			dst = append(dst, `{"id": `...)
			dst = strconv.AppendInt(dst, row*100+int64(k)+1, 10)
			dst = append(dst, `, "image_id": `...)
			dst = strconv.AppendInt(dst, row, 10)
			dst = append(dst, `, "category_id": 1, "segmentation": `...)
			if dst, text, err = appendMask(dst, m, text); err != nil {
				return nil, err
			}
			box := m.Bounds()
			dst = append(dst, `, "area": `...)
			dst = strconv.AppendInt(dst, int64(m.Area()), 10)
			dst = append(dst, `, "bbox": [`...)
			for j, v := range [...]float64{box.X, box.Y, box.W, box.H} {
				if j > 0 {
					dst = append(dst, ", "...)
				}
				dst = strconv.AppendInt(dst, int64(v), 10)
			}
			dst = append(dst, `], "iscrowd": 0}`...)
		}
		return dst, nil
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "],\n\"categories\": [{\"id\": 1, \"name\": \""+bloodVessel+"\"}]}\n")
	return err
}

// firstOf returns the index of the first tile for which is returns true, or
// len(tiles).
func firstOf(tiles []*Tile, is func(*Tile) bool) int {
	for i, t := range tiles {
		if is(t) {
			return i
		}
	}
	return len(tiles)
}
