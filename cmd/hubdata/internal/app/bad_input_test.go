package app_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
)

func TestBadInput(t *testing.T) {
	ring := func(r string) map[string]string {
		return map[string]string{"polygons.jsonl": clitest.GoodLine + clitest.OutlineLine("aaaaaaaaaaa2", "blood_vessel", r)}
	}
	line2 := func(s string) map[string]string { return map[string]string{"polygons.jsonl": clitest.GoodLine + s} }
	tests := []struct {
		name  string
		files map[string]string // beside the good tile_meta.csv and polygons.jsonl; "-" removes
		args  []string
		code  int
		want  []string // in stderr
	}{
		{"no outlines' file", map[string]string{"polygons.jsonl": "-"}, nil, 1, []string{"no polygons.jsonl", "hint: a HuBMAP folder has"}},
		{"no tiles' table", map[string]string{"tile_meta.csv": "-"}, nil, 1, []string{"no tile_meta.csv"}},
		{"broken JSON", line2(`{"id": "aaaaaaaaaaa2", "annotations": [}` + "\n"), nil, 3, []string{"polygons.jsonl: line 2, column 40"}},
		{"truncated last line", line2(`{"id": "aaaaaaaaaaa2", "annotations": [{"type": "blood_ve`), nil, 3, []string{"line 2", "end"}},
		{"line over the cap", nil, []string{"--max-line", "50"}, 3, []string{"line 1", "50 bytes", "--max-line"}},
		{"not UTF-8", line2("{\"id\": \"aaaaaaaaaaa2\", \"annotations\": [{\"type\": \"blood\xff_vessel\", \"coordinates\": [" + clitest.Square + "]}]}\n"), nil, 3, []string{"line 2", "UTF-8"}},
		{"UTF-16", line2("\xff\xfe{\x00"), nil, 3, []string{"line 2"}},
		{"unknown class", line2(clitest.OutlineLine("aaaaaaaaaaa2", "vessel", clitest.Square)), nil, 3, []string{"line 2", `"vessel"`, "blood_vessel"}},
		{"tile not in tile_meta", line2(clitest.OutlineLine("bbbbbbbbbbbb", "blood_vessel", clitest.Square)), nil, 3, []string{"line 2", "bbbbbbbbbbbb"}},
		{"the same tile twice", line2(clitest.GoodLine), nil, 3, []string{"line 2", "line 1"}},
		{"ring of no points", ring("[]"), nil, 3, []string{"line 2", "0 points"}},
		{"ring of one point", ring("[[1, 2]]"), nil, 3, []string{"line 2", "1 point"}},
		{"ring of two points", ring("[[1, 2], [3, 4]]"), nil, 3, []string{"line 2", "2 points"}},
		{"point of three numbers", ring("[[1, 2, 3], [3, 4], [5, 6]]"), nil, 3, []string{"line 2"}},
		{"point of one number", ring("[[1], [3, 4], [5, 6]]"), nil, 3, []string{"line 2"}},
		{"text for a number", ring(`[["1", 2], [3, 4], [5, 6]]`), nil, 3, []string{"line 2", "number"}},
		{"null for a number", ring(`[[null, 2], [3, 4], [5, 6]]`), nil, 3, []string{"line 2"}},
		{"NaN", ring(`[[NaN, 2], [3, 4], [5, 6]]`), nil, 3, []string{"line 2", "NaN"}},
		{"1e308", ring(`[[1e308, 2], [3, 4], [5, 6]]`), nil, 3, []string{"line 2"}},
		{"1e999", ring(`[[1e999, 2], [3, 4], [5, 6]]`), nil, 3, []string{"line 2"}},
		{"not an object", line2("[1, 2]\n"), nil, 3, []string{"line 2, column 1"}},
		{"deep nesting", line2(`{"id": "aaaaaaaaaaa2", "x": ` + strings.Repeat("[", 100000) + "\n"), nil, 3, []string{"line 2"}},
		{"missing column", map[string]string{"tile_meta.csv": "id,source_wsi,i,j\na,1,0,0\n"}, nil, 3, []string{"tile_meta.csv", "dataset"}},
		{"not a number in the table", map[string]string{"tile_meta.csv": "id,source_wsi,dataset,i,j\naaaaaaaaaaa1,one,1,0,0\n"}, nil, 3, []string{"tile_meta.csv", "line 2", "source_wsi", `"one"`}},
		{"tile twice in the table", map[string]string{"tile_meta.csv": clitest.GoodTiles + "aaaaaaaaaaa1,1,1,0,512\n"}, nil, 3, []string{"tile_meta.csv", "line 4", "line 2"}},
		{"empty table", map[string]string{"tile_meta.csv": ""}, nil, 3, []string{"tile_meta.csv", "empty"}},
		{"gz ends early", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.gz": clitest.Gzip(strings.Repeat(" \n", 9999) + clitest.GoodLine)[:60]}, nil, 3, []string{"polygons.jsonl.gz", "end early"}},
		{"gz of nothing", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.gz": ""}, nil, 3, []string{"polygons.jsonl.gz", "gzip"}},
		{"plain text named gz", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.gz": clitest.GoodLine}, nil, 3, []string{"polygons.jsonl.gz", "gzip"}},
		{"gz with a wrong checksum", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.gz": clitest.Gzip(clitest.GoodLine)[:len(clitest.Gzip(clitest.GoodLine))-6] + "xxxxxx"}, nil, 3, []string{"polygons.jsonl.gz", "checksum"}},
		{"zst ends early", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.zst": clitest.Zstd(strings.Repeat(clitest.GoodLine, 99))[:60]}, nil, 3, []string{"polygons.jsonl.zst", "end early"}},
		{"plain text named zst", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.zst": clitest.GoodLine}, nil, 3, []string{"polygons.jsonl.zst", "zstd"}},
		{"bomb of empty lines", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.zst": clitest.Zstd(strings.Repeat("\n", files.BombFloor+files.BombFloor/8))}, nil, 3, []string{"polygons.jsonl.zst", "bomb"}},
		{"bomb of one line", map[string]string{"polygons.jsonl": "-", "polygons.jsonl.gz": clitest.Gzip(strings.Repeat("[", 100<<20))}, nil, 3, []string{"polygons.jsonl.gz", "--max-line"}},
		{"no such dataset", nil, []string{"--dataset", "7"}, 2, []string{"dataset 7", "dataset 1 WSI 1 (1)"}},
		{"no line of the tiles", map[string]string{"polygons.jsonl": ""}, nil, 3, []string{"no line for a selected tile"}},
		{"an input as output", nil, []string{"--per", "none", "-o", "DIR/polygons.jsonl", "--force"}, 2, []string{"also an input"}},
		{"somebody's file as output", map[string]string{"mine.json": `{"info":{"description":"mine"}}`}, []string{"--per", "none", "-o", "DIR/mine.json"}, 1, []string{"hubdata did not write it", "--force"}},
		{"a folder as output", nil, []string{"--per", "none", "-o", "DIR"}, 2, []string{"is a folder"}},
		{"a file as output folder", nil, []string{"-o", "DIR/tile_meta.csv"}, 1, []string{"tile_meta.csv"}},
		{"full disk", nil, []string{"--per", "none", "-o", "/dev/full"}, 1, []string{"/dev/full", "no space"}},
		{"image size asked of images that are not there", nil, []string{"--tile-size", "image"}, 1, []string{"no image of tile aaaaaaaaaaa1", "--tile-size 512"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"tile_meta.csv": clitest.GoodTiles, "polygons.jsonl": clitest.GoodLine}
			for name, text := range tt.files {
				if text == "-" {
					delete(files, name)
				} else {
					files[name] = text
				}
			}
			dir := clitest.Folder(t, files)
			before := clitest.Tree(t, dir)
			args := []string{"convert", dir}
			for _, a := range tt.args {
				args = append(args, strings.ReplaceAll(a, "DIR", dir))
			}
			code, stdout, stderr := clitest.Hubdata(t, t.Context(), args...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for _, w := range tt.want {
				if !strings.Contains(stderr, w) {
					t.Errorf("stderr lacks %q:\n%s", w, stderr)
				}
			}
			if stdout != "" {
				t.Errorf("stdout holds %q", stdout)
			}
			if after := clitest.Tree(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
				t.Errorf("left behind: %q, was %q", after, before)
			}
		})
	}
}

// TestOddInput is of inputs that look wrong and are not.
func TestOddInput(t *testing.T) {
	good := clitest.GoodLine + clitest.OutlineLine("aaaaaaaaaaa2", "blood_vessel", clitest.Square)
	tests := []struct {
		name            string
		tiles, polygons string
	}{
		{"other column order", "j,dataset,id,i,source_wsi\n512,1,aaaaaaaaaaa1,0,1\n512,1,aaaaaaaaaaa2,512,2\n", good},
		{"extra columns", "id,source_wsi,dataset,i,j,note\naaaaaaaaaaa1,1,1,0,512,x\naaaaaaaaaaa2,2,1,512,512,\"a, b\"\n", good},
		{"CRLF", strings.ReplaceAll(clitest.GoodTiles, "\n", "\r\n"), strings.ReplaceAll(good, "\n", "\r\n")},
		{"BOM", "\ufeff" + clitest.GoodTiles, "\ufeff" + good},
		{"quoted fields", strings.ReplaceAll(clitest.GoodTiles, "aaaaaaaaaaa1", `"aaaaaaaaaaa1"`), good},
		{"no final line end", strings.TrimSpace(clitest.GoodTiles), strings.TrimSpace(good)},
		{"empty lines", clitest.GoodTiles, "\n" + strings.ReplaceAll(good, "\n", "\n\n")},
		{"other spacing", clitest.GoodTiles, strings.ReplaceAll(good, " ", "")},
		{"other key order", clitest.GoodTiles, strings.ReplaceAll(good, `"type": "blood_vessel", "coordinates": [`+clitest.Square+`]`, `"coordinates":[`+clitest.Square+`],"extra":{"a":[1]},"type":"blood_vessel"`)},
	}
	convert := func(t *testing.T, tiles, polygons string) string {
		dir := clitest.Folder(t, map[string]string{"tile_meta.csv": tiles, "polygons.jsonl": polygons})
		if code, _, stderr := clitest.Hubdata(t, t.Context(), "convert", dir, "--per", "none", "-o", filepath.Join(dir, "x.json")); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		text, err := os.ReadFile(filepath.Join(dir, "x.json"))
		if err != nil {
			t.Fatal(err)
		}
		_, body, ok := strings.Cut(string(text), "\n\"licenses\"") // info names the inputs' sums
		if !ok {
			t.Fatalf("no licenses in %s", text)
		}
		return body
	}
	want := convert(t, clitest.GoodTiles, good)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := convert(t, tt.tiles, tt.polygons); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestKeepGoing(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{
		"tile_meta.csv": clitest.GoodTiles + "aaaaaaaaaaa3,2,1,0,0\n",
		"polygons.jsonl": clitest.GoodLine + "{broken\n" + clitest.OutlineLine("aaaaaaaaaaa2", "vessel", clitest.Square) +
			clitest.OutlineLine("aaaaaaaaaaa3", "blood_vessel", clitest.Square),
	})
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "convert", dir, "--keep-going", "--json")
	if code != 4 {
		t.Errorf("exit code %d, want 4", code)
	}
	for _, w := range []string{"line 2", "line 3", "skipped 2 bad lines"} {
		if !strings.Contains(stderr, w) {
			t.Errorf("stderr lacks %q:\n%s", w, stderr)
		}
	}
	for _, w := range []string{`"line": 2`, `"line": 3`, `"images": 2`} {
		if !strings.Contains(stdout, w) {
			t.Errorf("stdout lacks %q:\n%s", w, stdout)
		}
	}
}

func TestInterrupted(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{"tile_meta.csv": clitest.GoodTiles, "polygons.jsonl": clitest.GoodLine})
	before := clitest.Tree(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stdout, stderr := clitest.Hubdata(t, ctx, "convert", dir)
	if code != 130 || stdout != "" || !strings.Contains(stderr, "interrupted") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if after := clitest.Tree(t, dir); len(after) != len(before) {
		t.Errorf("left behind: %q", after)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere; TestUnwritableFolder is for root too")
	}
	dir := clitest.Folder(t, map[string]string{"tile_meta.csv": clitest.GoodTiles, "polygons.jsonl": clitest.GoodLine})
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o777)
	code, _, stderr := clitest.Hubdata(t, t.Context(), "convert", dir)
	if code != 1 || !strings.Contains(stderr, "permission") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

// TestUnwritableFolder writes where nobody may make a folder.
func TestUnwritableFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc, in which nobody may make a folder")
	}
	dir := clitest.Folder(t, map[string]string{"tile_meta.csv": clitest.GoodTiles, "polygons.jsonl": clitest.GoodLine})
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "convert", dir, "-o", "/proc/hubdata/out")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "/proc/hubdata") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
