package termimage

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// chequer returns a picture with a few colours.
func chequer(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x / 4 * 51), uint8(y / 4 * 51), uint8((x/4 + y/4) % 3 * 102), 255})
		}
	}
	return img
}

func encode(t testing.TB, kind Kind, img *image.RGBA, columns int) string {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, kind, img, columns); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func samePNG(t *testing.T, text string, want *image.RGBA) {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds() != want.Rect {
		t.Fatal(img.Bounds(), err)
	}
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if got := color.RGBAModel.Convert(img.At(x, y)); got != color.Color(want.RGBAAt(x, y)) {
				t.Fatalf("pixel %d, %d: %v", x, y, got)
			}
		}
	}
}

// noise returns a picture that does not compress well, so that kitty needs
// several commands.
func noise(w, h int) *image.RGBA {
	rnd := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(rnd.Uint32()) | map[bool]uint8{true: 255}[i%4 == 3]
	}
	return img
}

func TestKitty(t *testing.T) {
	for _, img := range []*image.RGBA{chequer(3, 2), noise(90, 70)} {
		out := encode(t, Kitty, img, 5)
		command := regexp.MustCompile(`^\x1b_G([^;]*);([^\x1b]*)\x1b\\`)
		var text strings.Builder
		for first := true; ; first = false {
			m := command.FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("no command in %q", out[:min(len(out), 40)])
			}
			out = out[len(m[0]):]
			if len(m[2]) > 4096 || strings.HasSuffix(m[1], "m=1") && len(m[2])%4 != 0 {
				t.Errorf("%d characters", len(m[2]))
			}
			text.WriteString(m[2])
			if control := fmt.Sprintf("a=T,f=100,q=2,c=%d,", min(5, (img.Rect.Dx()+8)/9)); strings.HasPrefix(m[1], control) != first {
				t.Errorf("command %q", m[1])
			}
			if strings.HasSuffix(m[1], "m=0") {
				break
			}
		}
		if out != "\n" {
			t.Errorf("behind it %q", out)
		}
		samePNG(t, text.String(), img)
	}
}

// decodeSixel reads sixels pixel by pixel, as the manual of the VT340 says.
func decodeSixel(t testing.TB, text string) *image.RGBA {
	t.Helper()
	body, begins := strings.CutPrefix(text, "\x1bP0;1q")
	body, ends := strings.CutSuffix(body, "\x1b\\\n")
	if !begins || !ends {
		t.Fatalf("no sixels: %q", text[:min(len(text), 30)])
	}
	numbers := func() (list []int) {
		for {
			n := 0
			for len(body) > 0 && body[0] >= '0' && body[0] <= '9' {
				n, body = n*10+int(body[0]-'0'), body[1:]
			}
			list = append(list, n)
			if len(body) == 0 || body[0] != ';' {
				return list
			}
			body = body[1:]
		}
	}
	var img *image.RGBA
	palette := map[int]color.RGBA{}
	x, y, current := 0, 0, -1
	for len(body) > 0 {
		char := body[0]
		body = body[1:]
		n := 1
		switch char {
		case '"':
			v := numbers()
			img = image.NewRGBA(image.Rect(0, 0, v[2], v[3]))
			continue
		case '#':
			v := numbers()
			if current = v[0]; len(v) == 5 {
				palette[v[0]] = color.RGBA{uint8((v[2]*255 + 50) / 100), uint8((v[3]*255 + 50) / 100), uint8((v[4]*255 + 50) / 100), 255}
			}
			continue
		case '$':
			x = 0
			continue
		case '-':
			x, y = 0, y+6
			continue
		case '!':
			n = numbers()[0]
			char, body = body[0], body[1:]
		}
		if char < 63 || char > 126 {
			t.Fatalf("character %q", char)
		}
		for range n {
			for bit := range 6 {
				if (char-63)>>bit&1 != 0 {
					if x >= img.Rect.Dx() || y+bit >= img.Rect.Dy() {
						t.Fatalf("pixel %d, %d outside", x, y+bit)
					}
					if img.RGBAAt(x, y+bit) != (color.RGBA{}) {
						t.Fatalf("pixel %d, %d twice", x, y+bit)
					}
					img.SetRGBA(x, y+bit, palette[current])
				}
			}
			x++
		}
	}
	return img
}

