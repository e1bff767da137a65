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

// tileNames tells the tile of an image id, and which category is the
// competition's class, either way.
type tileNames struct {
	from       string // what the ids are of, for messages; empty: nothing
	coco       bool   // from is a COCO file: ids are what it has, and strings need not be names
	names      map[coco.ID]string
	ids        map[string]coco.ID
	categories map[int64]string
}

// newTileNames returns ids that are names, and hubdata's categories.
func newTileNames(categoryStart int64) *tileNames {
	n := &tileNames{categories: map[int64]string{}}
	for k, name := range wsi.AllClasses() {
		n.categories[categoryStart+int64(k)] = name
	}
	return n
}

// read reads ids from a COCO file, or rows from a table like tile_meta.csv.
func (n *tileNames) read(in *input) error {
	r := bufio.NewReader(in)
	if !isJSON(r) {
		tiles, err := wsi.ReadSubmissionTiles(r)
		if err != nil {
			return inFile(in.name, err)
		}
		n.begin(in.name)
		for k, t := range tiles {
			n.names[coco.IntID(int64(k+1))] = t.ID
			n.ids[t.ID] = coco.IntID(int64(k + 1))
		}
		return nil
	}
	d := &coco.Dataset{}
	for rec, err := range coco.NewReader(r).Records() {
		if err != nil {
			return inFile(in.name, err)
		}
		switch rec := rec.(type) {
		case *coco.Image:
			d.Images = append(d.Images, *rec)
		case *coco.Category:
			d.Categories = append(d.Categories, *rec)
		}
	}
	return inFile(in.name, n.take(in.name, d))
}

func (n *tileNames) begin(from string) {
	n.from, n.coco, n.names, n.ids = from, false, map[coco.ID]string{}, map[string]coco.ID{}
}

// take takes the ids of a dataset, and its categories if it has any.
func (n *tileNames) take(from string, d *coco.Dataset) error {
	n.begin(from)
	n.coco = true
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

// name returns the tile of an image id.
func (n *tileNames) name(id coco.ID) (string, error) {
	if name, ok := n.names[id]; ok {
		return name, nil
	}
	const hint = "name the COCO file or the table that the model was run on with --images"
	if _, known := n.ids[id.String()]; id.IsString() && (known || !n.coco) {
		return id.String(), nil
	}
	if n.from == "" {
		return "", fmt.Errorf("image_id: found %s, want the name of a tile: %s", id.AppendJSON(nil), hint)
	}
	return "", fmt.Errorf("image_id: found %s, which %s lacks: %s", id.AppendJSON(nil), n.from, hint)
}

// id returns the image id of a tile.
func (n *tileNames) id(name string) (coco.ID, error) {
	if n.from == "" {
		return coco.StringID(name), nil
	}
	id, ok := n.ids[name]
	if !ok {
		return id, fmt.Errorf("%w: tile %s is not in %s", errInput, name, n.from)
	}
	return id, nil
}

// category returns the id of the competition's class, the lowest of several.
func (n *tileNames) category() (int64, error) {
	for _, id := range slices.Sorted(maps.Keys(n.categories)) {
		if n.categories[id] == wsi.AllClasses()[0] {
			return id, nil
		}
	}
	return 0, fmt.Errorf("%s: %w: no category %s: found %s", n.from, errInput, wsi.AllClasses()[0], n.list())
}

// list shows the categories.
func (n *tileNames) list() string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(n.categories)) {
		list = append(list, fmt.Sprintf("%d %s", id, n.categories[id]))
	}
	return strings.Join(list, ", ")
}
