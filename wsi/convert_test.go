package wsi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

func tableOf(t testing.TB, ids ...string) *Table {
	t.Helper()
	var tiles []Tile
	for k, id := range ids {
		tiles = append(tiles, Tile{ID: id, WSI: 1 + k%2, Dataset: 1 + k%3})
	}
	out, err := NewTable(tiles)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// square returns an annotation with one ring, which fills 11 x 11 pixels.
func square(class string, x, y int) string {
	return fmt.Sprintf(`{"type": "%s", "coordinates": [[[%d, %d], [%d, %d], [%d, %d], [%d, %d]]]}`, class, x, y, x+10, y,
		x+10, y+10, x, y+10)
}

func line(id string, annotations ...string) string {
	return fmt.Sprintf(`{"id": "%s", "annotations": [%s]}`, id, strings.Join(annotations, ", "))
}

// annotated returns a line with the given coordinates.
func annotated(coordinates string) string {
	return line("a", `{"type": "blood_vessel", "coordinates": `+coordinates+`}`)
}

// collect runs a conversion to its end.
func collect(tiles *Table, r io.Reader, opts *ConvertOptions) (out []*Converted, err error) {
	for c, err := range Convert(context.Background(), tiles, r, opts) {
		if err != nil {
			return out, err
		}
		out = append(out, c)
	}
	return out, nil
}

func TestBadLines(t *testing.T) {
	good := line("b", square("blood_vessel", 5, 5))
	tests := []struct {
		name, line string
		want       string
	}{
		{"broken", `{"id": "a" "annotations": []}`, "line 3, column 12 (tile a): found a string, expected ',' or '}'"},
		{"no JSON", `id,annotations`, "line 3, column 1: found id, expected"},
		{"number", `12`, "line 3, column 1: found the number 12"},
		{"two records", line("a") + line("a"), "expected the end of the line"},
		{"not UTF-8", "{\"id\": \"\xff\", \"annotations\": []}", "line 3, column 9: found byte 0xff, which is not UTF-8"},
		{"UTF-16", "\xff\xfe{\x00", "line 3, column 1: found byte 0xff, which is not UTF-8"},
		{"unknown class", line("a", square("bloodvessel", 1, 1)),
			`annotation 1: unknown class "bloodvessel": expected blood_vessel, glomerulus or unsure`},
		{"unknown tile", line("x"), "line 3, column 8 (tile x): the tile is not in the tile table"},
		{"no ring", annotated(`[]`), "annotation 1: no ring"},
		{"ring of no points", annotated(`[[]]`),
			"line 3, column 70 (tile a): annotation 1: ring has 0 points: expected 3 or more"},
		{"ring of 1 point", annotated(`[[[1, 2]]]`), "annotation 1: ring has 1 point:"},
		{"ring of 2 points", annotated(`[[[1, 2], [3, 4], [5, 6]], [[1, 2], [3, 4]]]`),
			"annotation 1: ring has 2 points: expected 3 or more"},
		{"odd coordinate", annotated(`[[[1, 2], [3, 4], [5]]]`), "annotation 1: point has 1 number: expected x and y"},
		{"three coordinates", annotated(`[[[1, 2], [3, 4, 5], [5, 6]]]`), "point has 3 numbers"},
		{"empty point", annotated(`[[[1, 2], [], [5, 6]]]`), "point has 0 numbers"},
		{"flat ring", annotated(`[[1, 2, 3, 4, 5, 6]]`), "found the number 1, expected"},
		{"text coordinate", annotated(`[[[1, 2], ["3", 4], [5, 6]]]`), "found a string, expected a number"},
		{"null coordinate", annotated(`[[[1, 2], [null, 4], [5, 6]]]`), "found null, expected a number"},
		{"NaN", annotated(`[[[1, 2], [NaN, 4], [5, 6]]]`), "found NaN, which is not valid JSON"},
		{"infinity", annotated(`[[[1, 2], [-Infinity, 4], [5, 6]]]`), "found -Infinity, which is not valid JSON"},
		{"leading zero", annotated(`[[[01, 2], [3, 4], [5, 6], [7, 8], [7, 8], [7, 8]]]`), "leading zero"},
		{"1e308", annotated(`[[[1, 2], [1e308, 4], [5, 6]]]`), "annotation 1: rle: bad coordinate"},
		{"1e309", annotated(`[[[1, 2], [1e309, 4], [5, 6]]]`), "float64"},
		{"beyond 32 bits", annotated(`[[[1, 2], [2147483648, 4], [5, 6]]]`), "annotation 1: rle: bad coordinate"},
		{"no id", `{"annotations": []}`, `line 3, column 19: no key "id"`},
		{"no annotations", `{"id": "a"}`, `no key "annotations"`},
		{"no type", line("a", `{"coordinates": [[[1,2],[3,4],[5,6]]]}`), `annotation 1: no key "type"`},
		{"no coordinates", line("a", `{"type": "unsure"}`), `annotation 1: no key "coordinates"`},
		{"id twice", `{"id": "a", "annotations": [], "id": "a"}`, `line 3, column 32 (tile a): duplicate key "id"`},
		{"annotations twice", `{"id": "a", "annotations": [], "annotations": []}`, `duplicate key "annotations"`},
		{"type twice", line("a", `{"type": "unsure", "type": "unsure"}`), `duplicate key "type"`},
		{"coordinates twice", line("a", `{"coordinates": [[[1,2],[3,4],[5,6]]], "coordinates": 1}`),
			`duplicate key "coordinates"`},
		{"empty id", line(""), "the id is empty"},
		{"id is a number", `{"id": 1, "annotations": []}`, "found the number 1, expected the tile's id, a string"},
		{"cut off", good[:40], "the line ends inside the record"},
		{"above the cap", line(strings.Repeat("a", 4000)),
			"line 3: line too long: more than 4000 bytes; if the file is valid, raise the limit with --max-line"},
		{"deep", `{"id": "a", "annotations": [], "x": ` + strings.Repeat("[", 2000), "nested deeper than 512"},
		{"tile twice", line("c"), "line 3, column 8 (tile c): the tile is already on line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := line("c") + "\n\n" + tt.line + "\n" + good + "\n"
			opts := ConvertOptions{MaxLine: 4000, Workers: 2}
			got, err := collect(tableOf(t, "a", "b", "c"), strings.NewReader(in), &opts)
			var le *LineError
			if !errors.As(err, &le) || le.Line != 3 || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if len(got) != 1 {
				t.Errorf("%d lines before the error, want 1", len(got))
			}
			var bad []string
			opts.KeepGoing = func(e *LineError) { bad = append(bad, e.Error()) }
			got, err = collect(tableOf(t, "a", "b", "c"), strings.NewReader(in), &opts)
			if err != nil || len(got) != 2 || got[1].Line != 4 || len(bad) != 1 || !strings.Contains(bad[0], tt.want) {
				t.Errorf("keeping going: %d lines, bad %q, error %v", len(got), bad, err)
			}
		})
	}
	t.Run("cut off last line", func(t *testing.T) {
		_, err := collect(tableOf(t, "a", "b", "c"), strings.NewReader(good+"\n"+line("a", square("unsure", 1, 2))[:50]), nil)
		if err == nil || !strings.Contains(err.Error(), "line 2, column 51") ||
			!strings.Contains(err.Error(), "the file seems to be cut off") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("reader fails", func(t *testing.T) {
		got, err := collect(tableOf(t, "a", "b"),
			io.MultiReader(strings.NewReader(good+"\n{"), iotest.ErrReader(io.ErrUnexpectedEOF)), nil)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "reading line 2") || len(got) != 1 {
			t.Errorf("%d lines, error %v", len(got), err)
		}
	})
	t.Run("same tile far apart", func(t *testing.T) {
		f := generate(2, 60, 60, 8)
		tiles, _ := ReadTable(bytes.NewReader(f.tiles))
		_, err := collect(tiles, bytes.NewReader(append(f.polygons, f.polygons...)), nil)
		if err == nil || !strings.Contains(err.Error(), "line 61, column 8") ||
			!strings.Contains(err.Error(), "is already on line 1") {
			t.Errorf("error %v", err)
		}
	})
}

func TestGoodLines(t *testing.T) {
	want, err := collect(tableOf(t, "a", "b"),
		strings.NewReader(line("b", square("blood_vessel", 5, 5))+"\n"+line("a")+"\n"), nil)
	if err != nil || len(want) != 2 {
		t.Fatal(len(want), err)
	}
	in := line("b", square("blood_vessel", 5, 5)) + "\n" + line("a")
	for name, text := range map[string]string{
		"mark, carriage returns": "\uFEFF" + strings.ReplaceAll(in, "\n", "\r\n") + "\r\n",
		"no last line feed":      in,
		"other spaces":           strings.ReplaceAll(in, " ", ""),
		"unknown keys":           strings.ReplaceAll(in, `"id"`, `"x": {"id": [1]}, "id"`),
		"floats":                 strings.ReplaceAll(in, "[5,", "[5.0,"),
		"escapes":                strings.ReplaceAll(strings.ReplaceAll(in, `"id"`, `"\u0069d"`), "blood", `bl\u006fod`),
	} {
		got, err := collect(tableOf(t, "a", "b"), strings.NewReader(text), nil)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, error %v", name, got, err)
		}
	}
	got, err := collect(tableOf(t, "a", "b"), strings.NewReader("\n \r\n"+in+"\n\n"), nil)
	if err != nil || len(got) != 2 || got[0].Line != 3 || got[1].Line != 4 {
		t.Errorf("blank lines: %v, error %v", got, err)
	}
}

