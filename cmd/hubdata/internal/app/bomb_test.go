package app_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/rle"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/tiff/lzw"
)

// bombPeak is the most memory that a run may take that refuses a bomb.
const bombPeak = 200 << 20

// A piece is text, repeated.
type piece struct {
	text  string
	times int
}

func pieces(list ...piece) io.Reader {
	var readers []io.Reader
	for _, p := range list {
		block := max(1, (64<<10)/len(p.text))
		whole := strings.Repeat(p.text, min(block, p.times))
		for n := p.times; n > 0; n -= block {
			readers = append(readers, strings.NewReader(whole[:len(p.text)*min(n, block)]))
		}
	}
	return io.MultiReader(readers...)
}

// bomb writes pieces to a file, compressed by its suffix.
func bomb(list ...piece) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		var w io.WriteCloser = f
		switch filepath.Ext(path) {
		case ".gz":
			w, err = gzip.NewWriterLevel(f, gzip.BestCompression)
		case ".zst":
			w, err = zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
		}
		if err == nil {
			_, err = io.Copy(w, pieces(list...))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
}

// raw writes bytes.
func raw(data []byte) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// zlibbed is a text compressed by zlib.
func zlibbed(list ...piece) []byte {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestCompression)
	_, _ = io.Copy(w, pieces(list...))
	_ = w.Close()
	return b.Bytes()
}

// zstWindow is the beginning of a frame that wants a window of 2^log bytes.
func zstWindow(log byte) []byte {
	// Magic, a descriptor without checksum, size or dictionary, the window, a last
	// block of one byte repeated.
	return []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3, 0x03, 0x00, 0x10, ' '}
}

// fillWindow writes blank lines in a frame with a window of 128 MB, which the decoder
// must hold.
func fillWindow(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(f, zstd.WithWindowSize(files.ZstdWindow), zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	text := make([]byte, 1<<20)
	for range 192 {
		for i := 0; i < len(text); i += 16 {
			for k, bits := 0, rng.Uint32(); k < 16; k++ {
				text[i+k] = " \t\r\n"[bits>>(2*k)&3]
			}
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
}

// pngOf is a PNG of a size that holds the bytes of idat as its pixels.
func pngOf(w, h uint32, idat []byte) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		body := append([]byte(kind), data...)
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, 16, 6, 0, 0, 0)) // 16 bits, RGBA
	chunk("IDAT", idat)
	chunk("IEND", nil)
	return out
}

// jpegOf is the beginning of a JPEG of a size.
func jpegOf(w, h uint16) []byte {
	out := []byte{0xff, 0xd8, 0xff, 0xc0, 0, 17, 8}
	out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, h), w)
	return append(out, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
}

// tiffOf is a TIFF of one strip, compressed as told; tags are added or replaced.
func tiffOf(w, h uint32, compression uint32, data []byte, tags map[uint16][2]uint32) []byte {
	const head = 8
	all := map[uint16][2]uint32{256: {1, w}, 257: {1, h}, 258: {1, 8}, 259: {1, compression}, 262: {1, 1},
		273: {1, head}, 277: {1, 1}, 278: {1, h}, 279: {1, uint32(len(data))}}
	for k, v := range tags {
		all[k] = v
	}
	out := binary.LittleEndian.AppendUint32([]byte("II*\x00"), uint32(head+len(data)))
	out = append(out, data...)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(all)))
	for tag := uint16(256); tag < 400; tag++ {
		if v, ok := all[tag]; ok {
			out = binary.LittleEndian.AppendUint16(out, tag)
			out = binary.LittleEndian.AppendUint16(out, 4) // LONG
			out = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(out, v[0]), v[1])
		}
	}
	return binary.LittleEndian.AppendUint32(out, 0)
}

// lzwOf compresses n zero bytes as TIFF does, by codes of ever longer strings of zeros.
func lzwOf(t *testing.T, n int) []byte {
	var out []byte
	bits, held := uint32(0), 0
	put := func(code uint32, width int) {
		bits, held = bits<<width|code, held+width
		for held >= 8 {
			out = append(out, byte(bits>>(held-8)))
			held -= 8
		}
	}
	for made := 0; made < n; {
		put(256, 9)
		put(0, 9)
		made++
		width := 9
		for code := uint32(258); code < 4094; code++ {
			if code+1 >= 1<<width && width < 12 {
				width++
			}
			put(code, width)
			made += int(code) - 256
		}
		if width != 12 {
			t.Fatal(width)
		}
		put(256, 12)
	}
	put(257, 9)
	put(0, 7)
	r := lzw.NewReader(bytes.NewReader(out), lzw.MSB, 8)
	if k, _ := io.Copy(io.Discard, r); k < int64(n)/2 {
		t.Fatalf("the LZW bomb gives %d bytes", k)
	}
	return out
}

