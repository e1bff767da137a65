package wsi

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

type member struct {
	key   string
	value any
}

// tree reads the next value of d as []member, []any, string, json.Number, bool
// or nil.
func tree(d *json.Decoder) (any, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		out := []member{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := tree(d)
			if err != nil {
				return nil, err
			}
			out = append(out, member{key.(string), v})
		}
		_, err := d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			v, err := tree(d)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := d.Token()
		return out, err
	}
	return tok, nil
}

var errNaive = errors.New("not accepted")

// pick returns the values of two keys, each of which must appear exactly once.
func pick(v any, a, b string) (x, y any, err error) {
	object, ok := v.([]member)
	na, nb := 0, 0
	for _, m := range object {
		switch m.key {
		case a:
			x, na = m.value, na+1
		case b:
			y, nb = m.value, nb+1
		}
	}
	if !ok || na != 1 || nb != 1 {
		return nil, nil, errNaive
	}
	return x, y, nil
}

// naiveParse does what lineParser.parse does, with encoding/json.
func naiveParse(line []byte) (Polygons, error) {
	if !utf8.Valid(line) || !json.Valid(line) {
		return Polygons{}, errNaive
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	root, err := tree(d)
	if err != nil {
		return Polygons{}, err
	}
	id, list, err := pick(root, "id", "annotations")
	if err != nil {
		return Polygons{}, err
	}
	name, ok := id.(string)
	annotations, ok2 := list.([]any)
	if !ok || !ok2 || name == "" {
		return Polygons{}, errNaive
	}
	out := Polygons{Tile: name, Outlines: []Outline{}}
	for _, a := range annotations {
		class, coordinates, err := pick(a, "type", "coordinates")
		if err != nil {
			return Polygons{}, err
		}
		if class != "blood_vessel" && class != "glomerulus" && class != "unsure" {
			return Polygons{}, errNaive
		}
		o := Outline{Class: class.(string)}
		rings, _ := coordinates.([]any)
		if len(rings) == 0 {
			return Polygons{}, errNaive
		}
		for _, r := range rings {
			points, _ := r.([]any)
			if len(points) < 3 {
				return Polygons{}, errNaive
			}
			var ring rle.Ring
			for _, p := range points {
				xy, _ := p.([]any)
				if len(xy) != 2 {
					return Polygons{}, errNaive
				}
				var point rle.Point
				for k, v := range xy {
					n, ok := v.(json.Number)
					if !ok {
						return Polygons{}, errNaive
					}
					if point[k], err = strconv.ParseFloat(string(n), 64); err != nil {
						return Polygons{}, err
					}
				}
				ring = append(ring, point)
			}
			o.Rings = append(o.Rings, ring)
		}
		out.Outlines = append(out.Outlines, o)
	}
	return out, nil
}

// replaced returns a text as encoding/json reads it: with U+FFFD for a surrogate without
// its other half, which the parser reads as three bytes.
func replaced(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r != utf8.RuneError || strings.HasPrefix(s[i:], "\ufffd"):
			b.WriteRune(r)
		case s[i] == 0xed: // the first of the three
			b.WriteRune(utf8.RuneError)
		}
	}
	return b.String()
}

func compareParse(t *testing.T, p *lineParser, line []byte) {
	t.Helper()
	want, wantErr := naiveParse(jsonscan.AppendFinite(nil, line)) // NaN in a member that is not read
	err := p.parse(line)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: error %v, encoding/json gives %v", line, err, wantErr)
	}
	if err == nil {
		got := p.polygons(0)
		got.Tile = replaced(got.Tile)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q:\n got %v\nwant %v", line, got, want)
		}
		return
	}
	var le *LineError
	if !errors.As(err, &le) || le.Column < 1 || le.Column > len(line)+1 {
		t.Fatalf("%q: error %v has no place in the line", line, err)
	}
}

const plainLine = `{"id": "0a", "annotations": [{"type": "unsure", "coordinates": [[[1, 2], [33, 4], [555, 6666], [1, 2]], [[0, 0], [0, 9], [9, 9]]]}]}`

var parseSeeds = []string{
	plainLine,
	`{"annotations":[{"coordinates":[[[1,2],[3,4],[5,6]]],"type":"blood_vessel"}],"id":"b"}`,
	` { "x" : {"y": [1, true, null, {"z": -1.5e+3}]}, "id" : "\u00e9é\ud83d\ude00", "annotations" : [ ] } ` + "\r",
	`{"id": "a", "annotations": [{"type": "glomerulus", "coordinates": [[[01, 2], [3, 4], [5, 6], [7, 8]]]}]}`,
	`{"id": "a", "annotations": [{"type": "glomerulus", "coordinates": [[[1.5, -2], [3e2, 4], [12345, 6], [7 , 8] ,[1,  2]]]}]}`,
	`{"id": "a", "annotations": [{"type": "glomerulus", "coordinates": [[[1e400, 2], [3, 4], [5, 6]]]}]}`,
	`{"id": "a", "annotations": [{"type": "glomerulus", "coordinates": [[[1, 2], [3, 4], [5, 6],]]}]}`,
	`{"id": "a", "id": "b", "annotations": []}`, `{"id": "a"}`, `{"id": 1, "annotations": []}`, `{}`, `[]`, ``, `nul`,
	"{\"id\": \"\xff\", \"annotations\": []}",
}