func TestSixel(t *testing.T) {
	img := chequer(22, 19)
	got := decodeSixel(t, encode(t, Sixel, img, 80))
	for y := range 19 {
		for x := range 22 {
			a, b := img.RGBAAt(x, y), got.RGBAAt(x, y)
			if max(diff(int(a.R), int(b.R)), diff(int(a.G), int(b.G)), diff(int(a.B), int(b.B))) > 2 { // percents
				t.Fatalf("pixel %d, %d: %v, want %v", x, y, b, a)
			}
		}
	}
	if got := decodeSixel(t, encode(t, Sixel, noise(400, 50), 20)); got.Rect != image.Rect(0, 0, 180, 23) {
		t.Errorf("scaled to %v", got.Rect)
	}
}

// FuzzSixel checks that every pixel appears once, and has nearly its colour if
// there are few colours.
func FuzzSixel(f *testing.F) {
	f.Add(uint8(5), uint8(7), []byte{1, 2, 3, 200, 100, 50})
	f.Add(uint8(70), uint8(13), []byte("a longer text gives more colours, whatever they are"))
	f.Fuzz(func(t *testing.T, w, h uint8, data []byte) {
		if w == 0 || h == 0 || len(data) < 3 {
			return
		}
		img := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
		for i := range int(w) * int(h) {
			k := (i * 7) % (len(data) - 2)
			img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = data[k], data[k+1], data[k+2], 255
		}
		got := decodeSixel(t, encode(t, Sixel, img, 200))
		if got.Rect != img.Rect {
			t.Fatal(got.Rect)
		}
		for i := 3; i < len(got.Pix); i += 4 {
			if got.Pix[i] != 255 {
				t.Fatalf("pixel %d is not there", i/4)
			}
			if len(data) > 200 {
				continue
			}
			for c := range 3 { // the colours of a bin of 8 become one, then percentages
				if diff(int(got.Pix[i-c-1]), int(img.Pix[i-c-1])) > 9 {
					t.Fatalf("pixel %d: %v, want %v", i/4, got.Pix[i-3:i], img.Pix[i-3:i])
				}
			}
		}
	})
}

func TestQuantize(t *testing.T) {
	img := noise(100, 100)
	colors, index := quantize(img, 16)
	if len(colors) != 16 || len(index) != 10000 {
		t.Fatal(len(colors), len(index))
	}
	used := [16]int{}
	for _, k := range index {
		used[k]++
	}
	for k, n := range used {
		if n < 100 {
			t.Errorf("colour %d of 16 has %d of 10000 pixels", k, n)
		}
	}
	if colors, _ := quantize(image.NewRGBA(image.Rect(0, 0, 3, 3)), 255); len(colors) != 1 {
		t.Errorf("%d colours of one", len(colors))
	}
}

// decodeBlocks reads back half blocks.
func decodeBlocks(t *testing.T, text string, w, h int) *image.RGBA {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != (h+1)/2 {
		t.Fatalf("%d lines", len(lines))
	}
	code := regexp.MustCompile(`^\x1b\[(38|48);(?:2;(\d+);(\d+);(\d+)|5;(\d+))m`)
	for row, line := range lines {
		line, ok := strings.CutSuffix(line, "\x1b[0m")
		if !ok {
			t.Fatalf("line %d does not end the colours", row)
		}
		var upper, lower color.RGBA
		x := 0
		for line != "" {
			if m := code.FindStringSubmatch(line); m != nil {
				line = line[len(m[0]):]
				n := func(s string) uint8 { v, _ := strconv.Atoi(s); return uint8(v) }
				c := color.RGBA{n(m[2]), n(m[3]), n(m[4]), 255}
				if m[5] != "" {
					c = of256(int(n(m[5])))
				}
				if m[1] == "38" {
					upper = c
				} else {
					lower = c
				}
				continue
			}
			rest, ok := strings.CutPrefix(line, "▀")
			if !ok {
				t.Fatalf("line %d: %q", row, line)
			}
			line = rest
			img.SetRGBA(x, 2*row, upper)
			if 2*row+1 < h {
				img.SetRGBA(x, 2*row+1, lower)
			}
			x++
		}
		if x != w {
			t.Fatalf("line %d has %d characters", row, x)
		}
	}
	return img
}

// of256 returns a colour of xterm's palette of 256.
func of256(k int) color.RGBA {
	if k >= 232 {
		v := uint8(8 + 10*(k-232))
		return color.RGBA{v, v, v, 255}
	}
	k -= 16
	return color.RGBA{uint8(cube[k/36]), uint8(cube[k/6%6]), uint8(cube[k%6]), 255}
}

