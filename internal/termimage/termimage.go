// Package termimage shows pictures in terminals: by kitty's graphics protocol or sixels
// where a terminal has them, by block characters everywhere.
//
// [Detect] finds out which from the environment, [Encode] writes the picture.
package termimage

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"io"
	"regexp"
	"strings"
	"sync"
)

// Kind is a way to show a picture.
type Kind uint8

// The ways to show a picture.
const (
	None      Kind = iota
	Kitty          // kitty's graphics protocol
	Sixel          // DEC's sixels, of up to 255 colours
	Blocks         // half blocks in 24-bit colours
	Blocks256      // half blocks in the 256 colours of older terminals
)

var names = map[Kind]string{Kitty: "kitty", Sixel: "sixel", Blocks: "blocks", Blocks256: "blocks256"}

// Names returns the names of the ways.
func Names() []string {
	return []string{names[Kitty], names[Sixel], names[Blocks], names[Blocks256]}
}

// Parse returns the way with the given name.
func Parse(name string) (Kind, bool) {
	for k, n := range names {
		if n == name {
			return k, true
		}
	}
	return None, false
}

// String returns the name.
func (k Kind) String() string { return names[k] }

// Detect finds out from the environment, as os.Getenv gives it, what the terminal can
// do; sure is false where another answer is possible, and asking the terminal may
// help: see [Ask]. A multiplexer (tmux, screen) hides the terminal behind it.
func Detect(getenv func(string) string) (kind Kind, sure bool) {
	blocks := Blocks256
	if c := getenv("COLORTERM"); c == "truecolor" || c == "24bit" {
		blocks = Blocks
	}
	termName, program := getenv("TERM"), getenv("TERM_PROGRAM")
	switch {
	case termName == "dumb" || termName == "linux":
		return blocks, true
	case getenv("TMUX") != "" || strings.HasPrefix(termName, "screen") || strings.HasPrefix(termName, "tmux"):
		return blocks, false
	case getenv("KITTY_WINDOW_ID") != "", strings.HasPrefix(termName, "xterm-kitty"), strings.HasPrefix(termName, "xterm-ghostty"), program == "ghostty":
		return Kitty, true
	case program == "iTerm.app", program == "WezTerm", getenv("LC_TERMINAL") == "iTerm2",
		strings.Contains(termName, "sixel"), strings.HasPrefix(termName, "foot"), strings.HasPrefix(termName, "mlterm"), strings.HasPrefix(termName, "yaft"):
		return Sixel, true
	}
	return blocks, false
}

// attributes is the query for the attributes of a terminal (DA1). In the
// answer, 4 means sixels.
const attributes = "\x1b[c"

var answer = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\x1b\[\?([0-9;]*)c`)
})

// Ask asks the terminal whether it supports sixels. Reading from the terminal
// must return when there is nothing to read, immediately or after a timeout;
// the answer is then no. The terminal must not echo, and must not wait for a
// whole line.
func Ask(terminal io.ReadWriter) bool {
	if _, err := io.WriteString(terminal, attributes); err != nil {
		return false
	}
	var got []byte
	part := make([]byte, 64)
	for len(got) < 1024 {
		n, err := terminal.Read(part)
		got = append(got, part[:n]...)
		if m := answer().FindSubmatch(got); m != nil {
			for a := range strings.SplitSeq(string(m[1]), ";") {
				if a == "4" {
					return true
				}
			}
			return false
		}
		if err != nil || n == 0 {
			return false
		}
	}
	return false
}

// cellWidth and cellHeight are the approximate size of a character in the
// terminal, in pixels.
const (
	cellWidth  = 9
	cellHeight = 18
)

// Encode writes a picture that takes at most the given number of columns,
// followed by a line end.
func Encode(w io.Writer, kind Kind, img *image.RGBA, columns int) error {
	columns = max(columns, 1)
	b := bufio.NewWriter(w)
	var err error
	switch kind {
	case Kitty:
		err = encodeKitty(b, img, columns)
	case Sixel:
		encodeSixel(b, shrink(img, columns*cellWidth))
	case Blocks, Blocks256:
		encodeBlocks(b, shrink(img, columns), kind == Blocks)
	default:
		err = fmt.Errorf("termimage: no way to show a picture")
	}
	if err != nil {
		return err
	}
	return b.Flush()
}

// cells returns the number of columns that a picture takes.
func cells(img *image.RGBA, columns int) int {
	return min(columns, (img.Rect.Dx()+cellWidth-1)/cellWidth)
}

// kittyChunk is the limit in bytes for the base64 text of one command.
const kittyChunk = 4096

func encodeKitty(w *bufio.Writer, img *image.RGBA, columns int) error {
	text, err := base64PNG(img)
	if err != nil {
		return err
	}
	// Transmit and display (T) a PNG (100) over this many columns (c), without
	// answers (q).
	control := fmt.Sprintf("a=T,f=100,q=2,c=%d,", cells(img, columns))
	for {
		part := text[:min(kittyChunk, len(text))]
		text = text[len(part):]
		more := 0
		if len(text) > 0 {
			more = 1
		}
		fmt.Fprintf(w, "\x1b_G%sm=%d;%s\x1b\\", control, more, part)
		control = ""
		if more == 0 {
			break
		}
	}
	_, err = w.WriteString("\n")
	return err
}

func base64PNG(img *image.RGBA) (string, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
