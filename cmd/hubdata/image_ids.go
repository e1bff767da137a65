package main

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// imageIDs tells which tile an image id stands for, and which class a category id,
// either way: the meaning of --images in all commands.
type imageIDs struct {
	from       string // what the ids are of, for messages; empty: ids are names
	rows       int    // of from, if it is a table
	names      map[coco.ID]string
	ids        map[string]coco.ID
	categories map[int64]string
}

// newImageIDs returns ids that are names, and hubdata's categories.
func newImageIDs(categoryStart int64) *imageIDs {
	n := &imageIDs{categories: map[int64]string{}}
	for k, name := range wsi.AllClasses() {
		n.categories[categoryStart+int64(k)] = name
	}
	return n
}

// readImageIDs reads the file of --images: ids and categories of a COCO file, or rows
// of a table like tile_meta.csv. The input is closed.
func readImageIDs(c *console, path string, categoryStart int64) (*imageIDs, *input, error) {
	in, err := openInput(c, path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	n := newImageIDs(categoryStart)
	r := bufio.NewReader(in)
	if isJSON(r) {
		var d *coco.Dataset
		if d, err = readCOCOImages(r); err == nil {
			err = n.takeDataset(in.name, d)
		}
	} else {
		var tiles []wsi.SubmissionTile
		tiles, err = wsi.ReadSubmissionTiles(r)
		names := make([]string, len(tiles))
		for k, t := range tiles {
			names[k] = t.ID
		}
		n.takeRows(in.name, names)
	}
	if err != nil {
		return nil, nil, inFile(in.name, err)
	}
	_, err = in.provenance()
	return n, in, err
}

func (n *imageIDs) begin(from string, rows int) {
	n.from, n.rows, n.names, n.ids = from, rows, map[coco.ID]string{}, map[string]coco.ID{}
}

// takeRows takes the rows of a table, counted from 1, for ids.
func (n *imageIDs) takeRows(from string, names []string) {
	n.begin(from, len(names))
	for k, name := range names {
		id := coco.IntID(int64(k + 1))
		n.names[id], n.ids[name] = name, id
	}
}

// takeDataset takes the ids of a dataset, and its categories if it has any.
func (n *imageIDs) takeDataset(from string, d *coco.Dataset) error {
	n.begin(from, 0)
	for i := range d.Images {
		img := &d.Images[i]
		name := coco.ImageName(img)
		if other, ok := n.names[img.ID]; ok {
			return fmt.Errorf("%w: image id %s stands for two tiles, %s and %s", errInput, img.ID.AppendJSON(nil), other, name)
		}
		if other, ok := n.ids[name]; ok {
			return fmt.Errorf("%w: images %s and %s are both of tile %q", errInput, other.AppendJSON(nil), img.ID.AppendJSON(nil), name)
		}
		n.names[img.ID], n.ids[name] = name, img.ID
	}
	if len(d.Categories) > 0 {
		n.categories = map[int64]string{}
		for _, cat := range d.Categories {
			n.categories[cat.ID] = cat.Name
		}
	}
	return nil
}

// nameImages is the advice for ids that say nothing.
const nameImages = "name the COCO file or the table that the model was run on with --images"

// tile returns the tile of an image id. Beside a table, and without a file, strings are
// names, whether they are listed or not.
func (n *imageIDs) tile(id coco.ID) (string, error) {
	if name, ok := n.names[id]; ok {
		return name, nil
	}
	ofCOCO := n.from != "" && n.rows == 0
	switch _, listed := n.ids[id.String()]; {
	case id.IsString() && (listed || !ofCOCO):
		return id.String(), nil
	case n.from == "":
		return "", fmt.Errorf("image_id: found %s, want the name of a tile: %s", id, nameImages)
	case !ofCOCO:
		return "", fmt.Errorf("image_id: found %s, want a row of %s from 1 to %d: %s", id, n.from, n.rows, nameImages)
	case id.IsString() && n.all(func(id coco.ID) bool { return !id.IsString() }):
		return "", fmt.Errorf("image_id: found the string %s, but the images of %s have integers as ids: the predictions were made with another file", id.AppendJSON(nil), n.from)
	case !id.IsString() && n.all(coco.ID.IsString):
		return "", fmt.Errorf("image_id: found the integer %s, but the images of %s have strings as ids: the predictions were made with another file", id, n.from)
	}
	return "", fmt.Errorf("image_id: found %s, which no image of %s has: %s", id.AppendJSON(nil), n.from, nameImages)
}

// all says whether there are ids, and all are of a kind.
func (n *imageIDs) all(kind func(coco.ID) bool) bool {
	for id := range n.names {
		if !kind(id) {
			return false
		}
	}
	return len(n.names) > 0
}

// id returns the image id of a tile.
func (n *imageIDs) id(tile string) (coco.ID, error) {
	if n.from == "" {
		return coco.StringID(tile), nil
	}
	id, ok := n.ids[tile]
	if !ok {
		return id, fmt.Errorf("%w: tile %s is not in %s", errInput, tile, n.from)
	}
	return id, nil
}

// class returns the class of a category id.
func (n *imageIDs) class(category int64) (string, error) {
	name, ok := n.categories[category]
	if !ok {
		return "", fmt.Errorf("category_id: found %d, want one of %s: --category-start says where the model's ids begin, --images names the file that it was run on", category, n.classes())
	}
	return name, nil
}

// category returns the id of a class, the lowest of several.
func (n *imageIDs) category(class string) (int64, error) {
	for _, id := range slices.Sorted(maps.Keys(n.categories)) {
		if n.categories[id] == class {
			return id, nil
		}
	}
	return 0, fmt.Errorf("%s: %w: no category %s: found %s", n.from, errInput, class, n.classes())
}

// classes shows the categories.
func (n *imageIDs) classes() string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(n.categories)) {
		list = append(list, fmt.Sprintf("%d %s", id, n.categories[id]))
	}
	return strings.Join(list, ", ")
}
