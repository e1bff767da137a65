package hovernet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/formats/internal/reading"
	"github.com/hubdata/hubdata/internal/parallel"
)

// Limits of files.
const (
	maxBytes = 1 << 30
	maxTypes = 1 << 20
	maxSide  = 1 << 30 // pixels of a slide
)

type reader struct {
	src           *formats.Source
	tree          *raster.Tree
	types         map[int64]string // of type_info.json
	height, width int              // of the option size; 0: none
	score         bool
}

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	if err := raster.CheckChoices(src.Options, options); err != nil {
		return err
	}
	r := &reader{src: src, score: raster.Choice(src.Options, scoreOption) != "none"}
	var err error
	if r.height, r.width, err = parseSize(raster.Choice(src.Options, sizeOption)); err != nil {
		return err
	}
	if r.types, err = readTypes(src.FS); err != nil {
		return in(typesFile, err)
	}
	if r.tree, err = raster.List(ctx, src.FS); err != nil {
		return err
	}
	files := []string{src.File}
	if src.File == "" {
		files = jsonFiles(r.tree)
	}
	if len(files) == 0 {
		return errors.New("found no .json files in the source, expected those of HoVer-Net or CellViT")
	}
	work := func(file string) (*formats.Read, error) {
		img, err := r.file(file)
		return img, in(file, err)
	}
	return reading.Emit(parallel.Map(ctx, 0, parallel.Items(files), work), emit)
}

// parseSize reads WIDTHxHEIGHT.
func parseSize(text string) (h, w int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	a, b, ok := strings.Cut(text, "x")
	w, err1 := strconv.Atoi(a)
	h, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || min(h, w) < 1 || max(h, w) > maxSide {
		return 0, 0, fmt.Errorf("option size: found %q, expected WIDTHxHEIGHT in pixels, such as 1000x800", text)
	}
	return h, w, nil
}

// readTypes reads type_info.json: {"1": ["neopla", [255, 0, 0]], ...}.
func readTypes(fsys fs.FS) (map[int64]string, error) {
	text, err := reading.File(fsys, typesFile, maxTypes, "a list of types")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list map[string][]json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf(`found no list of types, expected {"1": ["name", [red, green, blue]], ...}: %w`, err)
	}
	types := map[int64]string{}
	for _, key := range slices.Sorted(maps.Keys(list)) {
		value := list[key]
		number, err := strconv.ParseInt(key, 10, 64)
		var name string
		if err != nil || len(value) == 0 || json.Unmarshal(value[0], &name) != nil {
			return nil, fmt.Errorf(`%q: found no number with a name, expected {"1": ["name", [red, green, blue]], ...}`, key)
		}
		if other, again := types[number]; again && other != name {
			return nil, fmt.Errorf("found the names %q and %q of type %d, expected one", other, name, number)
		}
		types[number] = name
	}
	return types, nil
}

// file reads the nuclei of an image.
func (r *reader) file(file string) (*formats.Read, error) {
	img, err := r.image(file)
	if err != nil {
		return nil, err
	}
	text, err := reading.File(r.src.FS, file, maxBytes, "the nuclei of one image")
	if err != nil {
		return nil, err
	}
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	for i := range d.nuclei {
		if err := r.nucleus(img, file, d, &d.nuclei[i]); err != nil {
			return nil, in(d.nuclei[i].place, err)
		}
	}
	return img, nil
}

// nucleus adds a nucleus to an image, or what of it has no place there.
func (r *reader) nucleus(img *formats.Read, file string, d *document, n *nucleus) error {
	skip := func(what string) {
		img.Skipped = append(img.Skipped, formats.Skip{Where: file + ": " + n.place, What: what})
	}
	if len(n.contour) == 0 {
		skip("a nucleus without a contour")
		return nil
	}
	class, err := r.class(d, n)
	if err != nil {
		return in("type", err)
	}
	o, err := trace(n.contour, img.Height, img.Width)
	if err != nil {
		return in("contour", err)
	}
	if o == nil {
		skip("a nucleus outside of the image")
		return nil
	}
	if o.cut {
		skip("a part of a contour outside of the image")
	}
	instance := formats.Instance{Class: class, Annotation: o.annotation()}
	switch {
	case math.IsNaN(n.probability):
	case r.score:
		if err := raster.SetScore(&instance, n.probability); err != nil {
			return err
		}
	default:
		instance.Extra = append(instance.Extra, coco.Field{Key: "type_prob", Value: strconv.AppendFloat(nil, n.probability, 'g', -1, 64)})
	}
	img.Instances = append(img.Instances, instance)
	return nil
}

// class is the name of the type of a nucleus.
func (r *reader) class(d *document, n *nucleus) (string, error) {
	switch {
	case !n.hasType && len(r.src.Classes) == 1:
		return r.src.Classes[0], nil
	case !n.hasType:
		return "nucleus", nil
	case r.src.Classes != nil:
		if n.kind < 0 || n.kind >= int64(len(r.src.Classes)) {
			return "", fmt.Errorf("found %d, expected 0 to %d, the numbers of the classes given", n.kind, len(r.src.Classes)-1)
		}
		return r.src.Classes[n.kind], nil
	}
	for _, types := range []map[int64]string{r.types, d.types} {
		if len(types) == 0 {
			continue
		}
		name, ok := types[n.kind]
		if !ok {
			return "", fmt.Errorf("found %d, expected one of the %d types of %s or type_map", n.kind, len(types), typesFile)
		}
		return name, nil
	}
	return fmt.Sprintf("type %d", n.kind), nil
}

// image finds the image that a file belongs to, and its size.
func (r *reader) image(file string) (*formats.Read, error) {
	folder, name := path.Dir(file), raster.Stem(file)
	folders := []string{folder}
	if above, below, ok := raster.Cut(folder, jsonFolder); ok {
		folders = append(folders, path.Join(above, imagesFolder, below), path.Join(above, below))
	}
	if name == cellsName { // of CellViT, in the folder of a slide
		if path.Base(folder) == detections {
			folder = path.Dir(folder)
		}
		if folder != "." {
			name = path.Base(folder)
		}
		folders = []string{folder, path.Dir(folder), path.Join(path.Dir(folder), imagesFolder)}
	}
	name = strings.TrimSuffix(name, "_"+cellsName)
	img := &formats.Read{Split: raster.Split(file)}
	image, ok := r.tree.Image(name, folders...)
	img.FileName = image
	if !ok {
		img.FileName = name + raster.PNGSuffix
		if above, below, found := raster.Cut(path.Dir(file), jsonFolder); found { // HoVer-Net's pictures of the results
			image, ok = r.tree.Image(name, path.Join(above, overlays, below))
		}
	}
	var err error
	switch {
	case ok:
		img.Height, img.Width, err = r.src.Size(image)
		err = in(image, err)
	case r.width > 0:
		img.Height, img.Width = r.height, r.width
	default:
		err = fmt.Errorf("found no image %s, expected one next to the file or in a folder %s, for its size: add it, or give the option size", name, imagesFolder)
	}
	return img, err
}
