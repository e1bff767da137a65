package draw

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/rle"
)

// tolerance is the largest difference of a channel from the golden picture.
// Other processors may round sums differently.
const tolerance = 3

// checkPicture compares a picture with the one in testdata.
func checkPicture(t *testing.T, name string, img *image.RGBA) {
	t.Helper()
	var b bytes.Buffer
	if err := EncodePNG(&b, img); err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(golden.Want(t, filepath.Join("testdata", name+".png"), b.Bytes())))
	if err != nil {
		t.Fatalf("%s: %v (-update rewrites it)", name, err)
	}
	if want.Bounds() != img.Rect {
		t.Fatalf("%s: got %v, want %v", name, img.Rect, want.Bounds())
	}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			a, b := color.RGBAModel.Convert(want.At(x, y)).(color.RGBA), img.RGBAAt(x, y)
			if max(abs(int(a.R)-int(b.R)), abs(int(a.G)-int(b.G)), abs(int(a.B)-int(b.B))) > tolerance {
				t.Fatalf("%s: pixel %d, %d is %v, want %v (-update rewrites it)", name, x, y, b, a)
			}
		}
	}
}

// round returns a disc-shaped mask.
func round(t testing.TB, h, w int, x, y, r float64) rle.Mask {
	t.Helper()
	var ring rle.Ring
	for i := range 40 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 40)
		ring = append(ring, rle.Point{x + r*cos, y + 0.7*r*sin})
	}
	m, err := rle.FromPolygon(h, w, rle.FillCenter, ring)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tissue returns an image that looks a little like a tile.
func tissue(h, w int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := uint8(90 + 60*math.Sin(float64(x)/9)*math.Cos(float64(y)/7))
			img.SetRGBA(x, y, color.RGBA{150 + v/3, v, 140 + v/3, 255})
		}
	}
	return img
}

// scene returns a tile with every line style, mark and fill.
func scene(t testing.TB) *Tile {
	tile := &Tile{Image: tissue(120, 160), Height: 120, Width: 160}
	for i, s := range []Style{
		{Color: palette.Yellow},
		{Color: palette.Vermilion, Mark: Cross},
		{Color: palette.Sky, Line: Dashed, Mark: Ring},
		{Color: palette.White, Line: Dotted, Width: 3},
		{Color: palette.Green, Fill: 0.4},
		{Color: palette.Blue, Fill: 0.5, Line: NoLine},
	} {
		tile.Shapes = append(tile.Shapes, Shape{Mask: round(t, 120, 160, float64(25+55*(i%3)), float64(30+60*(i/3)), 22),
			Style: s, Label: []string{"0.93", "", "Äß <b>", "two\nlines", "id 7", "x"}[i]})
	}
	tile.Shapes = append(tile.Shapes, Shape{Mask: round(t, 120, 160, 160, 60, 15), Style: Style{Color: palette.Orange},
		Label: "border"})
	return tile
}

func picture(t testing.TB, tile *Tile, zoom float64) *image.RGBA {
	t.Helper()
	img, err := tile.Picture(zoom)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestTilePicture(t *testing.T) {
	tile := scene(t)
	checkPicture(t, "tile", picture(t, tile, 1))
	checkPicture(t, "tile_large", picture(t, tile, 2.5))
	checkPicture(t, "tile_small", picture(t, tile, 0.6))
	part := *tile
	part.View = image.Rect(60, 10, 500, 60)
	if img := picture(t, &part, 2); img.Rect != image.Rect(0, 0, 200, 100) {
		t.Errorf("a part has %v", img.Rect)
	} else {
		checkPicture(t, "tile_part", img)
	}
	blank := *tile
	blank.Image, blank.Notice = nil, "no image <here>"
	checkPicture(t, "tile_blank", picture(t, &blank, 1))
}

// TestFillIsExact checks that at zoom 1 a filled mask covers its pixels and no
// others.
func TestFillIsExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		pix := make([]byte, 40*30)
		for i := range pix {
			pix[i] = byte(rnd.IntN(2))
		}
		m, err := rle.FromBitmap(40, 30, pix)
		if err != nil {
			t.Fatal(err)
		}
		black := newCanvas(30, 40, color.Black)
		tile := &Tile{Image: black.RGBA, Height: 40, Width: 30,
			Shapes: []Shape{{Mask: m, Style: Style{Color: palette.White, Line: NoLine, Fill: 1}}}}
		img := picture(t, tile, 1)
		for i, v := range pix {
			if got := img.RGBAAt(i%30, i/30).R; (got > 250) != (v != 0) || (got < 5) != (v == 0) {
				t.Fatalf("pixel %d, %d is %d, the mask %d", i%30, i/30, got, v)
			}
		}
	}
}

