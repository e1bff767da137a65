package traincmd

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/internal/printable"
)

// logText writes what trainings print in a form that a terminal only shows: colours are left out, a carriage return ends a
// line, and other control characters are escapes.
type logText struct {
	w    printable.Writer
	held string // the beginning of a colour or of a line end, whose rest is not written yet
}

func newLogText(w io.Writer) *logText { return &logText{w: printable.Writer{W: w}} }

// colour is how a program sets the colour of what it prints next.
var colour = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\x1b\[[0-9;:]*m`)
})

// begun is a colour of which something is missing.
var begun = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(\x1b(\[[0-9;:]{0,32})?|\r)$`)
})

func (l *logText) Write(p []byte) (int, error) {
	text := l.held + string(p)
	whole := len(text)
	if at := begun().FindStringIndex(text); at != nil {
		whole = at[0]
	}
	l.held = text[whole:]
	_, err := io.WriteString(&l.w, uncoloured(text[:whole]))
	return len(p), err
}

// end writes what is held.
func (l *logText) end() error {
	_, err := io.WriteString(&l.w, uncoloured(l.held))
	l.held = ""
	return errors.Join(err, l.w.Flush())
}

// uncoloured is a text of a log without colours, and with plain line ends.
func uncoloured(text string) string {
	text = colour().ReplaceAllString(text, "")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
