package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"golang.org/x/image/tiff"
)

// line is a line of polygons.jsonl.
type line struct {
	ID          string `json:"id"`
	Annotations []struct {
		Type        string       `json:"type"`
		Coordinates [][][2]int16 `json:"coordinates"`
	} `json:"annotations"`
}

// polygons returns the outlines of a set, read with encoding/json.
func polygons(t *testing.T, s *Set) []line {
	t.Helper()
	var b bytes.Buffer
	if err := s.WritePolygons(&b); err != nil {
		t.Fatal(err)
	}
	var lines []line
	for dec := json.NewDecoder(&b); ; {
		var l line
		if err := dec.Decode(&l); err == io.EOF {
			return lines
		} else if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
}

func TestLayout(t *testing.T) {
	type pair struct{ dataset, wsi int }
	want := map[pair]int{
		{1, 1}: 270, {1, 2}: 152, {2, 1}: 237, {2, 2}: 293, {2, 3}: 410, {2, 4}: 271,
	}
	for wsi := 6; wsi <= 14; wsi++ {
		want[pair{3, wsi}] = 600
	}
	for _, seed := range []uint64{0, 1, 99, 12345} {
		full := New(&Options{Seed: seed, Scale: Full}).Tiles()
		if len(full) != 7033 {
			t.Fatalf("seed %d: %d tiles, want 7033", seed, len(full))
		}
		got := make(map[pair]int)
		type place struct{ wsi, i, j int }
		at := make(map[place]bool)
		for k, tile := range full {
			got[pair{tile.Dataset, tile.sourceWSI}]++
			if len(tile.ID) != 12 || k > 0 && full[k-1].ID >= tile.ID {
				t.Fatalf("seed %d: id %q after %q", seed, tile.ID, full[max(0, k-1)].ID)
			}
			if tile.I < 0 || tile.J < 0 {
				t.Errorf("seed %d: tile %s at %d, %d", seed, tile.ID, tile.I, tile.J)
			}
			at[place{tile.sourceWSI, tile.I, tile.J}] = true
		}
		if len(at) != len(full) {
			t.Errorf("seed %d: %d places for %d tiles", seed, len(at), len(full))
		}
		for p, n := range want {
			if got[p] != n {
				t.Errorf("seed %d: tier %d, WSI %d: %d tiles, want %d", seed, p.dataset, p.wsi, got[p], n)
			}
		}
		// No two tiles overlap, although the grids of the tiers differ.
		for p := range at {
			if p.wsi > 4 {
				continue // these slides have only one tier
			}
			for q := range at {
				if p != q && p.wsi == q.wsi && max(p.i-q.i, q.i-p.i) < tileSize && max(p.j-q.j, q.j-p.j) < tileSize {
					t.Fatalf("seed %d: tiles at %v and %v overlap", seed, p, q)
				}
			}
		}
		neighbours := 0
		for p := range at {
			if at[place{p.wsi, p.i + tileSize, p.j}] {
				neighbours++
			}
		}
		if neighbours < len(full)*3/4 {
			t.Errorf("seed %d: only %d tiles have a neighbour in direction i", seed, neighbours)
		}

		tiers, slides := [4]int{}, map[int]bool{}
		for _, tile := range New(&Options{Seed: seed, Scale: Tiny}).Tiles() {
			tiers[tile.Dataset]++
			slides[tile.sourceWSI] = true
		}
		if tiers != [4]int{0, 4, 2, 4} || len(slides) != 5 {
			t.Errorf("seed %d: tiny has %v tiles by tier on %d slides", seed, tiers, len(slides))
		}

		small := New(&Options{Seed: seed}).Tiles()
		outlined, pairs := 0, make(map[pair]bool)
		for _, tile := range small {
			pairs[pair{tile.Dataset, tile.sourceWSI}] = true
			if tile.Dataset < 3 {
				outlined++
			}
		}
		if outlined != 60 || len(small) != 84 || len(pairs) != len(want) {
			t.Errorf("seed %d: small: %d outlined of %d tiles, %d pairs", seed, outlined, len(small), len(pairs))
		}
	}
}

func TestOutlines(t *testing.T) {
	s := New(&Options{Seed: 1, Scale: Full})
	dataset := make(map[string]int)
	for _, tile := range s.Tiles() {
		dataset[tile.ID] = tile.Dataset
	}
	lines := polygons(t, s)
	if len(lines) != 1633 {
		t.Fatalf("%d lines, want 1633", len(lines))
	}
	var lengths []int
	classes := make(map[string]int)
	vertices, repeats, empty, noVessel, twice, border, revisits := 0, 0, 0, 0, 0, 0, 0
	for k, l := range lines {
		if k > 0 && lines[k-1].ID >= l.ID {
			t.Fatalf("line %d: id %s after %s", k+1, l.ID, lines[k-1].ID)
		}
		vessels := 0
		for k, a := range l.Annotations {
			classes[a.Type]++
			if a.Type == bloodVessel {
				vessels++
			}
			if len(a.Coordinates) != 1 {
				t.Fatalf("tile %s: %d rings", l.ID, len(a.Coordinates))
			}
			ring := a.Coordinates[0]
			for _, b := range l.Annotations[:k] {
				if slices.Equal(ring, b.Coordinates[0]) {
					twice++
					if dataset[l.ID] != 2 {
						t.Errorf("tile %s of tier %d has an outline twice", l.ID, dataset[l.ID])
					}
				}
			}
			lengths = append(lengths, len(ring))
			vertices += len(ring)
			distinct := make(map[[2]int16]bool)
			onBorder, moves := false, 0
			for i, p := range ring {
				if min(p[0], p[1]) < 0 || max(p[0], p[1]) > 511 {
					t.Fatalf("tile %s: vertex %v", l.ID, p)
				}
				onBorder = onBorder || min(p[0], p[1]) == 0 || max(p[0], p[1]) == 511
				distinct[p] = true
				if i == 0 {
					continue
				}
				dx, dy := p[0]-ring[i-1][0], p[1]-ring[i-1][1]
				if max(dx, -dx, dy, -dy) > 1 {
					t.Fatalf("tile %s: step from %v to %v", l.ID, ring[i-1], p)
				}
				if dx == 0 && dy == 0 {
					repeats++
				} else {
					moves++
				}
			}
			if onBorder {
				border++
			}
			if ring[0] != ring[len(ring)-1] || len(distinct) < 3 {
				t.Fatalf("tile %s: ring %v", l.ID, ring)
			}
			if len(distinct) != moves {
				revisits++
			}
		}
		if len(l.Annotations) == 0 {
			empty++
		} else if vessels == 0 {
			noVessel++
		}
	}
	slices.Sort(lengths)
	within(t, "outlines", float64(len(lengths)), 16000, 18500)
	within(t, "outlines a tile", float64(len(lengths))/1633, 9, 11.5)
	within(t, "median length", float64(lengths[len(lengths)/2]), 155, 180)
	within(t, "mean length", float64(vertices)/float64(len(lengths)), 200, 235)
	within(t, "share of repeated vertices", float64(repeats)/float64(vertices), 0.05, 0.13)
	within(t, "outlines on the border", float64(border), 3000, 7000)
	within(t, "glomeruli", float64(classes[glomerulus]), 300, 600)
	within(t, "unsure", float64(classes[unsure]), 200, 700)
	within(t, "tiles without an outline", float64(empty), 5, 30)
	within(t, "tiles with other outlines only", float64(noVessel), 5, 60)
	within(t, "outlines twice", float64(twice), 5, 40)
	// Where a contour bends sharply it may visit a pixel twice, but rarely.
	within(t, "outlines with a pixel twice", float64(revisits), 0, 200)
}

func within(t *testing.T, what string, got, lo, hi float64) {
	t.Helper()
	if got < lo || got > hi {
		t.Errorf("%s: %.4g, want %g to %g", what, got, lo, hi)
	}
}

// TestTierTwoIsNoisier checks that the outlines of tier 2 are further from the
// vessels than those of tier 1, and that more vessels are missing.
func TestTierTwoIsNoisier(t *testing.T) {
	s := New(&Options{Seed: 2, Scale: Full})
	var off, vessels, found [3]float64
	for _, tile := range s.tier(1, 2) {
		if k := tile.ordinal % 150; k == 20 || k == 22 || tile.ordinal%60 == 33 {
			continue
		}
		d := tile.Dataset
		instances, list := s.instances(tile), s.annotations(tile)
		vessels[d] += float64(len(instances))
		for _, a := range list {
			if a.class == glomerulus {
				continue
			}
			found[d]++
			best := 1e9
			for _, in := range instances {
				best = min(best, distance(middle(a.ring), middle(in.ring)))
			}
			off[d] += best
		}
	}
	for d := 1; d <= 2; d++ {
		off[d] /= found[d]
		found[d] /= vessels[d]
	}
	if off[2] < 1.5*off[1] || found[2] > found[1]-0.03 {
		t.Errorf("distance %.2f and %.2f, found %.3f and %.3f", off[1], off[2], found[1], found[2])
	}
}

func middle(ring []pixel) vec {
	var v vec
	for _, p := range ring {
		v.x += float64(p.x)
		v.y += float64(p.y)
	}
	return vec{v.x / float64(len(ring)), v.y / float64(len(ring))}
}

func distance(a, b vec) float64 { return max(a.x-b.x, b.x-a.x) + max(a.y-b.y, b.y-a.y) }

// files returns the files of a small set by name.
func files(t *testing.T, s *Set) map[string][]byte {
	t.Helper()
	writers := map[string]func(io.Writer) error{
		"tile_meta.csv":         s.WriteTileMeta,
		"wsi_meta.csv":          s.WriteSlideMeta,
		"sample_submission.csv": s.WriteSampleSubmission,
		"polygons.jsonl":        s.WritePolygons,
		"truth.json":            s.WriteTruth,
	}
	for _, m := range Models() {
		writers[m+".json"] = func(w io.Writer) error { return s.WritePredictions(w, m) }
	}
	out := make(map[string][]byte)
	for name, write := range writers {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.Bytes()
	}
	return out
}

func TestGoldenSmall(t *testing.T) {
	s := New(&Options{Seed: 1, Predictions: 20})
	sums := make([]string, 0, 12)
	for name, b := range files(t, s) {
		sums = append(sums, fmt.Sprintf("%x  %s", sha256.Sum256(b), name))
	}
	h := sha256.New() // hashes the pixels, because a compressor may change
	for _, tile := range s.Tiles() {
		h.Write(s.Image(tile).Pix)
	}
	sums = append(sums, fmt.Sprintf("%x  images", h.Sum(nil)))
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	got := strings.Join(sums, "\n") + "\n"
	golden.Equal(t, filepath.Join("testdata", "small.sha256"), []byte(got))
}

func TestWorkersDoNotMatter(t *testing.T) {
	one := files(t, New(&Options{Seed: 5, Predictions: 10, Workers: 1}))
	many := files(t, New(&Options{Seed: 5, Predictions: 10, Workers: 8}))
	other := files(t, New(&Options{Seed: 6, Predictions: 10, Workers: 8}))
	for name := range one {
		if !bytes.Equal(one[name], many[name]) {
			t.Errorf("%s: 1 and 8 workers differ", name)
		}
		if bytes.Equal(one[name], other[name]) {
			t.Errorf("%s: seeds 5 and 6 do not differ", name)
		}
	}
}

type failing struct{ after int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	s := New(&Options{Seed: 1, Predictions: 5})
	for _, after := range []int{0, 20_000} {
		for name, write := range map[string]func(io.Writer) error{
			"polygons":    s.WritePolygons,
			"truth":       s.WriteTruth,
			"predictions": func(w io.Writer) error { return s.WritePredictions(w, "vit") },
		} {
			if err := write(&failing{after}); !errors.Is(err, errFull) {
				t.Errorf("%s, failing after %d bytes: error %v", name, after, err)
			}
		}
	}
}

func TestImages(t *testing.T) {
	s := New(&Options{Seed: 1})
	total := 0
	for k, tile := range s.Tiles() {
		img := s.Image(tile)
		if img.Rect.Dx() != tileSize || img.Rect.Dy() != tileSize {
			t.Fatalf("tile %s: %v", tile.ID, img.Rect)
		}
		var b bytes.Buffer
		if err := EncodeTIFF(&b, img); err != nil {
			t.Fatal(err)
		}
		total += b.Len()
		if k%20 > 0 {
			continue
		}
		back, err := tiff.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		for y := range tileSize {
			for x := range tileSize {
				r, g, b, _ := back.At(x, y).RGBA()
				want := img.RGBAAt(x, y)
				if byte(r>>8) != want.R || byte(g>>8) != want.G || byte(b>>8) != want.B {
					t.Fatalf("tile %s: pixel %d, %d differs", tile.ID, x, y)
				}
			}
		}
		// Vessels are distinct: they have wall and lumen, and almost no stroma
		// inside.
		var in, all float64
		for _, v := range s.instances(&tile) {
			m, _, err := fill(v.ring, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range m.Bitmap() {
				if p != 0 {
					all++
					if c := img.Pix[4*i:]; c[1] > 200 || c[1] < 110 {
						in++
					}
				}
			}
		}
		if all > 0 && in < 0.8*all {
			t.Errorf("tile %s: %.2f of the vessels' pixels are wall or lumen", tile.ID, in/all)
		}
	}
	if total > 8<<20 {
		t.Errorf("images take %d bytes", total)
	}
	if err := EncodeTIFF(io.Discard, image.NewRGBA(image.Rectangle{})); err == nil {
		t.Error("an image without pixels: no error")
	}
}