// TestFillTwin compares coverage with counting 16 x 16 points of each pixel.
func TestFillTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		triangle := []point{{rnd.Float64() * 20, rnd.Float64() * 20}, {rnd.Float64() * 20, rnd.Float64() * 20},
			{rnd.Float64() * 20, rnd.Float64() * 20}}
		c := newCanvas(20, 20, color.Black)
		c.fill([][]point{triangle}, color.White)
		for y := range 20 {
			for x := range 20 {
				n := 0
				for k := range 256 {
					if insideTriangle(triangle, float64(x)+(float64(k%16)+0.5)/16, float64(y)+(float64(k/16)+0.5)/16) {
						n++
					}
				}
				if got := int(c.RGBAAt(x, y).R); abs(got-n*255/256) > 12 {
					t.Fatalf("%v: pixel %d, %d has %d, want %d", triangle, x, y, got, n*255/256)
				}
			}
		}
	}
}

func insideTriangle(p []point, x, y float64) bool {
	side := func(a, b point) bool { return (b[0]-a[0])*(y-a[1])-(b[1]-a[1])*(x-a[0]) > 0 }
	s := side(p[0], p[1])
	return s == side(p[1], p[2]) && s == side(p[2], p[0])
}

// TestSmooth checks that the line lies on the sides of pixels that separate the
// mask from its surroundings, and goes round once.
func TestSmooth(t *testing.T) {
	m := round(t, 50, 50, 24, 26, 17)
	for _, ring := range rle.Rings(m.Polygons(rle.Conn8)) {
		for _, p := range smooth(ring) {
			x, y := p[0], p[1]
			var a, b bool
			if x == math.Trunc(x) { // a side from top to bottom
				a, b = m.At(int(x)-1, int(y)), m.At(int(x), int(y))
			} else {
				a, b = m.At(int(x), int(y)-1), m.At(int(x), int(y))
			}
			if a == b {
				t.Fatalf("%v is not on the boundary", p)
			}
		}
	}
	one, _ := rle.FromBitmap(1, 1, []byte{1})
	if got := smooth(one.Polygons(rle.Conn8)[0].Outer); len(got) != 4 {
		t.Errorf("a pixel's line: %v", got)
	}
}

// TestMiddle checks that the middle lies on the mask, and is the centroid of a
// convex mask.
func TestMiddle(t *testing.T) {
	disc := round(t, 50, 50, 24, 26, 17)
	if x, y, _ := disc.Centroid(); middle(disc) != (rle.Point{x + 0.5, y + 0.5}) {
		t.Errorf("of a disc: %v", middle(disc))
	}
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		pix := make([]byte, 8*9)
		for i := range pix {
			pix[i] = byte(rnd.IntN(4) / 3)
		}
		m, _ := rle.FromBitmap(8, 9, pix)
		if m.Area() == 0 {
			continue
		}
		p := middle(m)
		// Between two pixels the upper or the lower one belongs to the mask.
		if x, y := int(p[0]), p[1]; !m.At(x, int(y)) && !m.At(x, int(math.Ceil(y))-1) &&
			!m.At(int(math.Round(p[0]-0.5)), int(math.Round(y-0.5))) {
			t.Fatalf("%v is not on %v", p, pix)
		}
	}
}