// TestParseAgainstJSON compares the parsers on good lines with bytes changed,
// dropped and doubled.
func TestParseAgainstJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var p lineParser
	const alphabet = "[]{},:\" 0123456789-+.eEtrue\\u\xc3\xa9\x00N"
	good := 0
	for _, s := range parseSeeds {
		compareParse(t, &p, []byte(s))
		for range 3000 {
			line := []byte(s)
			for range 1 + rng.IntN(2) {
				if len(line) == 0 {
					break
				}
				at := rng.IntN(len(line))
				switch c := alphabet[rng.IntN(len(alphabet))]; rng.IntN(4) {
				case 0:
					line[at] = c
				case 1:
					line = append(line[:at], line[at+1:]...)
				case 2:
					line = append(line[:at+1], line[at:]...)
				case 3:
					line = append(line[:at], append([]byte{c}, line[at:]...)...)
				}
			}
			compareParse(t, &p, line)
			if _, err := naiveParse(line); err == nil {
				good++
			}
		}
	}
	if good < 1000 {
		t.Errorf("only %d lines were good: the test shows little", good)
	}
}

func TestParseGenerated(t *testing.T) {
	var p lineParser
	for line := range bytes.Lines(generate(3, 40, 40, 6).polygons) {
		compareParse(t, &p, line)
	}
}

var pointPattern = regexp.MustCompile(`^\[(0|[1-9][0-9]{0,3}), ?(0|[1-9][0-9]{0,3})\](,? ?)`)

// naiveScan returns the points that scanPoints must read. scanPoints may leave
// the points in the last bytes of s.
func naiveScan(s string) ([]rle.Point, []int) {
	var points []rle.Point
	var ends []int
	i := 0
	for {
		m := pointPattern.FindStringSubmatch(s[i:])
		if m == nil {
			return points, ends
		}
		next := i + len(m[0])
		if m[3] == "" || m[3] == " " {
			next -= len(m[3])
			if next >= len(s) || s[next] != ']' {
				return points, ends
			}
		} else if next >= len(s) || s[next] != '[' {
			return points, ends
		}
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		points, ends = append(points, rle.Point{float64(x), float64(y)}), append(ends, next)
		i = next
	}
}

func compareScan(t *testing.T, s string) int {
	t.Helper()
	got, end := scanPoints(nil, []byte(s), 0)
	want, ends := naiveScan(s)
	if len(got) > len(want) || len(got) > 0 && (!reflect.DeepEqual(got, want[:len(got)]) || end != ends[len(got)-1]) {
		t.Fatalf("%q: got %v to %d, want %v at %v", s, got, end, want, ends)
	}
	if len(got) < len(want) && end+24 <= len(s) {
		t.Fatalf("%q: stopped at %d, could take %v", s, end, want)
	}
	return len(got)
}

func TestScanPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	pieces := []string{"[", "]", ", ", ",", " ", "0", "7", "01", "12", "123", "4567", "12345", "/", ":", "-1", "\x80", "\xff", "x"}
	taken := 0
	for range 50000 {
		s := ""
		for range rng.IntN(8) {
			if rng.IntN(8) == 0 {
				s += pieces[rng.IntN(len(pieces))]
			}
			s += "[" + strconv.Itoa(rng.IntN(10000)>>rng.IntN(14)) + "," + []string{" ", ""}[rng.IntN(2)] + strconv.Itoa(rng.IntN(10000)>>rng.IntN(14)) + "]"
			if rng.IntN(8) == 0 {
				s += pieces[rng.IntN(len(pieces))]
			}
			s += []string{", ", ","}[rng.IntN(2)]
		}
		taken += compareScan(t, s+"[1, 2]]]}                           ")
		compareScan(t, s+"]")
	}
	if taken < 50000 {
		t.Errorf("only %d points were taken", taken)
	}
}

func FuzzParsePolygons(f *testing.F) {
	for _, s := range parseSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.Count(line, []byte("["))+bytes.Count(line, []byte("{")) > 500 {
			t.Skip("nested deeper than 512 levels, which encoding/json allows")
		}
		var p lineParser
		compareParse(t, &p, line)
		compareScan(t, string(line))
	})
}
