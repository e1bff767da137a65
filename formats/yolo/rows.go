package yolo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// A row is a line of a label file.
type row struct {
	line   int
	class  int
	points []float32 // of a polygon, x and y in turn, as fractions of width and height
	box    *[4]float64
	score  string // JSON; empty: none
}

// parseRows parses a label file. Errors name the line.
func parseRows(text []byte, classes int, scoredPolygons bool) ([]row, error) {
	var rows []row
	number := 0
	for line := range bytes.Lines(text) {
		number++
		fields := bytes.Fields(line)
		if len(fields) == 0 {
			continue
		}
		r, err := parseRow(fields, classes, scoredPolygons)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		r.line = number
		rows = append(rows, r)
	}
	return rows, nil
}

// tolerance is how far outside of the image ultralytics lets a point be, as a fraction.
const tolerance = .01

func parseRow(fields [][]byte, classes int, scoredPolygons bool) (row, error) {
	var r row
	class, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil || class != math.Trunc(class) || class < 0 {
		return r, fmt.Errorf("found class %q, expected its number", fields[0])
	}
	if class >= float64(classes) {
		return r, fmt.Errorf("found class %q, expected a number below %d, as there are %[2]d names", fields[0], classes)
	}
	r.class = int(class)
	values := make([]float64, len(fields)-1)
	for i, text := range fields[1:] {
		v, err := strconv.ParseFloat(string(text), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return r, fmt.Errorf("number %d: found %q, expected a finite number", i+2, text)
		}
		values[i] = v
	}
	n := len(values)
	if n == 5 || n > 6 && n%2 == 1 && scoredPolygons {
		n--
		if v := values[n]; v < 0 || v > 1 {
			return r, fmt.Errorf("found score %v, expected 0 to 1", v)
		}
		r.score = string(strconv.AppendFloat(nil, values[n], 'g', -1, 64))
	}
	values = values[:n]
	for i, v := range values {
		if v < -tolerance || v > 1+tolerance {
			return r, fmt.Errorf("number %d: found %v, expected a fraction of the image, from 0 to 1", i+2, v)
		}
	}
	switch {
	case n == 4:
		if values[2] < 0 || values[3] < 0 {
			return r, fmt.Errorf("found a box of %v x %v, expected no negative sizes", values[2], values[3])
		}
		r.box = (*[4]float64)(values)
	case n < 6:
		return r, fmt.Errorf("found %d numbers after the class, expected 4 of a box, or those of a polygon of 3 points or more", n)
	case n%2 == 1:
		return r, fmt.Errorf("found %d numbers after the class, expected an even number for a polygon: if the last one is a score, use the option score=all", n)
	default:
		r.points = make([]float32, n)
		for i, v := range values {
			r.points[i] = float32(v)
		}
	}
	return r, nil
}

// errNoPixels is what instances reports of rows without an instance.
var errNoPixels = errors.New("a polygon or box without pixels in the image")

// instance returns the instance of a row, or errNoPixels.
func (r *row) instance(width, height, longest int, vertices string, budget *rle.Budget) (coco.Annotation, error) {
	a := coco.Annotation{}
	if r.score != "" {
		a.Extra = coco.Fields{{Key: "score", Value: json.RawMessage(r.score)}}
	}
	w, h := float64(width), float64(height)
	if r.box != nil {
		a.Missing = coco.FieldSegmentation
		a.BBox = rle.Box{X: (r.box[0] - float64(r.box[2]/2)) * w, Y: (r.box[1] - float64(r.box[3]/2)) * h, W: r.box[2] * w, H: r.box[3] * h}
		a.Area = a.BBox.W * a.BBox.H
		if !(a.Area > 0) {
			return a, errNoPixels
		}
		return a, nil
	}
	if vertices == verticesPlane {
		ring := make(rle.Ring, len(r.points)/2)
		for i := range ring {
			ring[i] = rle.Point{float64(r.points[2*i]) * w, float64(r.points[2*i+1]) * h}
		}
		a.Segmentation = coco.Polygons([]rle.Ring{ring})
	}
	m, err := r.mask(width, height, longest, vertices, a.Segmentation)
	if err != nil {
		return a, err
	}
	if m.Area() == 0 {
		return a, errNoPixels
	}
	if err := budget.Add(m, len(r.points)/2); err != nil {
		return a, err
	}
	if vertices != verticesPlane {
		a.Segmentation = coco.RLE(m)
	}
	a.Area, a.BBox = float64(m.Area()), m.Bounds()
	return a, nil
}

// mask fills the polygon of a row.
func (r *row) mask(width, height, longest int, vertices string, polygon coco.Segmentation) (rle.Mask, error) {
	switch vertices {
	case verticesPlane:
		return polygon.Mask(height, width)
	case verticesRound:
		ring := make(rle.Ring, len(r.points)/2)
		for i := range ring {
			ring[i] = rle.Point{math.Round(float64(r.points[2*i]) * float64(width)), math.Round(float64(r.points[2*i+1]) * float64(height))}
		}
		return rle.FromPolygon(height, width, rle.FillOpenCV, ring)
	}
	return rle.FromPolygon(height, width, rle.FillOpenCV, loaderRing(r.points, width, height, longest))
}

// instances returns the instances of the rows of a label file.
func instances(file string, rows []row, img *formats.Read, classes []string, vertices string) error {
	longest := 0
	for _, r := range rows {
		longest = max(longest, len(r.points)/2)
	}
	var budget rle.Budget
	for i := range rows {
		r := &rows[i]
		where := fmt.Sprintf("%s: line %d", file, r.line)
		a, err := r.instance(img.Width, img.Height, longest, vertices, &budget)
		if errors.Is(err, errNoPixels) {
			img.Skipped = append(img.Skipped, formats.Skip{Where: where, What: errNoPixels.Error()})
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		img.Instances = append(img.Instances, formats.Instance{Class: classes[r.class], Annotation: a})
	}
	return nil
}