// TestDashes checks that pieces and gaps have their lengths, whatever points
// lie between.
func TestDashes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	length := func(p []point) (sum float64) {
		for i := 1; i < len(p); i++ {
			sum += math.Hypot(p[i][0]-p[i-1][0], p[i][1]-p[i-1][1])
		}
		return sum
	}
	for range 100 {
		path := []point{{0, 0}}
		for range 1 + rnd.IntN(30) {
			path = append(path, point{rnd.Float64() * 9, rnd.Float64() * 9})
		}
		total := length(path)
		on, off := 0.5+rnd.Float64()*5, 0.5+rnd.Float64()*5
		pieces := dashes(path, on, off)
		sum := 0.0
		for i, p := range pieces {
			n := length(p)
			if sum += n; i < len(pieces)-1 && math.Abs(n-on) > 1e-9 {
				t.Fatalf("piece %d of %d is %v long, want %v", i, len(pieces), n, on)
			}
		}
		whole := math.Floor(total / (on + off))
		want := whole*on + min(on, total-whole*(on+off))
		if math.Abs(sum-want) > 1e-6 {
			t.Fatalf("%v of %v drawn, want %v", sum, total, want)
		}
	}
	if got := dashes(nil, 1, 1); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

// TestSpot checks that labels stay inside the picture, and apart where there is
// room.
func TestSpot(t *testing.T) {
	within := image.Rect(0, 0, 300, 200)
	var taken []image.Rectangle
	for i := range 4 {
		box := image.Rect(100+i, 90, 130+i, 110)
		r := (&label{box: box, size: image.Pt(40, 12)}).spot(within, taken)
		if !r.In(within) {
			t.Errorf("%d: %v outside", i, r)
		}
		for _, o := range taken {
			if r.Overlaps(o) {
				t.Errorf("%d: %v covers %v", i, r, o)
			}
		}
		taken = append(taken, r)
	}
	for _, box := range []image.Rectangle{image.Rect(0, 0, 4, 4), image.Rect(296, 196, 300, 200),
		image.Rect(-50, -50, 400, 400)} {
		if r := (&label{box: box, size: image.Pt(40, 12)}).spot(within, nil); !r.In(within) {
			t.Errorf("%v: %v outside", box, r)
		}
	}
}

// TestArrange compares places with those that comparing all labels finds.
func TestArrange(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	within := image.Rect(0, 0, 300, 200)
	for range 200 {
		var labels []label
		for range random.IntN(40) {
			x, y := random.IntN(320)-10, random.IntN(220)-10
			labels = append(labels, label{box: image.Rect(x, y, x+1+random.IntN(30), y+1+random.IntN(30)),
				size: image.Pt(10+random.IntN(90), 12)})
		}
		var expected []image.Rectangle
		for i := range labels {
			expected = append(expected, labels[i].spot(within, expected))
		}
		if found := arrange(within, labels); !slices.Equal(found, expected) {
			t.Fatalf("found %v, expected %v, of %v", found, expected, labels)
		}
	}
}

func TestSheet(t *testing.T) {
	tile := scene(t)
	one, half := picture(t, tile, 1), picture(t, tile, 0.5)
	legend := Legend{
		Keys: []Key{
			{Style{Color: palette.Yellow}, "blood_vessel"}, {Style{Color: palette.Vermilion, Mark: Cross}, "false"},
			{Style{Color: palette.Sky, Line: Dashed, Mark: Ring}, "missed"}, {Style{Color: palette.Green, Fill: 0.4}, "both"},
		},
		Scales: []Scale{{"score", "0.5", "1", palette.Ramp}},
	}
	sheet := &Sheet{Title: "A title", Columns: 2, Legend: legend, Cells: []Cell{
		{one, []string{"0006ff2aa7cd", "3 instances"}}, {half, []string{"a name that is far too long to stand below"}},
		{half, nil},
	}}
	img, err := sheet.Picture()
	if err != nil {
		t.Fatal(err)
	}
	checkPicture(t, "sheet", img)
	if img, err := (&Sheet{}).Picture(); err != nil || img.Rect.Empty() {
		t.Errorf("an empty sheet: %v, %v", img, err)
	}
}

