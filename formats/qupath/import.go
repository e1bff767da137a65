package qupath

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/klauspost/compress/gzip"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	r, err := newReader(src)
	if err != nil {
		return err
	}
	files, err := list(src)
	if err != nil {
		return err
	}
	for _, file := range files {
		img, err := r.file(ctx, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := emit(img); err != nil {
			return err
		}
	}
	return nil
}

// list returns the files to read: those of the first ending that a file has.
func list(src *formats.Source) ([]string, error) {
	var all []string
	for _, ext := range []string{".geojson", ".json", ".gz"} {
		files, err := shapes.Files(src, ext)
		if err != nil {
			return nil, err
		}
		if all = append(all, files...); src.File != "" {
			return files, nil
		}
	}
	for _, kind := range []string{".geojson", ".json"} {
		files := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !strings.HasPrefix(endingOf(name), kind) })
		if len(files) > 0 {
			slices.Sort(files)
			return files, nil
		}
	}
	return nil, errors.New("found no .geojson and no .json files, expected one for each slide: export the objects of QuPath as GeoJSON")
}

// endingOf returns the ending of a file that is read; empty: it is not.
func endingOf(name string) string {
	for _, e := range endings {
		if len(name) > len(e) && strings.EqualFold(name[len(name)-len(e):], e) {
			return e
		}
	}
	return ""
}

type reader struct {
	*slides.Reader
	src     *formats.Source
	nucleus bool
	z, t    int64
}

func newReader(src *formats.Source) (*reader, error) {
	base, err := slides.NewReader(src)
	if err != nil {
		return nil, err
	}
	r := &reader{Reader: base, src: src, nucleus: src.Options["cells"] == "nucleus"}
	z, t, ok := strings.Cut(src.Options["plane"], ",")
	var errZ, errT error
	r.z, errZ = strconv.ParseInt(z, 10, 32)
	r.t, errT = strconv.ParseInt(t, 10, 32)
	if !ok || errZ != nil || errT != nil {
		return nil, fmt.Errorf("option plane: found %q, expected Z,T such as 0,0", src.Options["plane"])
	}
	return r, nil
}

// maxText is the most that a packed file may hold.
const maxText = 1 << 30

// unpacked returns the text of a file that may be packed by gzip.
func unpacked(src *formats.Source, name string) ([]byte, error) {
	text, err := shapes.ReadText(src, name)
	if err != nil || !bytes.HasPrefix(text, []byte("\x1f\x8b")) {
		return text, err
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(z, maxText+1))
	if err == nil && len(text) > maxText {
		err = fmt.Errorf("found more than %d bytes in the packed file, expected at most these: split the file", maxText)
	}
	return text, err
}

func (r *reader) file(ctx context.Context, file string) (*formats.Read, error) {
	text, err := unpacked(r.src, file)
	if err != nil {
		return nil, err
	}
	sheet, err := r.Open(file, endingOf(file))
	if err != nil {
		return nil, err
	}
	s := &scan{ctx: ctx, reader: r, sheet: sheet, c: jsonscan.New(text)}
	if s.c.Peek() == '[' {
		err = s.list("", 0)
	} else {
		err = s.object("", 0)
	}
	if err == nil {
		err = s.c.End()
	}
	if err != nil {
		return nil, err
	}
	if !s.any {
		return nil, errors.New("found neither features nor a geometry, expected a FeatureCollection, a Feature or a list of features")
	}
	return sheet.Done(ctx)
}
