package showcmd

import (
	"image"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/termimage"
	"golang.org/x/term"
)

// terminal shows pictures in a terminal.
type terminal struct {
	c       *ui.Console
	way     termimage.Kind
	columns int
}

func (t *terminal) picture(img *image.RGBA) (string, error) {
	screen, err := t.c.Screen()
	if err != nil {
		return "", err
	}
	return "", termimage.Encode(screen, t.way, img, t.columns)
}

func (t *terminal) png(string, []byte) (string, error) { return "", nil } // tiles go into folders

func (t *terminal) close() error { return nil }

// findTerminal finds out how the terminal shows pictures, unless a flag says it.
func findTerminal(c *ui.Console, asked termimage.Kind) (termimage.Kind, error) {
	if asked != termimage.None {
		return asked, nil
	}
	if c.Terminal() == nil {
		return asked, ui.Usagef("standard output is not a terminal").
			Hint("write a PNG with -o FILE, or to standard output with -o -; --terminal blocks prints characters")
	}
	way, sure := termimage.Detect(os.Getenv)
	if !sure && askTerminal() {
		way = termimage.Sixel
	}
	return way, nil
}

// columns is the width of the terminal in characters.
func columns(c *ui.Console) int {
	if f := c.Terminal(); f != nil {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}