const (
	emptyOutlines = `{"id": "aaaaaaaaaaa1", "annotations": []}` + "\n"
	truthHead     = `{"images":[{"id":1,"file_name":"a.png","height":512,"width":512}],"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[`
	truthEnd      = `{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,9,9],"area":81,"iscrowd":0,"segmentation":[[1,1,9,1,9,9]]}]}`
	resultHead    = `[{"image_id":1,"category_id":1,"score":0.5,"bbox":[1,1,9,9],"segmentation":`
)

// TestBombs feeds input that is small, or endless, and unfolds to much: it must be
// refused, in words, with little memory.
func TestBombs(t *testing.T) {
	longtest.Only(t)
	const big = 256 << 20
	mask := func(h, w int, list ...piece) string {
		return fmt.Sprintf("id,height,width,prediction_string\na,%d,%d,0 0.5 %s\n", h, w, base64.StdEncoding.EncodeToString(zlibbed(list...)))
	}
	whole, err := rle.FromRuns(32768, 32768, []uint32{0, 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	full, err := whole.AppendKaggle(nil)
	if err != nil {
		t.Fatal(err)
	}
	image := func(data []byte) map[string]func(*testing.T, string) {
		return map[string]func(*testing.T, string){"truth.json": bomb(piece{truthHead + truthEnd, 1}), "a.png": raw(data)}
	}
	one := func(name string, write func(*testing.T, string)) map[string]func(*testing.T, string) {
		return map[string]func(*testing.T, string){name: write}
	}
	with := func(files map[string]func(*testing.T, string), name string, write func(*testing.T, string)) map[string]func(*testing.T, string) {
		files[name] = write
		return files
	}
	outlines := func(name string, list ...piece) map[string]func(*testing.T, string) {
		return with(one("tile_meta.csv", bomb(piece{clitest.GoodTiles, 1})), name, bomb(list...))
	}
	results := func(name string, list ...piece) map[string]func(*testing.T, string) {
		return with(one("truth.json", bomb(piece{truthHead + truthEnd, 1})), name, bomb(list...))
	}
	tests := []struct {
		name  string
		files map[string]func(*testing.T, string)
		args  []string
		code  int
		want  string
	}{
		{"gz of one line", outlines("polygons.jsonl.gz", piece{" ", big}), []string{"convert", "-o", "out"}, 3, "line 1"},
		{"gz of empty lines", outlines("polygons.jsonl.gz", piece{"\n", big}), []string{"convert", "-o", "out"}, 3, "bomb"},
		{"zst of empty lines", outlines("polygons.jsonl.zst", piece{"\n", big}), []string{"convert", "-o", "out"}, 3, "bomb"},
		{"zst of tiles", with(one("polygons.jsonl", bomb(piece{emptyOutlines, 1})), "tile_meta.csv.zst", bomb(piece{"id,source_wsi,dataset,i,j\n", 1}, piece{"\n", big})), []string{"convert", "-o", "out"}, 3, "1048576 bytes"},
		{"zst of a window of 2 GB", outlines("polygons.jsonl"), []string{"check", "truth.json.zst"}, 3, "window"},
		{"zst of the largest window", outlines("polygons.jsonl"), []string{"check", "long.json.zst"}, 3, "long.json.zst"},
		{"zst that fills the largest window", with(one("tile_meta.csv", bomb(piece{clitest.GoodTiles, 1})), "polygons.jsonl.zst", fillWindow), []string{"convert", "-o", "out"}, 3, "no line for a selected tile"},
		{"gz of a dataset", one("truth.json.gz", bomb(piece{`{"images":[`, 1}, piece{" ", big}, piece{"]}", 1})), []string{"check", "truth.json.gz"}, 3, "bomb"},
		{"gz in merge", one("truth.json.gz", bomb(piece{`{"images":[`, 1}, piece{" ", big}, piece{"]}", 1})), []string{"merge", "-o", "out.json", "truth.json.gz"}, 3, "bomb"},
		{"gz in filter", one("truth.json.gz", bomb(piece{`{"images":[`, 1}, piece{" ", big}, piece{"]}", 1})), []string{"filter", "-o", "out.json", "truth.json.gz"}, 3, "bomb"},
		{"gz of results", results("dt.json.gz", piece{resultHead + `[[`, 1}, piece{"1,", big / 2}), []string{"eval", "truth.json", "dt.json.gz"}, 3, "dt.json.gz"},
		{"nested lists", results("dt.json", piece{resultHead, 1}, piece{"[", 64 << 20}), []string{"eval", "truth.json", "dt.json"}, 3, "found a list, expected a number"},
		{"nested objects in a member", one("truth.json", bomb(piece{`{"images":[],"x":`, 1}, piece{`{"a":`, 4 << 20})), []string{"check", "truth.json"}, 3, "512 levels"},
		{"a string without end", results("dt.json", piece{`[{"image_id":"`, 1}, piece{"x", 96 << 20}), []string{"folds", "--coco", "dt.json", "-o", "out"}, 3, "dt.json"},
		{"a streamed string without end", one("truth.json", bomb(piece{`{"images":[{"id":1,"file_name":"`, 1}, piece{"x", 96 << 20})), []string{"folds", "--coco", "truth.json", "-o", "out"}, 3, "bytes"},
		{"a number without end", one("truth.json", bomb(piece{`{"images":[{"id":`, 1}, piece{"1", 96 << 20})), []string{"folds", "--coco", "truth.json", "-o", "out"}, 3, "truth.json"},
		{"mask larger than any", results("dt.json", piece{resultHead + `{"size":[1000000000,1000000000],"counts":"1"}}]`, 1}), []string{"eval", "truth.json", "dt.json"}, 3, "size"},
		{"mask of other size", results("dt.json", piece{resultHead + `{"size":[32768,32768],"counts":[0,1073741824]}}]`, 1}), []string{"eval", "truth.json", "dt.json"}, 3, "32768"},
		{"polygon of a billion numbers", outlines("polygons.jsonl.gz", piece{`{"id": "aaaaaaaaaaa1", "annotations": [{"type": "blood_vessel", "coordinates": [[`, 1}, piece{"[1,2],[511,3],", big / 14}), []string{"convert", "-o", "out"}, 3, "polygons.jsonl.gz"},
		{"polygon of the longest line", outlines("polygons.jsonl", piece{`{"id": "aaaaaaaaaaa1", "annotations": [{"type": "blood_vessel", "coordinates": [[`, 1}, piece{"[1,2],[511,3],", 15 << 16}, piece{"[5,5]]]}]}\n", 1}), []string{"convert", "--quiet", "-o", "out"}, 0, ""},
		{"table without line feeds", with(one("polygons.jsonl", bomb(piece{emptyOutlines, 1})), "tile_meta.csv", bomb(piece{"id,source_wsi,dataset,i,j,", 1}, piece{"x", 96 << 20})), []string{"convert", "-o", "out"}, 3, "is a closing quote missing?"},
		{"submission without line feeds", one("sub.csv", bomb(piece{"id,height,width,prediction_string\n\"", 1}, piece{"x ", 96 << 20})), []string{"submission", "decode", "-o", "out.json", "sub.csv"}, 3, "is a closing quote missing?"},
		{"zlib in a submission", one("sub.csv", bomb(piece{mask(512, 512, piece{"1", big}), 1})), []string{"submission", "check", "sub.csv"}, 3, "zlib"},
		{"zlib in a submission of the largest tile", one("sub.csv", bomb(piece{mask(32768, 32768, piece{"0", big}), 1})), []string{"submission", "decode", "-o", "out.json", "sub.csv"}, 3, "zlib"},
		{"zlib of nothing but empty runs", one("sub.csv", bomb(piece{mask(32768, 32768, piece{"0", 16<<20 - 1}), 1})), []string{"submission", "decode", "-o", "out.json", "sub.csv"}, 3, "runs sum"},
		{"mask of the largest tile", one("sub.csv", bomb(piece{"id,height,width,prediction_string\na,32768,32768,0 0.5 " + string(full) + "\n", 1})), []string{"submission", "decode", "--quiet", "-o", "out.json", "sub.csv"}, 0, ""},
		{"PNG with a huge header", image(pngOf(1<<31-1, 1<<31-1, nil)), []string{"check", "--image-dir", ".", "truth.json"}, 3, "image-file-unreadable"},
		{"PNG of zeros", image(pngOf(16384, 16384, zlibbed(piece{"\x00\x00\x00\x00", 16384 / 4 * (16384*8 + 1)}))), []string{"check", "--image-dir", ".", "truth.json"}, 3, "a.png"},
		{"PNG of the most pixels that are looked at", image(pngOf(4096, 4096, zlibbed(piece{"\x00", 4096 * (4096*8 + 1)}))), []string{"check", "--image-dir", ".", "truth.json"}, 3, "a.png"},
		{"two such PNG", with(with(image(pngOf(4096, 4096, zlibbed(piece{"\x00", 4096 * (4096*8 + 1)}))), "b.png", raw(pngOf(4096, 4096, zlibbed(piece{"\x00", 4096 * (4096*8 + 1)})))),
			"truth.json", bomb(piece{`{"images":[{"id":1,"file_name":"a.png","height":4096,"width":4096},{"id":2,"file_name":"b.png","height":4096,"width":4096}],"annotations":[],"categories":[]}`, 1})),
			[]string{"check", "--image-dir", ".", "truth.json"}, 3, "2 images"},
		{"JPEG with a huge header", image(jpegOf(65535, 65535)), []string{"check", "--image-dir", ".", "truth.json"}, 3, "a.png"},
		{"TIFF with a huge header", image(tiffOf(1<<31-1, 1<<31-1, 1, nil, nil)), []string{"check", "--image-dir", ".", "truth.json"}, 3, "a.png"},
		{"TIFF with tags out of the file", image(tiffOf(512, 512, 1, nil, map[uint16][2]uint32{273: {1 << 30, 1 << 30}, 279: {1 << 30, 1 << 31}})), []string{"check", "--image-dir", ".", "truth.json"}, 3, "a.png"},
		{"TIFF with a strip longer than the file", image(tiffOf(512, 512, 1, nil, map[uint16][2]uint32{279: {1, 1<<32 - 1}})), []string{"check", "--image-dir", ".", "truth.json"}, 3, "a.png"},
		{"TIFF of LZW", image(tiffOf(512, 512, 5, lzwOf(t, big), nil)), []string{"check", "--image-dir", ".", "truth.json"}, 0, "1 image"},
		{"TIFF of Deflate", image(tiffOf(512, 512, 8, zlibbed(piece{"\x00", big}), nil)), []string{"check", "--image-dir", ".", "truth.json"}, 0, "1 image"},
		{"aliases in a recipe", one("recipe.yaml", bomb(piece{laughs(), 1})), []string{"train", "check"}, 2, "alias"},
		{"recipe of a long list", one("recipe.yaml", bomb(piece{"x: [", 1}, piece{"1,", 500 << 10}, piece{"1]\n", 1})), []string{"train", "check"}, 2, "recipe.yaml"},
		{"recipe of lists in lists", one("recipe.yaml", bomb(piece{"x: ", 1}, piece{"[", 900 << 10})), []string{"train", "check"}, 2, "recipe.yaml"},
		{"recipe without end", one("recipe.yaml", bomb(piece{"x: ", 1}, piece{"y", 96 << 20})), []string{"train", "check"}, 2, "not a recipe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, write := range tt.files {
				write(t, name)
			}
			raw(zstWindow(31))(t, "truth.json.zst")
			raw(zstWindow(27))(t, "long.json.zst")
			peak, code, output := runPeak(t, tt.args...)
			t.Logf("%d MB; %.300s", peak>>20, output)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !strings.Contains(output, tt.want) || strings.Contains(output, "goroutine ") {
				t.Errorf("%s\nwant %q in it", output, tt.want)
			}
			if peak > bombPeak {
				t.Errorf("%d MB of memory, want at most %d", peak>>20, bombPeak>>20)
			}
			if tt.code != 0 {
				for _, name := range []string{"out", "out.json"} {
					if _, err := os.Stat(name); err == nil {
						t.Errorf("%s was written", name)
					}
				}
			}
		})
	}
}

// laughs is a YAML text of nine aliases of aliases, a billion values if written out.
func laughs() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
	for k := range 9 {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", k+1, k+1, strings.Repeat(fmt.Sprintf("*a%d, ", k), 9), k)
	}
	b.WriteString("version: *a9\nstages: *a9\ndatasets: *a9\n")
	return b.String()
}