func TestSlide(t *testing.T) {
	s := &Slide{Side: 512, Missing: true, Tiles: []Placed{
		{X: 1000, Y: 500, Color: palette.Blue, Text: "12"}, {X: 1512, Y: 500, Color: palette.Orange},
		{X: 1510, Y: 1020, Color: palette.Purple, Text: "3"},
		{X: 5000, Y: 500, Color: palette.Ramp(0.5), Text: "0.50"},
	}}
	s.Tiles[1].Image = s.Thumbnail(tissue(50, 50))
	img, err := s.Picture()
	if err != nil {
		t.Fatal(err)
	}
	checkPicture(t, "slide", img)
	missing := s.missingPlaces()
	want := []image.Point{{488, 500}, {1000, -12}, {1000, 1012}, {2024, 500}, {1512, -12}, {2022, 1020}, {1510, 1532},
		{4488, 500}, {5512, 500}, {5000, -12}, {5000, 1012}}
	if !slices.Equal(missing, want) {
		t.Errorf("missing %v, want %v", missing, want)
	}
	far := &Slide{Side: 512, Tiles: []Placed{{X: -1 << 30}, {X: 1 << 30}}}
	if img, err := far.Picture(); err != nil ||
		img.Rect != image.Rect(0, 0, 3*placeMost+2*mapMargin, placeMost+2*mapMargin) {
		t.Errorf("tiles far apart are not moved together: %v, %v", img, err)
	}
	many := &Slide{Side: 512}
	for i := range 30000 {
		many.Tiles = append(many.Tiles, Placed{X: 512 * i, Y: 512 * i})
	}
	var size *ErrSize
	if _, err := many.Picture(); !errors.As(err, &size) {
		t.Errorf("tiles along a diagonal: %v", err)
	}
	if _, err := (&Slide{Side: 512}).Picture(); !errors.As(err, &size) {
		t.Errorf("no tiles: %v", err)
	}
}

// TestSize checks that a picture that is too large is an error before memory is
// allocated.
func TestSize(t *testing.T) {
	var size *ErrSize
	for _, tile := range []*Tile{{Height: 1 << 15, Width: 1 << 15}, {}, {Height: -1, Width: 4},
		{Height: 1 << 30, Width: 1 << 30}} {
		if _, err := tile.Picture(1); !errors.As(err, &size) {
			t.Errorf("%d x %d: %v", tile.Width, tile.Height, err)
		}
	}
	one := &Tile{Height: 1, Width: 1}
	if img := picture(t, one, 0.01); img.Rect != image.Rect(0, 0, 1, 1) {
		t.Error(img.Rect)
	}
	cells := make([]Cell, 100)
	for i := range cells {
		cells[i].Picture = &image.RGBA{Rect: image.Rect(0, 0, 10000, 10000)}
	}
	if _, err := (&Sheet{Columns: 10, Cells: cells}).Picture(); !errors.As(err, &size) {
		t.Errorf("a large sheet: %v", err)
	}
}

func TestPNG(t *testing.T) {
	var a, b bytes.Buffer
	img := picture(t, scene(t), 1)
	if err := errors.Join(EncodePNG(&a, img), png.Encode(&b, img)); err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(bytes.NewReader(a.Bytes()))
	if err != nil || back.Bounds() != img.Rect || back.At(80, 60) != img.At(80, 60) {
		t.Errorf("%v, %v", back.Bounds(), err)
	}
	if !Drawn(&a) || Drawn(&b) || Drawn(bytes.NewReader(nil)) {
		t.Error("a picture does not know its maker, or another does")
	}
}

