package wsi

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hubdata/hubdata/internal/golden"
)

// realFile is the path of a file of the competition.
func realFile(t *testing.T, name string) string {
	t.Helper()
	return golden.Real(t, filepath.Join("hubmap", name))
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReadTable(t *testing.T) {
	const row = "id,source_wsi,dataset,i,j\nab,2,1,512,1024\n"
	plain := []Tile{{Row: 1, ID: "ab", WSI: 2, Dataset: 1, I: 512, J: 1024}}
	tests := []struct {
		name, in string
		want     []Tile
		err      string // part of the error, empty if none
	}{
		{"plain", row, plain, ""},
		{"no rows", "id,source_wsi,dataset,i,j\n", nil, ""},
		{"other order, more columns", "j,x,dataset,i,source_wsi,id\n1024,?,1,512,2,ab\n", plain, ""},
		{"carriage returns, mark, no last line feed", "\uFEFF" + strings.TrimSuffix(strings.ReplaceAll(row, "\n", "\r\n"),
			"\r\n"), plain, ""},
		{"quotes, spaces, blank line", "\"id\",\"source_wsi\", dataset,i,j\n\n\"ab\",\"2\", 1,512 ,1024\n", plain, ""},
		{"quoted mark", "\uFEFF\"id\",source_wsi,dataset,i,j\nab,2,1,512,1024\n", nil, "bare"},
		{"empty file", "", nil, "the file is empty: expected a header with the columns id, source_wsi"},
		{"missing column", "id,source_wsi,dataset,i\n", nil,
			`no column "j": found "id, source_wsi, dataset, i"; expected id, source_wsi, dataset, i, j`},
		{"semicolons", "id;source_wsi;dataset;i;j\n", nil, "separated by semicolons"},
		{"tabs", "id\tsource_wsi\tdataset\ti\tj\n", nil, "separated by tabs"},
		{"column twice", "id,source_wsi,dataset,i,j,i\n", nil, `header (line 1), column "i": duplicate column`},
		{"not whole", row + "cd,2,1,5.5,0\n", nil, `row 2 (line 3), column "i": "5.5" is not a whole number`},
		{"empty number", row + "cd,2,1,5,\n", nil, `row 2 (line 3), column "j": "" is not a whole number`},
		{"huge number", row + "cd,2,1,5,99999999999999999999\n", nil, "out of range"},
		{"too few fields", row + "cd,2\n", nil, "row 2 (line 3): 2 fields, but the header has 5"},
		{"too many fields", row + "cd,2,1,1,1,1\n", nil, "6 fields"},
		{"open quote", row + "\"cd,2,1,1,1\n", nil, "row 2"},
		{"empty id", row + ",2,1,1,1\n", nil, `column "id": empty`},
		{"control character", row + "\"a\tb\",2,1,1,1\n", nil, "has a control character"},
		{"not UTF-8", row + "\xff,2,1,1,1\n", nil, "not UTF-8"},
		{"tile twice", row + "\nab,2,1,512,1024\n", nil,
			`row 2 (line 4), column "id": tile "ab" is already in row 1 (line 2)`},
		{"endless row", row + strings.Repeat("x", 2*MaxRow), nil, "the row has more than"},
		{"endless header", strings.Repeat("x", 2*MaxRow), nil, "the row has more than"},
		{"endless quote", row + "\"" + strings.Repeat("x\n", MaxRow), nil, "the row has more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table, err := ReadTable(strings.NewReader(tt.in))
			if tt.err != "" {
				var re *RowError
				if err == nil || !strings.Contains(err.Error(), tt.err) || !errors.As(err, &re) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []Tile
			for tile := range table.All() {
				got = append(got, tile)
				if same, ok := table.Tile(tile.ID); !ok || same != tile {
					t.Errorf("Tile(%q) = %v, %v", tile.ID, same, ok)
				}
			}
			if !reflect.DeepEqual(got, tt.want) || table.Len() != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("reader fails", func(t *testing.T) {
		broken := errors.New("broken")
		if _, err := ReadTable(io.MultiReader(strings.NewReader(row), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("long table", func(t *testing.T) { // the limit applies to a row, not to the table
		var b strings.Builder
		b.WriteString("id,source_wsi,dataset,i,j\n")
		for k := range 100000 {
			fmt.Fprintf(&b, "tile%d,1,1,0,0\n", k)
		}
		if table, err := ReadTable(strings.NewReader(b.String())); err != nil || table.Len() != 100000 {
			t.Error(err)
		}
	})
}

func TestReadSlides(t *testing.T) {
	const head = "source_wsi,age,sex,race,height,weight,bmi\n"
	var got []Slide
	for s, err := range ReadSlides(strings.NewReader(head + "1,58,F,W,160.0,59.0,23.0\n")) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	if want := []Slide{{1, 58, "F", "W", 160, 59, 23}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	for _, tt := range [][2]string{
		{head + "1,58,F,W,NaN,59.0,23.0\n", `row 1 (line 2), column "height": "NaN" is not a finite number`},
		{head + "1,58,,W,1,59.0,23.0\n", `column "sex": empty`},
		{"source_wsi,age\n", `no column "sex"`},
	} {
		n := 0
		for _, err := range ReadSlides(strings.NewReader(tt[0])) {
			if n++; err == nil || !strings.Contains(err.Error(), tt[1]) {
				t.Errorf("error %v, want %q", err, tt[1])
			}
		}
		if n != 1 {
			t.Errorf("%d results", n)
		}
	}
}

func TestRealTables(t *testing.T) {
	table, err := ReadTable(open(t, realFile(t, "tile_meta.csv")))
	if err != nil {
		t.Fatal(err)
	}
	count := map[[2]int]int{}
	for tile := range table.All() {
		count[[2]int{tile.Dataset, 0}]++
		if tile.Dataset < 3 {
			count[[2]int{tile.Dataset, tile.WSI}]++
		}
	}
	want := map[[2]int]int{{1, 0}: 422, {1, 1}: 270, {1, 2}: 152, {2, 0}: 1211, {2, 1}: 237, {2, 2}: 293, {2, 3}: 410,
		{2, 4}: 271, {3, 0}: 5400}
	if !reflect.DeepEqual(count, want) {
		t.Errorf("tiles %v, want %v", count, want)
	}
	n := 0
	for _, err := range ReadSlides(open(t, realFile(t, "wsi_meta.csv"))) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 4 {
		t.Errorf("%d slides", n)
	}
}

// TestImageOfPath refuses ids of which no file inside a folder can have the name.
func TestImageOfPath(t *testing.T) {
	for id, ok := range map[string]bool{"a": true, "x/a": true, "../a": false, "/x/a": false, `x\a`: false,
		"x//a": false} {
		img, err := (*ConvertOptions)(nil).Image(Tile{ID: id})
		if ok != (err == nil) || ok && img.FileName != id+".tif" {
			t.Errorf("%q: %v, error %v", id, img.FileName, err)
		}
	}
}

// TestOrigin shows which of i and j is the column offset: outlines that the
// border of a tile cuts continue in the neighbouring tile.
func TestOrigin(t *testing.T) {
	table, err := ReadTable(open(t, realFile(t, "tile_meta.csv")))
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ slide, x, y int }
	tiles := map[place]Polygons{}
	var all []Polygons
	at := func(id string) place {
		tile, ok := table.Tile(id)
		if !ok {
			t.Fatal(id)
		}
		x, y := tile.Origin()
		return place{tile.WSI, x, y}
	}
	for p, err := range ReadPolygons(open(t, realFile(t, "polygons.jsonl")), nil) {
		if err != nil {
			t.Fatal(err)
		}
		tiles[at(p.Tile)] = p
		all = append(all, p)
	}
	// border returns the positions at which outlines touch the line where
	// coordinate axis equals v.
	border := func(p Polygons, axis int, v float64) map[float64]bool {
		out := map[float64]bool{}
		for _, o := range p.Outlines {
			for _, point := range o.Rings[0] {
				if point[axis] == v {
					out[point[1-axis]] = true
				}
			}
		}
		return out
	}
	// meet counts the points at the far border of a that continue at the near
	// border of b within a pixel, and all points at the far border.
	meet := func(a, b Polygons, axis int) (met, of int) {
		near := border(b, axis, 0)
		for v := range border(a, axis, TilePixels-1) {
			if of++; near[v] || near[v-1] || near[v+1] {
				met++
			}
		}
		return met, of
	}
	var right, below, wrong [2]int
	for _, a := range all {
		p := at(a.Tile)
		if b, ok := tiles[place{p.slide, p.x + TilePixels, p.y}]; ok {
			met, of := meet(a, b, 0)
			right[0], right[1] = right[0]+met, right[1]+of
			met, of = meet(a, b, 1)
			wrong[0], wrong[1] = wrong[0]+met, wrong[1]+of
		}
		if b, ok := tiles[place{p.slide, p.x, p.y + TilePixels}]; ok {
			met, of := meet(a, b, 1)
			below[0], below[1] = below[0]+met, below[1]+of
			met, of = meet(a, b, 0)
			wrong[0], wrong[1] = wrong[0]+met, wrong[1]+of
		}
	}
	t.Logf("go on: to the right %d of %d, below %d of %d; if i and j were the other way round %d of %d",
		right[0], right[1], below[0], below[1], wrong[0], wrong[1])
	for _, n := range [][2]int{right, below} {
		if n[1] < 300 || float64(n[0]) < 0.9*float64(n[1]) {
			t.Errorf("only %d of %d border points go on", n[0], n[1])
		}
	}
	if wrong[1] < 300 || float64(wrong[0]) > 0.1*float64(wrong[1]) {
		t.Errorf("%d of %d go on the wrong way", wrong[0], wrong[1])
	}
}

// FuzzReadTiles compares ReadTiles with reading all records first.
func FuzzReadTiles(f *testing.F) {
	f.Add([]byte("id,source_wsi,dataset,i,j\nab,2,1,512,1024\n"))
	f.Add([]byte("\uFEFFj,i,\"dataset\",source_wsi,id,x\r\n1,2,3,4,e,\r\n"))
	f.Add([]byte("id;i\n"))
	f.Add([]byte("id,source_wsi,dataset,i,j\n\"a\nb\",1,1,1,1\na,1\n"))
	rng := rand.New(rand.NewPCG(1, 1))
	f.Add(generate(rng.Uint64(), 5, 0, 0).tiles)
	f.Fuzz(func(t *testing.T, data []byte) {
		records, recordsErr := csv.NewReader(bytes.NewReader(data)).ReadAll()
		n := 0
		var last error
		for tile, err := range ReadTiles(bytes.NewReader(data)) {
			if last != nil {
				t.Fatal("goes on after an error")
			}
			if last = err; err != nil {
				continue
			}
			n++
			if tile.Row != n || tile.ID == "" {
				t.Fatalf("tile %+v in row %d", tile, n)
			}
			if recordsErr == nil {
				row := strings.Join(records[n], "\x00")
				for _, v := range []any{tile.ID, tile.WSI, tile.I, tile.J, tile.Dataset} {
					s := strings.TrimLeft(fmt.Sprint(v), "-")
					if !strings.Contains(row, s) {
						t.Fatalf("%v is not in row %q", v, records[n])
					}
				}
			}
		}
		if last == nil && (recordsErr != nil || n != len(records)-1) {
			t.Fatalf("%d tiles of %d records, error %v", n, len(records), recordsErr)
		}
	})
}