func TestBlocks(t *testing.T) {
	for _, h := range []int{8, 9} {
		img := chequer(12, h)
		if got := decodeBlocks(t, encode(t, Blocks, img, 80), 12, h); !bytes.Equal(got.Pix, img.Pix) {
			t.Errorf("%d rows: pixels differ", h)
		}
	}
	img := noise(30, 20)
	got := decodeBlocks(t, encode(t, Blocks256, img, 80), 30, 20)
	away := func(a, b color.RGBA) int {
		r, g, bl := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
		return r*r + g*g + bl*bl
	}
	for y := range 20 {
		for x := range 30 {
			want, least := img.RGBAAt(x, y), 1<<30
			for k := 16; k < 256; k++ {
				least = min(least, away(of256(k), want))
			}
			if c := got.RGBAAt(x, y); away(c, want) != least {
				t.Fatalf("pixel %d, %d: %v is not nearest to %v", x, y, c, want)
			}
		}
	}
	if n := strings.Count(encode(t, Blocks, noise(100, 10), 25), "▀"); n != 25*2 {
		t.Errorf("scaled to %d characters", n)
	}
}

func TestEncodeNothing(t *testing.T) {
	if err := Encode(io.Discard, None, chequer(2, 2), 80); err == nil {
		t.Error("no way, and no error")
	}
	failed := errors.New("failed")
	for _, k := range []Kind{Kitty, Sixel, Blocks} {
		if err := Encode(failing{failed}, k, chequer(2, 2), 80); !errors.Is(err, failed) {
			t.Errorf("%v: %v", k, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestDetect(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		want Kind
		sure bool
	}{
		{"nothing", nil, Blocks256, false},
		{"kitty", map[string]string{"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, Kitty, true},
		{"ghostty", map[string]string{"TERM": "xterm-ghostty", "COLORTERM": "truecolor"}, Kitty, true},
		{"iTerm2", map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Sixel, true},
		{"iTerm2 over ssh", map[string]string{"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Sixel, true},
		{"WezTerm", map[string]string{"TERM_PROGRAM": "WezTerm"}, Sixel, true},
		{"foot", map[string]string{"TERM": "foot", "COLORTERM": "truecolor"}, Sixel, true},
		{"xterm", map[string]string{"TERM": "xterm-256color"}, Blocks256, false},
		{"GNOME", map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Blocks, false},
		{"tmux in kitty", map[string]string{"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1", "COLORTERM": "truecolor"}, Blocks, false},
		{"screen", map[string]string{"TERM": "screen.xterm-256color"}, Blocks256, false},
		{"console", map[string]string{"TERM": "linux"}, Blocks256, true},
	}
	for _, tt := range tests {
		if kind, sure := Detect(func(k string) string { return tt.env[k] }); kind != tt.want || sure != tt.sure {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, kind, sure, tt.want, tt.sure)
		}
	}
	for _, name := range Names() {
		if k, ok := Parse(name); !ok || k.String() != name {
			t.Errorf("%s: %v", name, k)
		}
	}
	if _, ok := Parse("none"); ok {
		t.Error("none is a way")
	}
}

// talk is a terminal that returns its answer in parts.
type talk struct {
	written strings.Builder
	parts   []string
}

func (c *talk) Write(p []byte) (int, error) { return c.written.Write(p) }

func (c *talk) Read(p []byte) (int, error) {
	if len(c.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.parts[0])
	c.parts = c.parts[1:]
	return n, nil
}

func TestAsk(t *testing.T) {
	tests := []struct {
		parts []string
		want  bool
	}{
		{[]string{"\x1b[?62;4;6;22c"}, true},
		{[]string{"\x1b[?6", "2;", "4c"}, true},
		{[]string{"typed\x1b[?4c"}, true},
		{[]string{"\x1b[?62;22c"}, false},
		{[]string{"\x1b[?64;14c"}, false},
		{[]string{"\x1b[?c"}, false},
		{nil, false},
		{[]string{strings.Repeat("x", 60), "y"}, false},
	}
	for _, tt := range tests {
		c := &talk{parts: tt.parts}
		if got := Ask(c); got != tt.want || c.written.String() != "\x1b[c" {
			t.Errorf("%q: %v", tt.parts, got)
		}
	}
}
