package voc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	files, err := shapes.Files(src, ".xml")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("found no .xml file, expected Annotations with one for each image: name the folder that has it")
	}
	splits := map[string]map[string]string{} // of the images, by the folders that have Annotations
	for _, file := range files {
		if root, _ := place(file); splits[root] == nil {
			if splits[root], err = readLists(src, root); err != nil {
				return err
			}
		}
	}
	images := parallel.Map(ctx, runtime.GOMAXPROCS(0), parallel.Items(files), func(file string) (*formats.Read, error) {
		root, stem := place(file)
		img, err := readFile(src, file, root, stem)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		img.Split = splits[root][stem]
		return img, nil
	})
	seen := map[string]string{}
	i := 0
	for img, err := range images {
		if err != nil {
			return err
		}
		if other, ok := seen[img.FileName]; ok {
			return fmt.Errorf("%s: found image %q, which %s has already, expected one file for an image: delete one",
				files[i], img.FileName, other)
		}
		seen[img.FileName] = files[i]
		i++
		if err := emit(img); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// place returns the folder that has Annotations, and the name of the image in it without
// its extension.
func place(file string) (root, stem string) {
	stem = shapes.Stem(file)
	if rest, ok := strings.CutPrefix(stem, annotationsDir+"/"); ok {
		return ".", rest
	}
	if i := strings.LastIndex(stem, "/"+annotationsDir+"/"); i >= 0 {
		return stem[:i], stem[i+len(annotationsDir)+2:]
	}
	return path.Split(stem)
}

// readLists returns the splits of the images by the lists of ImageSets, of Main if there
// is one, else of Segmentation. The list trainval and those of classes are no splits.
func readLists(src *formats.Source, root string) (map[string]string, error) {
	splits := map[string]string{}
	for _, kind := range []string{"Main", "Segmentation"} {
		dir := path.Join(root, setsDir, kind)
		entries, err := fs.ReadDir(src.FS, dir)
		if err != nil {
			continue // the folder does not exist: the set is not divided
		}
		for _, entry := range entries {
			split, isList := strings.CutSuffix(entry.Name(), ".txt")
			if !isList || split == wholeSet || isClassList(split) {
				continue
			}
			file := path.Join(dir, entry.Name())
			text, err := shapes.ReadText(src, file)
			if err != nil {
				return nil, err
			}
			for line := range strings.Lines(string(text)) {
				stem := strings.TrimSpace(line)
				if other, ok := splits[stem]; ok && stem != "" && other != split {
					return nil, fmt.Errorf("%s: found image %q, which list %s has too, expected it in one: delete one of the lists",
						file, stem, other)
				}
				splits[stem] = split
			}
		}
		break
	}
	return splits, nil
}

func isClassList(name string) bool {
	for _, end := range []string{"_train", "_val", "_trainval", "_test"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// object is an object of a file.
type object struct {
	line  int
	name  string
	box   *rle.Box
	crowd bool
	extra coco.Fields
}

// document is a file.
type document struct {
	file, name    string
	height, width int
	objects       []object
	skipped       []formats.Skip
	origin        float64
	x             *shapes.XML
}

func readFile(src *formats.Source, file, root, stem string) (*formats.Read, error) {
	f, err := src.FS.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was read only
	d := document{file: file}
	if src.Options["origin"] != "0" {
		d.origin = 1
	}
	if d.x, err = shapes.NewXML(f); err != nil {
		return nil, err
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	if d.name == "" {
		return nil, errors.New("filename: found none, expected the name of an image")
	}
	img := &formats.Read{Skipped: d.skipped}
	img.FileName = d.name
	img.Height, img.Width, err = shapes.ImageSize(src, d.height, d.width,
		path.Join(root, imagesDir, d.name), path.Join(path.Dir(file), d.name))
	if err == nil {
		err = rle.CheckSize(img.Height, img.Width)
	}
	if err != nil {
		return nil, err
	}
	masks, err := readObjects(src, path.Join(root, objectsDir, stem+".png"), img)
	if err != nil {
		return nil, err
	}
	for i := range d.objects {
		o := &d.objects[i]
		inst := formats.Instance{Class: o.name}
		inst.IsCrowd, inst.Extra = o.crowd, o.extra
		inst.BBox, inst.Area = *o.box, o.box.W*o.box.H
		if m, ok := masks[byte(i+1)]; ok && i+1 < void {
			if b := m.Bounds(); b.X >= o.box.X+o.box.W || b.Y >= o.box.Y+o.box.H || b.X+b.W <= o.box.X || b.Y+b.H <= o.box.Y {
				return nil, fmt.Errorf("line %d: object %d: found its pixels in %s outside of its box, expected them in it: "+
					"the order of the objects is not that of the values of the pixels", o.line, i+1, objectsDir)
			}
			delete(masks, byte(i+1))
			inst.BBox, inst.Area = rle.Box{}, 0
			inst.Segmentation = coco.RLE(m)
		}
		img.Instances = append(img.Instances, inst)
	}
	for range masks {
		img.Skipped = append(img.Skipped, formats.Skip{
			Where: path.Join(root, objectsDir, stem+".png"),
			What:  "the pixels of an object that the XML file lacks",
		})
	}
	return img, nil
}

func (d *document) read() error {
	root, err := d.x.Root()
	if err != nil {
		return err
	}
	if root.Name != "annotation" {
		return d.x.Errorf("found <%s>, expected <annotation> of Pascal VOC", root.Name)
	}
	return d.x.Elements(func(start shapes.Element) (err error) {
		switch start.Name {
		case "filename":
			d.name, err = d.x.Text()
			d.name = strings.TrimSpace(d.name)
		case "size":
			err = d.x.Elements(func(start shapes.Element) error {
				text, err := d.x.Text()
				if err != nil || (start.Name != "width" && start.Name != "height") {
					return err
				}
				n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
				if err != nil {
					return d.x.Errorf("%s: found %q, expected a number of pixels", start.Name, text)
				}
				if start.Name == "width" {
					d.width = int(n)
				} else {
					d.height = int(n)
				}
				return nil
			})
		case "object":
			err = d.object()
		default:
			err = d.x.Skip()
		}
		return err
	})
}

func (d *document) object() error {
	o := object{line: d.x.Line()}
	err := d.x.Elements(func(start shapes.Element) (err error) {
		tag, text := start.Name, ""
		switch {
		case tag == "name":
			text, err = d.x.Text()
			o.name = strings.TrimSpace(text)
		case tag == "bndbox":
			o.box, err = d.box()
		case tag == "pose":
			text, err = d.x.Text()
			if text != "" && text != "Unspecified" {
				o.extra = append(o.extra, coco.Field{Key: tag, Value: shapes.JSONString(text)})
			}
		case slices.Contains(flags, tag):
			text, err = d.x.Text()
			if text = strings.TrimSpace(text); text != "" && text != "0" {
				o.extra = append(o.extra, shapes.TextMember(tag, text))
			}
		case tag == "attributes":
			err = d.attributes(&o)
		case tag == "part", tag == "actions", tag == "polygon", tag == "point":
			d.skipped = append(d.skipped, formats.Skip{
				Where: fmt.Sprintf("%s: line %d", d.file, d.x.Line()), What: "a " + tag + " of an object",
			})
			err = d.x.Skip()
		default:
			err = d.x.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if o.name == "" {
		return d.x.Errorf("object %d: name: found none, expected that of a class: label the object", len(d.objects)+1)
	}
	if o.box == nil {
		return d.x.Errorf("object %d: bndbox: found none, expected a box", len(d.objects)+1)
	}
	d.objects = append(d.objects, o)
	return nil
}

func (d *document) box() (*rle.Box, error) {
	var v [4]float64
	names := []string{"xmin", "ymin", "xmax", "ymax"}
	found := map[string]bool{}
	err := d.x.Elements(func(start shapes.Element) error {
		text, err := d.x.Text()
		if err != nil {
			return err
		}
		i := slices.Index(names, start.Name)
		if i < 0 {
			return nil
		}
		found[names[i]] = true
		v[i], err = strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsNaN(v[i]) || math.IsInf(v[i], 0) {
			return d.x.Errorf("%s: found %q, expected a number", names[i], text)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) != 4 {
		return nil, d.x.Errorf("bndbox: found %d of %q, expected all", len(found), names)
	}
	b := rle.Box{X: v[0] - d.origin, Y: v[1] - d.origin}
	b.W, b.H = v[2]-b.X, v[3]-b.Y
	if b.W <= 0 || b.H <= 0 {
		return nil, d.x.Errorf("bndbox: found %v to %v by %v to %v, expected the largest after the smallest", v[0], v[2], v[1], v[3])
	}
	return &b, nil
}

// attributes reads the attributes that datumaro writes.
func (d *document) attributes(o *object) error {
	return d.x.Elements(func(shapes.Element) error {
		var name, value string
		err := d.x.Elements(func(start shapes.Element) (err error) {
			switch start.Name {
			case "name":
				name, err = d.x.Text()
			case "value":
				value, err = d.x.Text()
			default:
				err = d.x.Skip()
			}
			return err
		})
		switch {
		case name == "iscrowd":
			o.crowd = value == "1"
		case name != "":
			o.extra = append(o.extra, shapes.TextMember(name, value))
		}
		return err
	})
}

// readObjects returns the pixels of the objects by their values. Without the file there
// are none.
func readObjects(src *formats.Source, file string, img *formats.Read) (map[byte]rle.Mask, error) {
	if _, err := fs.Stat(src.FS, file); err != nil {
		return nil, nil
	}
	text, err := fs.ReadFile(src.FS, file)
	if err != nil {
		return nil, err
	}
	config, err := png.DecodeConfig(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: found no PNG, expected one: %w", file, err)
	}
	if config.Width != img.Width || config.Height != img.Height {
		return nil, fmt.Errorf("%s: found %d x %d pixels, expected the %d x %d (width x height) of the image",
			file, config.Width, config.Height, img.Width, img.Height)
	}
	picture, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	values, err := pixels(picture)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return split(values, img.Height, img.Width)
}

// pixels returns the values of the pixels of a map, row by row: the numbers of the
// palette, or those of VOC's colours.
func pixels(picture image.Image) ([]byte, error) {
	b := picture.Bounds()
	values := make([]byte, b.Dx()*b.Dy())
	if p, ok := picture.(*image.Paletted); ok {
		for y := range b.Dy() {
			copy(values[y*b.Dx():(y+1)*b.Dx()], p.Pix[y*p.Stride:])
		}
		return values, nil
	}
	if g, ok := picture.(*image.Gray); ok {
		for y := range b.Dy() {
			copy(values[y*b.Dx():(y+1)*b.Dx()], g.Pix[y*g.Stride:])
		}
		return values, nil
	}
	numbers := make(map[color.RGBA]byte, len(palette))
	for i, c := range palette {
		numbers[c.(color.RGBA)] = byte(i)
	}
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := color.RGBAModel.Convert(picture.At(b.Min.X+x, b.Min.Y+y)).(color.RGBA)
			c.A = 255
			v, ok := numbers[c]
			if !ok && c != (color.RGBA{R: 224, G: 224, B: 192, A: 255}) { // void, in VOC's own files
				return nil, fmt.Errorf("pixel (%d, %d): found colour %v, expected one of VOC's", x, y, c)
			}
			if !ok {
				v = void
			}
			values[y*b.Dx()+x] = v
		}
	}
	return values, nil
}

// split returns the masks of the values from 1 to 254.
func split(values []byte, h, w int) (map[byte]rle.Mask, error) {
	var runs [256][]uint32
	var ends [256]int // of the last run of each value
	at := 0
	for x := range w {
		for y := 0; y < h; {
			v := values[y*w+x]
			start := at
			for ; y < h && values[y*w+x] == v; y++ {
				at++
			}
			if v != 0 && v != void {
				runs[v] = append(runs[v], uint32(start-ends[v]), uint32(at-start))
				ends[v] = at
			}
		}
	}
	masks := map[byte]rle.Mask{}
	for v := range runs {
		if runs[v] == nil {
			continue
		}
		m, err := rle.FromRuns(h, w, append(runs[v], uint32(h*w-ends[v])))
		if err != nil {
			return nil, err
		}
		masks[byte(v)] = m
	}
	return masks, nil
}