func TestConvertOptions(t *testing.T) {
	holed := `{"type": "blood_vessel", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9]], [[3, 3], [6, 3], [6, 6], [3, 6]]]}`
	in := line("b", square("glomerulus", 50, 50), square("blood_vessel", 5, 5), square("blood_vessel", 5, 5), holed,
		square("blood_vessel", 508, 508), square("blood_vessel", 600, 600), square("unsure", 5, 5)) + "\n" +
		line("a", square("unsure", 1, 1)) + "\n"
	tests := []struct {
		name   string
		opts   ConvertOptions
		areas  []float64
		cats   []int64
		counts Counts
	}{
		{"default", ConvertOptions{}, []float64{121, 121, 96, 16}, []int64{1, 1, 1, 1},
			Counts{Tiles: 2, Empty: 1, Outlines: 8, Vertices: 36, Kept: 4, OutsidePoints: 7,
				Dropped: Dropped{Class: map[string]int{"glomerulus": 1, "unsure": 2}, EmptyMask: 1}}},
		{"first ring", ConvertOptions{FirstRingOnly: true}, []float64{121, 121, 100, 16}, []int64{1, 1, 1, 1},
			Counts{Tiles: 2, Empty: 1, Outlines: 8, Vertices: 36, Kept: 4, OutsidePoints: 7,
				Dropped: Dropped{Class: map[string]int{"glomerulus": 1, "unsure": 2}, EmptyMask: 1}}},
		{"duplicates, areas, all classes", ConvertOptions{DropDuplicates: true, MinArea: 17, Classes: AllClasses(),
			CategoryStart: new(int64(0))},
			[]float64{121, 121, 96, 121, 121}, []int64{1, 0, 0, 2, 2},
			Counts{Tiles: 2, Outlines: 8, Vertices: 36, Kept: 5, OutsidePoints: 7,
				Dropped: Dropped{EmptyMask: 1, MinArea: 1, Duplicate: 1}}},
		{"center", ConvertOptions{Fill: rle.FillCenter, Select: func(t Tile) bool { return t.ID == "b" }},
			[]float64{100, 100, 72, 16}, []int64{1, 1, 1, 1},
			Counts{Tiles: 1, Outlines: 7, Vertices: 32, Kept: 4, OutsidePoints: 7,
				Dropped: Dropped{Class: map[string]int{"glomerulus": 1, "unsure": 1}, EmptyMask: 1}}},
		{"small tiles", ConvertOptions{TileSize: func(Tile) (int, int, error) { return 10, 8, nil }}, []float64{15, 15, 76},
			[]int64{1, 1, 1},
			Counts{Tiles: 2, Empty: 1, Outlines: 8, Vertices: 36, Kept: 3, OutsidePoints: 16,
				Dropped: Dropped{Class: map[string]int{"glomerulus": 1, "unsure": 2}, EmptyMask: 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, counts, err := ConvertDataset(context.Background(), tableOf(t, "a", "b"), strings.NewReader(in), &tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			var areas []float64
			var cats []int64
			for k, a := range d.Annotations {
				areas, cats = append(areas, a.Area), append(cats, a.CategoryID)
				if a.ID != coco.IntID(int64(k+1)) || a.Segmentation.Kind() != coco.KindRLE {
					t.Errorf("annotation %d: id %v, kind %v", k, a.ID, a.Segmentation.Kind())
				}
			}
			if !reflect.DeepEqual(areas, tt.areas) || !reflect.DeepEqual(cats, tt.cats) ||
				!reflect.DeepEqual(counts, tt.counts) {
				t.Errorf("areas %v, categories %v, counts %+v", areas, cats, counts)
			}
		})
	}
	t.Run("vertices", func(t *testing.T) {
		for _, c := range []struct {
			first bool
			want  []int
		}{{false, []int{4, 4, 8, 4}}, {true, []int{4, 4, 4, 4}}} {
			list, err := collect(tableOf(t, "a", "b"), strings.NewReader(in),
				&ConvertOptions{Segmentation: coco.KindPolygons, FirstRingOnly: c.first})
			if err != nil || len(list) != 2 || len(list[1].Vertices) != 0 {
				t.Fatalf("%v, %v", list, err)
			}
			if !reflect.DeepEqual(list[0].Vertices, c.want) {
				t.Errorf("first ring only %v: %v, want %v", c.first, list[0].Vertices, c.want)
			}
			for k, a := range list[0].Annotations {
				if n, ok := a.Segmentation.Vertices(); !ok || n != list[0].Vertices[k] {
					t.Errorf("annotation %d has %d points written, %d reported", k, n, list[0].Vertices[k])
				}
			}
		}
	})
	t.Run("polygons", func(t *testing.T) {
		d, _, err := ConvertDataset(context.Background(), tableOf(t, "a", "b"), strings.NewReader(in),
			&ConvertOptions{Segmentation: coco.KindPolygons, TileIDs: true})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(d.Annotations[2].Segmentation.AppendJSON(
			nil)), `[[0,0,9,0,9,9,0,9],[3,3,6,3,6,6,3,6]]`; got != want {
			t.Errorf("segmentation %s, want %s", got, want)
		}
		if d.Images[0].ID != coco.StringID("b") || d.Annotations[0].ImageID != coco.StringID("b") {
			t.Errorf("image id %v", d.Images[0].ID)
		}
	})
	for name, opts := range map[string]ConvertOptions{
		"no class": {Classes: []string{}}, "unknown class": {Classes: []string{"x"}},
		"class twice": {Classes: []string{"unsure", "unsure"}},
		"kind":        {Segmentation: 99}, "rule": {Fill: 99},
		"size": {TileSize: func(Tile) (int, int, error) { return 0, 0, io.ErrClosedPipe }},
	} {
		if _, err := collect(tableOf(t, "a", "b"), strings.NewReader(in), &opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAnyWorkersAnyBlocks(t *testing.T) {
	f := generate(4, 500, 300, 9)
	tiles, err := ReadTable(bytes.NewReader(f.tiles))
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Replace(f.polygons, []byte(`"unsure"`), []byte(`"unsur"`), 3)
	var want []*Converted
	var wantBad []string
	for _, workers := range []int{1, 2, 7} {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(bad),
			"halves": iotest.HalfReader(bytes.NewReader(bad)), "eof": iotest.DataErrReader(bytes.NewReader(bad))} {
			var gotBad []string
			got, err := collect(tiles, r, &ConvertOptions{Workers: workers, KeepGoing: func(e *LineError) {
				gotBad = append(gotBad, e.Error())
			}})
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want, wantBad = got, gotBad
				if len(got) < 290 || len(gotBad) == 0 {
					t.Fatalf("%d lines, %d bad", len(got), len(gotBad))
				}
			}
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotBad, wantBad) {
				t.Errorf("%d workers, %s: differs", workers, name)
			}
		}
	}
}

// TestLongLines reads lines that end blocks at all kinds of positions.
func TestLongLines(t *testing.T) {
	for _, size := range []int{10, blockSize - 60, blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 5} {
		pad := strings.Repeat("x", size)
		in := line("a") + "\n" + `{"pad": "` + pad + `", "id": "b", "annotations": []}` + "\n" + line("c")
		for _, limit := range []int{0, size + 1000, 200} {
			var got []string
			for p, err := range ReadPolygons(strings.NewReader(in), &ReadOptions{MaxLine: limit}) {
				s := fmt.Sprintf("%d %s", p.Line, p.Tile)
				if errors.Is(err, ErrLineTooLong) {
					s += "too long"
				} else if err != nil {
					t.Fatal(err)
				}
				got = append(got, s)
			}
			want := []string{"1 a", "2 b", "3 c"}
			if limit == 200 && size > 200 {
				want[1] = "2 too long"
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("size %d, limit %d: %q, want %q", size, limit, got, want)
			}
		}
	}
}

func TestReadPolygonsGoesOn(t *testing.T) {
	in := line("a", square("unsure", 1, 2)) + "\n{}\n" + line("b") + "\n"
	var got []string
	for p, err := range ReadPolygons(strings.NewReader(in), nil) {
		got = append(got, fmt.Sprintf("%d %s %d %t", p.Line, p.Tile, len(p.Outlines), err != nil))
	}
	if want := []string{"1 a 1 false", "2  0 true", "3 b 0 false"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// settle waits until there are no more goroutines than before.
func settle(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestStop(t *testing.T) {
	f := generate(4, 300, 300, 9)
	tiles, _ := ReadTable(bytes.NewReader(f.tiles))
	t.Run("break", func(t *testing.T) {
		before := runtime.NumGoroutine()
		for range 20 {
			for range Convert(context.Background(), tiles, bytes.NewReader(f.polygons), nil) {
				break
			}
		}
		settle(t, before)
	})
	t.Run("cancel between lines", func(t *testing.T) {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		why := errors.New("why")
		n := 0
		var last error
		for _, err := range Convert(ctx, tiles, bytes.NewReader(f.polygons), nil) {
			if n++; n == 5 {
				cancel(why)
			}
			last = err
		}
		if !errors.Is(last, why) || n != 6 {
			t.Errorf("%d results, last error %v", n, last)
		}
		settle(t, before)
	})
	t.Run("cancel while reading", func(t *testing.T) {
		before := runtime.NumGoroutine()
		r, w := io.Pipe()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		_, _, err := ConvertDataset(ctx, tiles, r, nil)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		w.Close() // lets the Read return
		settle(t, before)
	})
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, _, err := ConvertDataset(ctx, tiles, bytes.NewReader(f.polygons), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

// repeat is a reader of text repeated n times.
type repeat struct {
	text []byte
	n    int
	rest []byte
}

func (r *repeat) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n, r.rest = r.n-1, r.text
	}
	k := copy(p, r.rest)
	r.rest = r.rest[k:]
	return k, nil
}

// TestMemory compares the memory for a short file and for one ten times longer.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("converts a long file: left out of short runs")
	}
	f := generate(6, 20, 20, 10)
	tiles, _ := ReadTable(bytes.NewReader(f.tiles))
	peak := func(times int) uint64 {
		var most uint64
		n := 0
		opts := &ConvertOptions{Workers: 2, KeepGoing: func(*LineError) {
			if n++; n%400 == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}}
		if _, err := collect(tiles, &repeat{text: f.polygons, n: times}, opts); err != nil {
			t.Fatal(err)
		}
		return most
	}
	short, long := peak(100), peak(1000)
	t.Logf("peak %d KiB, of ten times the length %d KiB", short>>10, long>>10)
	if short == 0 || long > short+8<<20 {
		t.Errorf("peak %d bytes, of ten times the length %d", short, long)
	}
}
