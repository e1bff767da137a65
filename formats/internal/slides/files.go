package slides

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/rle"
)

// ReadXML reads the XML files of a source that have an extension and the root element,
// each with read, and passes their slides on. ending returns that of a file's name which
// is not of the slide's name.
func (r *Reader) ReadXML(ctx context.Context, ext, root string, ending func(name string) string,
	read func(x *shapes.XML, start shapes.Element, s *Sheet) (*formats.Read, error), emit func(*formats.Read) error) error {
	files, err := shapes.Files(r.src, ext)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("found no %s files, expected one for each slide", ext)
	}
	for _, file := range files {
		img, err := r.xml(file, root, ending(file), read)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := errors.Join(ctx.Err(), emit(img)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) xml(file, root, ending string, read func(x *shapes.XML, start shapes.Element, s *Sheet) (*formats.Read, error)) (*formats.Read, error) {
	f, err := r.src.FS.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was read only
	x, err := shapes.NewXML(f)
	if err != nil {
		return nil, err
	}
	start, err := x.Root()
	if err != nil {
		return nil, err
	}
	if start.Name != root {
		return nil, x.Errorf("found <%s>, expected <%s>", start.Name, root)
	}
	s, err := r.Open(file, ending)
	if err != nil {
		return nil, err
	}
	img, err := read(x, start, s)
	if err != nil {
		return nil, err
	}
	if err := x.End(); err != nil {
		return nil, err
	}
	return img, nil
}

// Ending returns the function for files that have the longest of some endings.
func Ending(list ...string) func(name string) string {
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	return func(name string) string {
		for _, e := range list {
			if len(name) > len(e) && strings.EqualFold(name[len(name)-len(e):], e) {
				return e
			}
		}
		return ""
	}
}

// Number reads a number of an attribute or an element. Some programs of Europe write a
// decimal comma.
func Number(text string) (float64, error) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		v, err = strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	}
	if err != nil || v-v != 0 {
		return 0, fmt.Errorf("found %q, expected a number", text)
	}
	return v, nil
}

// Rectangle returns the rectangle around points; nil: there are none.
func Rectangle(points rle.Ring) rle.Ring {
	if len(points) == 0 {
		return nil
	}
	lo, hi := points[0], points[0]
	for _, p := range points {
		lo = rle.Point{min(lo[0], p[0]), min(lo[1], p[1])}
		hi = rle.Point{max(hi[0], p[0]), max(hi[1], p[1])}
	}
	return shapes.Rectangle(lo[0], lo[1], hi[0], hi[1])
}
