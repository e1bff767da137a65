package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// maxImageLine is the longest line of --images-from, in bytes.
const maxImageLine = 64 << 10

// openLists finds the images that the flags and the list name.
func (r *openRules) openLists(c *console, o *outputs) error {
	if len(r.images) == 0 && r.imagesFrom == "" && len(r.exclude) == 0 {
		return nil
	}
	find := newImageFinder(r.file.Images)
	mark := func(flag string, names []string) ([]bool, error) {
		marks := make([]bool, len(r.file.Images))
		for _, name := range names {
			found := find.images(name)
			if len(found) == 0 {
				return nil, usagef("%s: %s has no image %q", flag, r.file.in.name, name)
			}
			for _, i := range found {
				marks[i] = true
			}
		}
		return marks, nil
	}
	var err error
	if len(r.exclude) > 0 {
		if r.excluded, err = mark("--exclude-image", r.exclude); err != nil {
			return err
		}
	}
	if len(r.images) == 0 && r.imagesFrom == "" {
		return nil
	}
	if r.wanted, err = mark("--image", r.images); err != nil || r.imagesFrom == "" {
		return err
	}
	in, err := openInput(c, r.imagesFrom)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxImageLine)
	var names []string
	for lines.Scan() {
		names = append(names, strings.TrimSpace(lines.Text()))
	}
	if err := lines.Err(); isReadError(err) {
		return inFile(in.name, err)
	} else if err != nil {
		return fmt.Errorf("%s: line %d: %w: %w", in.name, len(names)+1, errInput, err)
	}
	for i, name := range names {
		line := i + 1
		if line == 1 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		if name == "" {
			continue
		}
		found := find.images(name)
		if len(found) == 0 {
			return fmt.Errorf("%s: line %d: %w: %s has no image %q", in.name, line, errInput, r.file.in.name, name)
		}
		for _, i := range found {
			r.wanted[i] = true
		}
	}
	if _, err := in.provenance(); err != nil {
		return err
	}
	o.inputs = append(o.inputs, in)
	return nil
}

// imageFinder finds images by name, and by id if none has the name.
type imageFinder struct{ byName, byID map[string][]int }

func newImageFinder(images []coco.Image) imageFinder {
	f := imageFinder{map[string][]int{}, map[string][]int{}}
	for i := range images {
		name, id := coco.ImageName(&images[i]), images[i].ID.String()
		f.byName[name] = append(f.byName[name], i)
		f.byID[id] = append(f.byID[id], i)
	}
	return f
}

func (f imageFinder) images(name string) []int {
	if found := f.byName[name]; found != nil {
		return found
	}
	return f.byID[name]
}
