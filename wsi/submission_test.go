package wsi

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hubdata/hubdata/rle"
)

// submissionMask returns a random h x w mask with at least one foreground
// pixel.
func submissionMask(rng *rand.Rand, h, w int) rle.Mask {
	x, y := rng.IntN(w), rng.IntN(h)
	pixels := make([]byte, h*w)
	for i := x; i < min(w, x+1+rng.IntN(9)); i++ {
		for j := y; j < min(h, y+1+rng.IntN(9)); j++ {
			pixels[j*w+i] = 1
		}
	}
	m, err := rle.FromBitmap(h, w, pixels)
	if err != nil {
		panic(err)
	}
	return m
}

// kaggle returns the text of a mask.
func kaggle(t testing.TB, m rle.Mask) string {
	t.Helper()
	text, err := m.AppendKaggle(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// runsMask returns the 4 x 5 mask with the given runs.
func runsMask(t testing.TB, runs ...uint32) rle.Mask {
	t.Helper()
	m, err := rle.FromRuns(4, 5, runs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSubmissionRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	type row struct {
		id        string
		h, w      int
		instances []SubmissionInstance
	}
	var rows []row
	for i := range 200 {
		r := row{id: fmt.Sprintf("tile, \"%d\"", i), h: 1 + rng.IntN(40), w: 1 + rng.IntN(40)}
		for range rng.IntN(5) {
			r.instances = append(r.instances, SubmissionInstance{rng.Float64(), submissionMask(rng, r.h, r.w)})
		}
		rows = append(rows, r)
	}
	rows[0].instances = []SubmissionInstance{{0, submissionMask(rng, rows[0].h, rows[0].w)},
		{1, submissionMask(rng, rows[0].h, rows[0].w)}, {1e-300, submissionMask(rng, rows[0].h, rows[0].w)}}
	var b bytes.Buffer
	w := NewSubmissionWriter(&b)
	for _, r := range rows {
		if err := w.Write(r.id, r.h, r.w, r.instances); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for got, err := range ReadSubmission(iotest.OneByteReader(bytes.NewReader(b.Bytes()))) {
		if err != nil {
			t.Fatal(err)
		}
		want := rows[n]
		n++
		if got.ID != want.id || got.Height != want.h || got.Width != want.w || got.Row != n || got.Line != n+1 {
			t.Fatalf("row %d: %+v", n, got)
		}
		k := 0
		for in, err := range got.Instances() {
			if err != nil {
				t.Fatal(err)
			}
			if in.Score != want.instances[k].Score || !in.Mask.Equal(want.instances[k].Mask) {
				t.Fatalf("row %d, instance %d: %v", n, k, in)
			}
			k++
		}
		if k != len(want.instances) {
			t.Fatalf("row %d: %d instances, want %d", n, k, len(want.instances))
		}
	}
	if n != len(rows) {
		t.Fatalf("%d rows, want %d", n, len(rows))
	}
	counts, err := CheckSubmission(&b, nil, func(f SubmissionFault) { t.Error(f) })
	if err != nil || counts.Rows != n {
		t.Errorf("%+v, %v", counts, err)
	}
}

func TestSubmissionWriter(t *testing.T) {
	one := runsMask(t, 3, 2, 15)
	var b bytes.Buffer
	w := NewSubmissionWriter(&b)
	for _, tt := range []struct {
		id   string
		in   SubmissionInstance
		want string
	}{
		{"", SubmissionInstance{1, one}, "needs an id"},
		{"a", SubmissionInstance{1.5, one}, `tile "a", instance 1: score: found 1.5, expected 0 to 1`},
		{"a", SubmissionInstance{math.NaN(), one}, "found NaN, expected 0 to 1"},
		{"a", SubmissionInstance{1, runsMask(t, 20)}, "the mask is empty"},
		{"a", SubmissionInstance{1, submissionMask(rand.New(rand.NewPCG(1, 1)), 5, 4)},
			"the mask has height 5 and width 4, the tile 4 and 5"},
	} {
		if err := w.Write(tt.id, 4, 5, []SubmissionInstance{tt.in}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
	if err := w.Write("a", 4, 5, []SubmissionInstance{{math.Copysign(0, -1), one}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Write("a", 4, 5, nil); err == nil || !strings.Contains(err.Error(), `tile "a" is already in row 1`) {
		t.Errorf("error %v", err)
	}
	if err := w.Write("b", 4, 5, nil); err != nil {
		t.Fatal(err)
	}
	if want := "id,height,width,prediction_string\na,4,5,0 0 " + kaggle(t, one) + "\nb,4,5,\n"; b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
	b.Reset()
	if err := NewSubmissionWriter(&b).Flush(); err != nil || b.String() != SubmissionHeader {
		t.Errorf("wrote %q, %v", b.String(), err)
	}
	failed := errors.New("failed")
	if err := NewSubmissionWriter(failingWriter{failed}).Write("a", 4, 5, nil); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// checked returns the faults of a submission.
func checked(t testing.TB, text string, rules *SubmissionRules) ([]string, SubmissionCounts) {
	t.Helper()
	var faults []string
	counts, err := CheckSubmission(strings.NewReader(text), rules, func(f SubmissionFault) {
		faults = append(faults, f.String())
	})
	if err != nil {
		t.Fatal(err)
	}
	if counts.Faults != len(faults) {
		t.Errorf("%d faults counted, %d reported", counts.Faults, len(faults))
	}
	return faults, counts
}

func TestCheckSubmission(t *testing.T) {
	mask := kaggle(t, runsMask(t, 3, 2, 15))
	other := kaggle(t, runsMask(t, 4, 3, 13))
	empty := kaggle(t, runsMask(t, 20))
	good := "0 0.5 " + mask
	row := func(prediction string) string { return SubmissionHeader + "a,4,5," + prediction + "\n" }
	tests := []struct {
		name, text string
		rules      *SubmissionRules
		want       []string // parts of the faults, in order
		read       bool     // the reader accepts it anyway
	}{
		{"good", row(good + " 0 1 " + other), nil, nil, true},
		{"nothing found", row(""), nil, nil, true},
		{"spaces", row(" " + good + "  0\t1.0 " + other + " "), nil, nil, true},
		{"scores", row("0 0 " + mask + " 0 1e-05 " + mask + " 0 1.000 " + mask), nil, nil, true},
		{"quoted, other order, mark, carriage returns", "\uFEFFprediction_string,width,id,height\r\n\"" + good +
			"\",5,\"a\",4\r\n", nil, nil, true},
		{"no rows", SubmissionHeader, nil, nil, true},
		{"empty file", "", nil, []string{
			"header (line 1): the file is empty: expected a header with the columns id, height, width, prediction_string (file)"}, false},
		{"all columns missing", "a,4,5," + good + "\n", nil,
			[]string{`header (line 1), column "id": missing: found "a, 4, 5, 0 0.5`, `column "height"`, `column "width"`,
				`column "prediction_string"`,
				`column "a": not a column of the competition: expected id, height, width, prediction_string (column-extra)`,
				`column "4"`, `column "5"`, `column "0 0.5 `}, false},
		{"semicolons", "id;height;width;prediction_string\n", nil,
			[]string{"separated by semicolons", "column-missing", "column-missing", "column-missing", "column-extra"}, false},
		{"one column missing", "id,height,prediction_string\na,4," + good + "\na,4,\n", nil,
			[]string{`column "width": missing`,
				`row 2 (line 3), tile "a", column "id": the tile is already in row 1: remove one (id-twice)`}, false},
		{"column twice", "id,height,width,prediction_string,id\na,4,5,,a\n", nil,
			[]string{`column "id": duplicate column: remove one (column-twice)`}, false},
		{"column too much", ",id,height,width,prediction_string\n0,a,4,5,\n", nil,
			[]string{`header (line 1): column 1 has no name, as the index that pandas writes: expected id, height, width, prediction_string; write it with to_csv(index=False) (column-extra)`}, true},
		{"fields", SubmissionHeader + "a,4,5\nb,4,5,x,y\nc,4,5,\n", nil,
			[]string{"row 1 (line 2): 3 fields, but the header has 4 (row)", "row 2 (line 3): 5 fields"}, false},
		{"quotes", SubmissionHeader + "a,4,5,0 \"x\nb,4,5,\n", nil,
			[]string{`row 1 (line 2): byte 9 of the line: bare " in non-quoted-field (row)`}, false},
		{"quote left open", SubmissionHeader + "b,4,5,\n\"a,4,5,\nc,4,5,\n", nil, []string{"row 2"}, false},
		{"no id", SubmissionHeader + ",4,5,\n\xff,4,5,\n", nil,
			[]string{`row 1 (line 2), column "id": empty: expected the name of a tile (id)`, "is not UTF-8"}, false},
		{"id twice", SubmissionHeader + "a,4,5,\nb,4,5,\na,4,5,\na,4,5,\n", nil,
			[]string{`row 3 (line 4), tile "a", column "id": the tile is already in row 1: remove one (id-twice)`,
				"row 4 (line 5)"}, true},
		{"size", SubmissionHeader + "a,0,5,\nb,x,5,\nc,4,-1,\nd,4,99999999999999999999,\ne,40000,40000,\nf,,5.0,\n", nil,
			[]string{
				`row 1 (line 2), tile "a", column "height": found 0, expected 1 to 1073741824 (size)`,
				`found "x", expected a number of pixels`, `column "width": found -1`, `"99999999999999999999"`,
				`row 5 (line 6), tile "e": height 40000 and width 40000: a mask has at most 1073741824 pixels`,
				`column "height": found "", expected`, `column "width": found "5.0"`}, false},
		{"another size", SubmissionHeader + "a,4,5," + good + "\n", &SubmissionRules{TileSize: 4},
			[]string{`column "width": found 5, expected 4`, `token 3: rle: corrupt mask: runs sum to 20`}, true},
		{"another size than the tile's", SubmissionHeader + "a,5,4," + good + "\n",
			&SubmissionRules{Tiles: []SubmissionTile{{"a", 4, 5}}, TileSize: 9},
			[]string{`column "height": found 5, expected 4`, `column "width": found 4, expected 5`}, true},
		{"tiles", SubmissionHeader + "a,4,5,\nx,4,5,\n",
			&SubmissionRules{Tiles: []SubmissionTile{{ID: "b"}, {ID: "a"}, {ID: "c"}}}, []string{
				`row 2 (line 3), tile "x", column "id": no such tile among the 3 requested (id-unknown)`,
				`tile "b": the tile has no row: give it one, with an empty prediction_string if nothing was found (id-missing)`,
				`tile "c"`}, true},
		{"tiles, and broken rows", SubmissionHeader + "a,4,5\n", &SubmissionRules{Tiles: []SubmissionTile{{ID: "a"}}},
			[]string{"3 fields"}, false},
		{"class", row("1 0.5 " + mask + " 0.0 0.5 " + mask + " blood_vessel 1 " + mask), nil, []string{
			`row 1 (line 2), tile "a", column "prediction_string", token 1: found class "1", expected 0 (blood_vessel), the only class of the competition (class)`, `token 4: found class "0.0"`, `token 7: found class "blood_vessel"`}, false},
		{"score", row("0 1.01 " + mask + " 0 -0.1 " + mask + " 0 nan " + mask + " 0 0x1p-2 " + mask + " 0 high " + mask +
			" 0 1e999 " + mask), nil, []string{
			"token 2: found 1.01, expected 0 to 1 (score)", "token 5: found -0.1", "token 8: found NaN",
			`token 11: found "0x1p-2", expected a score from 0 to 1`, `token 14: found "high"`, "token 17: found +Inf"}, false},
		{"masks alone", row(mask + " " + mask + " " + mask), nil, []string{"token 1: found \"eN", "token 2: found \"eN"},
			false},
		{"one mask alone", row(mask), nil,
			[]string{`column "prediction_string": found 1 token, expected three per instance: class score mask (tokens)`,
				`token 1: found no token before the mask`}, false},
		{"score missing", row(good + " 0 " + other + " " + good + " 1 0.5 " + other), nil,
			[]string{"found 11 tokens", "token 5: found 1 token before the mask", `token 9: found class "1"`}, false},
		{"mask missing", row(good + " 0 0.9 " + good), nil,
			[]string{"found 8 tokens", "token 8: found 4 tokens before the mask"}, false},
		{"cut at the end", row(good + " 0 0.9"), nil,
			[]string{"found 5 tokens", "token 4: found 2 tokens after the last mask, expected class score mask (tokens)"},
			false},
		{"bytes literal", row("\"0 0.5 b'" + mask + "' 0 0.5 b\"\"eN\"\"\""), nil,
			[]string{"token 3: found Python's b'...' around the mask", "token 6: found Python's b'...'",
				"token 6: rle: corrupt mask: base64"}, false},
		{"padding", row("0 0.5 " + strings.TrimRight(kaggle(t, runsMask(t, 3, 17)), "=")), nil,
			[]string{"token 3: rle: corrupt mask: base64: "}, false},
		{"cut base64", row("0 0.5 " + mask[:len(mask)-3]), nil,
			[]string{"expected a multiple of 4: its padding (=) or its end was cut off (mask)"}, false},
		{"not base64", row("0 0.5 {size:[4]}"), nil,
			[]string{"token 3: rle: corrupt mask: base64: illegal base64 data at input byte 0 (mask)"}, false},
		{"not zlib", row("0 0.5 " + base64.StdEncoding.EncodeToString([]byte("123456789"))), nil,
			[]string{"token 3: rle: corrupt mask: zlib: bad header"}, false},
		{"counts", row("0 0.5 " + kaggle(t, submissionMask(rand.New(rand.NewPCG(1, 1)), 7, 7))), nil,
			[]string{"token 3: rle: corrupt mask: "}, false},
		{"empty mask", row("0 0.5 " + empty + " " + good), nil,
			[]string{"token 3: the mask is empty: leave the instance out (mask-empty)"}, true},
		{"many", SubmissionHeader + "a,4,5,1 2 x\nb,3,5,\nb,4,5,0 0.5\nc\n",
			&SubmissionRules{Tiles: []SubmissionTile{{"a", 4, 5}, {"b", 4, 5}, {"d", 4, 5}}}, []string{
				"token 1: ", "token 2: ", "token 3: ", `row 2 (line 3), tile "b", column "height"`,
				"row 3 (line 4), tile \"b\", column \"id\"", "found 2 tokens", "token 1: found 2 tokens after the last mask",
				"row 4 (line 5): 1 fields", `tile "d": the tile has no row`}, false},
		{"endless row", SubmissionHeader + "a,4,5,\n\"" + strings.Repeat("x", 2*MaxSubmissionRow), nil,
			[]string{"row 2 (line 3): the row has more than 16777216 bytes: is a closing quote missing? (file)"}, false},
		{"endless header", strings.Repeat("x", 2*MaxSubmissionRow), nil, []string{"(file)"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := checked(t, tt.text, tt.rules)
			for i := range max(len(got), len(tt.want)) {
				if i >= len(got) || i >= len(tt.want) || !strings.Contains(got[i], tt.want[i]) {
					t.Fatalf("fault %d of:\n%s\nwant:\n%s", i, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
				}
			}
			err := readAll(tt.text)
			var re *RowError
			if tt.read != (err == nil) || err != nil && !errors.As(err, &re) {
				t.Errorf("the reader's error is %v", err)
			}
		})
	}
}

// readAll reads a submission with all masks.
func readAll(text string) error {
	for row, err := range ReadSubmission(strings.NewReader(text)) {
		if err != nil {
			return err
		}
		for _, err := range row.Instances() {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func TestCheckSubmissionCounts(t *testing.T) {
	a, b := kaggle(t, runsMask(t, 3, 2, 15)), kaggle(t, runsMask(t, 4, 3, 13))
	c := kaggle(t, runsMask(t, 10, 3, 7))
	text := SubmissionHeader + "a,4,5,0 1 " + a + " 0 1 " + b + "\nb,4,5,0 1 " + a + " 0 1 " + c + "\nc,4,5,\n"
	_, got := checked(t, text, nil)
	if want := (SubmissionCounts{Rows: 3, Empty: 1, Instances: 4, Overlapping: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	failed := errors.New("failed")
	if _, err := CheckSubmission(iotest.ErrReader(failed), nil, nil); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
}

func TestReadSubmissionTiles(t *testing.T) {
	tests := []struct {
		name, in string
		want     []SubmissionTile
		err      string
	}{
		{"sample", SubmissionHeader + "a,4,5,0 1 x\nb,6,7,\n", []SubmissionTile{{"a", 4, 5}, {"b", 6, 7}}, ""},
		{"tile_meta", "id,source_wsi,dataset,i,j\na,1,2,3,4\n", []SubmissionTile{{"a", 0, 0}}, ""},
		{"names", "\uFEFFid\r\na\r\n", []SubmissionTile{{"a", 0, 0}}, ""},
		{"height alone", "id,height\na,x\n", []SubmissionTile{{"a", 0, 0}}, ""},
		{"none", "id\n", []SubmissionTile{}, ""},
		{"no id", "name\na\n", nil, `no column "id"`},
		{"empty id", "id,x\n,1\n", nil, `row 1 (line 2), column "id": empty`},
		{"twice", "id\na\nb\na\n", nil, `row 3 (line 4), column "id": tile "a" is already in row 1: remove one`},
		{"no number", "id,height,width\na,4,5.5\n", nil,
			`row 1 (line 2), column "width": found "5.5", expected a number of pixels`},
		{"zero", "id,height,width\na,0,5\n", nil, `column "height": found "0"`},
		{"too large", "id,height,width\na,40000,40000\n", nil, "a mask has at most"},
		{"fields", "id,height,width\na\n", nil, "1 fields, but the header has 3"},
	}
	for _, tt := range tests {
		got, err := ReadSubmissionTiles(strings.NewReader(tt.in))
		var re *RowError
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || !errors.As(err, &re) {
				t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

// TestLongSubmissionRow reads and checks a field of several megabytes.
func TestLongSubmissionRow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const edge, instances = 256, 200
	pixels := make([]byte, edge*edge) // of noise, which does not compress
	for i := range pixels {
		pixels[i] = byte(rng.IntN(2))
	}
	m, err := rle.FromBitmap(edge, edge, pixels)
	if err != nil {
		t.Fatal(err)
	}
	text := SubmissionHeader + "a,256,256," + strings.Repeat("0 0.5 "+kaggle(t, m)+" ", instances) + "\n"
	if len(text) < 2<<20 {
		t.Fatalf("the row has %d bytes only", len(text))
	}
	faults, counts := checked(t, text, nil)
	if len(faults) > 0 || counts.Instances != instances {
		t.Errorf("%d faults, %+v", len(faults), counts)
	}
	if err := readAll(text); err != nil {
		t.Error(err)
	}
}

// realSubmissions returns the real files by name.
func realSubmissions(t *testing.T) map[string]string {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(realFile(t, "tile_meta.csv"))), "submissions",
		"*.csv"))
	if len(paths) == 0 {
		t.Skip("no real submissions")
	}
	files := map[string]string{}
	for _, path := range append(paths, realFile(t, "sample_submission.csv")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	return files
}

func TestRealSubmissions(t *testing.T) {
	rules := &SubmissionRules{Tiles: []SubmissionTile{{ID: "72e40acccadf"}}, TileSize: TilePixels}
	bad := map[string][]string{
		"web-ho_submission.csv": {`column "height": found 1, expected 512`, "found 1 token, expected three",
			"token 1: found no token before the mask", "token 1: found Python's b'...'"},
		// six masks of a model that found nothing
		"thanhvocam_submission_5380efda.csv": {"token 3: the mask is empty", "token 6", "token 9", "token 12", "token 15",
			"token 18"},
	}
	for name, text := range realSubmissions(t) {
		faults, counts := checked(t, text, rules)
		want := bad[name]
		for i := range max(len(faults), len(want)) {
			if i >= len(faults) || i >= len(want) || !strings.Contains(faults[i], want[i]) {
				t.Fatalf("%s: fault %d of:\n%s\nwant %q", name, i, strings.Join(faults, "\n"), want)
			}
		}
		t.Logf("%s: %+v", name, counts)
		if name == "web-ho_submission.csv" {
			if err := readAll(text); err == nil {
				t.Errorf("%s: read without an error", name)
			}
			continue
		}
		// Written again, it holds the same.
		written := rewrite(t, []byte(text))
		if again := rewrite(t, written); !bytes.Equal(written, again) {
			t.Errorf("%s: written twice it changes", name)
		}
		if faults, again := checked(t, string(written), rules); len(faults) > 0 || again.Instances != counts.Instances {
			t.Errorf("%s: %+v, was %+v\n%s", name, again, counts, strings.Join(faults, "\n"))
		}
		askPython(t, []byte(text), written)
	}
}

// FuzzSubmission checks that the checker and the reader agree: a submission
// without faults is read without error, and whatever stops the reader is a
// fault.
func FuzzSubmission(f *testing.F) {
	mask := kaggle(f, runsMask(f, 3, 2, 15))
	f.Add(SubmissionHeader+"a,4,5,0 0.5 "+mask+"\n", uint8(0))
	f.Add(SubmissionHeader+"a,4,5,0 0.5 "+mask+" 0 1\nb,1,9,b'eN'\n", uint8(1))
	f.Add("prediction_string,id,width,height\n\"0 1 "+mask+"\",a,5,4\r\n,b,5,4\n", uint8(2))
	f.Add("id;height\n\"\n", uint8(3))
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		var rules *SubmissionRules
		switch kind % 4 {
		case 1:
			rules = &SubmissionRules{TileSize: 4}
		case 2:
			rules = &SubmissionRules{Tiles: []SubmissionTile{{"a", 4, 5}, {"b", 0, 0}}}
		}
		var codes []FaultCode
		counts, err := CheckSubmission(strings.NewReader(text), rules, func(fault SubmissionFault) {
			codes = append(codes, fault.Code)
			if fault.Reason == "" || fault.Code == "" || fault.Row > counts0(text) {
				t.Fatalf("fault %+v", fault)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if counts.Faults != len(codes) {
			t.Fatalf("%d faults counted, %d reported", counts.Faults, len(codes))
		}
		readErr := readAll(text)
		if len(codes) == 0 && readErr != nil {
			t.Fatalf("no fault, but the reader says %v", readErr)
		}
		if readErr != nil && len(codes) == 0 {
			t.Fatalf("the reader says %v, the checker nothing", readErr)
		}
		if readErr == nil {
			for _, code := range codes {
				switch code {
				case FaultColumnExtra, FaultColumnTwice, FaultIDTwice, FaultIDUnknown, FaultIDMissing, FaultMaskEmpty:
				case FaultSize, FaultMask:
					if rules == nil {
						t.Fatalf("fault %s, but the reader read all", code)
					}
				default:
					t.Fatalf("fault %s, but the reader read all", code)
				}
			}
		}
	})
}

// counts0 returns an upper bound for the number of rows of a text.
func counts0(text string) int { return strings.Count(text, "\n") + strings.Count(text, "\r") + 1 }

// benchmarkRow returns 100 instances on a tile, and their row.
func benchmarkRow(b *testing.B) ([]SubmissionInstance, string) {
	b.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	var instances []SubmissionInstance
	for range 100 {
		instances = append(instances, SubmissionInstance{rng.Float64(), submissionMask(rng, TilePixels, TilePixels)})
	}
	text, err := AppendSubmissionRow([]byte(SubmissionHeader), "a", TilePixels, TilePixels, instances)
	if err != nil {
		b.Fatal(err)
	}
	return instances, string(text)
}

func BenchmarkAppendSubmissionRow(b *testing.B) {
	instances, _ := benchmarkRow(b)
	var buf []byte
	for b.Loop() {
		var err error
		if buf, err = AppendSubmissionRow(buf[:0], "a", TilePixels, TilePixels, instances); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckSubmission(b *testing.B) {
	_, text := benchmarkRow(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := CheckSubmission(strings.NewReader(text), nil, func(f SubmissionFault) { b.Fatal(f) }); err != nil {
			b.Fatal(err)
		}
	}
}