// TestSame checks that pictures have the same pixels, however many are drawn in
// parallel.
func TestSame(t *testing.T) {
	tile := scene(t)
	want := picture(t, tile, 1.7).Pix
	done := make(chan bool)
	for range 8 {
		go func() {
			img, err := tile.Picture(1.7)
			done <- err == nil && bytes.Equal(img.Pix, want)
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("two drawings differ")
		}
	}
}

// BenchmarkTile draws a tile of the competition's size with 13 instances.
func BenchmarkTile(b *testing.B) {
	tile := &Tile{Image: tissue(512, 512), Height: 512, Width: 512}
	for i := range 13 {
		tile.Shapes = append(tile.Shapes, Shape{Mask: round(b, 512, 512, float64(60+100*(i%4)), float64(60+120*(i/4)), 40),
			Style: Style{Color: palette.Overlay(i), Fill: 0.3}, Label: "0.93"})
	}
	for b.Loop() {
		picture(b, tile, 1)
	}
}

// TestBoxes: an instance without a mask is drawn as its box, at the place of its numbers.
func TestBoxes(t *testing.T) {
	canvas := newCanvas(40, 30, palette.White)
	tile := &Tile{Image: canvas.RGBA, Height: 30, Width: 40, Shapes: []Shape{
		{Box: rle.Box{X: 4, Y: 6, W: 10, H: 8}, Style: Style{Color: palette.Black, Line: NoLine, Fill: 1}},
		{Box: rle.Box{X: 20.5, Y: 10, W: 12, H: 9.25}, Style: Style{Color: palette.Black}},
		{Box: rle.Box{X: -5, Y: 25, W: 100, H: 100}, Style: Style{Color: palette.Black}, Label: "out"},
	}}
	img, err := tile.Picture(2)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 22 {
		for x := range 19 {
			got := img.RGBAAt(2*x+1, 2*y+1)
			if in := x >= 4 && x < 14 && y >= 6 && y < 14; in != (got == palette.Black) {
				t.Fatalf("fill: pixel %d, %d is %v", x, y, got)
			}
		}
	}
	for _, p := range []image.Point{{41, 20}, {41, 30}, {52, 20}, {64, 38}} { // on the line of the second
		if img.RGBAAt(p.X, p.Y).R > 160 {
			t.Errorf("line: pixel %v is %v", p, img.RGBAAt(p.X, p.Y))
		}
	}
	if img.RGBAAt(52, 29) != palette.White {
		t.Error("the box is filled")
	}
}

// TestImageOf draws a picture of a part of a tile, at another scale, as one of the whole.
func TestImageOf(t *testing.T) {
	whole := image.NewRGBA(image.Rect(0, 0, 80, 60))
	part := image.NewRGBA(image.Rect(0, 0, 20, 15)) // of 20, 15 to 60, 45, at half the size
	for y := range 60 {
		for x := range 80 {
			c := color.RGBA{uint8(x / 4 * 12), uint8(y / 4 * 16), 9, 255}
			whole.SetRGBA(x, y, c)
			if x >= 20 && x < 60 && y >= 15 && y < 45 {
				part.SetRGBA((x-20)/2, (y-15)/2, c)
			}
		}
	}
	view := image.Rect(28, 23, 52, 39)
	a, err := (&Tile{Image: whole, Height: 60, Width: 80, View: view}).Picture(0.5)
	b, err2 := (&Tile{Image: part, ImageOf: image.Rect(20, 15, 60, 45), Height: 60, Width: 80, View: view}).Picture(0.5)
	if err != nil || err2 != nil || a.Rect != b.Rect || a.Rect.Dx() != 12 {
		t.Fatal(err, err2)
	}
	for i := range a.Pix {
		if d := int(a.Pix[i]) - int(b.Pix[i]); d > 16 || d < -16 {
			t.Fatalf("byte %d: found %d, expected about %d", i, b.Pix[i], a.Pix[i])
		}
	}
}
