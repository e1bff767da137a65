package mmdet

import "github.com/hubdata/hubdata/coco"

// overlap finds images that are trained on and validated on; see [fileNames.find]. Others
// with the same base name may still be the same pictures.
func (g *gate) overlap() {
	train, val := newFileNames(g.c.Train.Data.Images), newFileNames(g.c.Val.Data.Images)
	for i := range val.images {
		img, at := &val.images[i], coco.Place{Section: coco.SectionImages, Index: i}
		if j, ok := train.find(val, i); ok {
			g.find(g.c.Val, TrainValOverlap, coco.SeverityError, at, "%s is also images[%d] of %s, so the model would be scored on images that it has learned: use another val, or set allow_overlap: true", coco.ImageName(img), j, g.c.Train.File)
		} else if j, ok := train.base[coco.TileID(img)]; ok && val.named(i) {
			g.find(g.c.Val, TrainValNamesake, coco.SeverityWarning, at, "%s has the same base name as images[%d] of %s, %s: make sure that they are different images", val.names.Name(i), j, g.c.Train.File, train.names.Name(j))
		}
	}
}

// fileNames finds images of a dataset by each of their names: the first that has it.
type fileNames struct {
	images []coco.Image
	names  *coco.Names
	tile   map[string]int
	path   map[string]int
	stem   map[string]int  // the path without its extension
	twins  map[string]bool // stems of several paths
	free   map[string]int  // stems of images without a tile
	base   map[string]int  // tile, or else the base name
}

func newFileNames(images []coco.Image) *fileNames {
	n := &fileNames{images: images, names: coco.NewNames(images), tile: map[string]int{}, path: map[string]int{},
		stem: map[string]int{}, twins: map[string]bool{}, free: map[string]int{}, base: map[string]int{}}
	for i := range images {
		tile, path, stem := n.of(i)
		if j, ok := n.stem[stem]; ok && n.names.Path(j) != path {
			n.twins[stem] = true
		}
		note := func(of map[string]int, name string, has bool) {
			if _, ok := of[name]; !ok && has {
				of[name] = i
			}
		}
		note(n.tile, tile, tile != "")
		note(n.path, path, path != "")
		note(n.stem, stem, path != "")
		note(n.free, stem, path != "" && tile == "")
		note(n.base, coco.TileID(&images[i]), n.named(i))
	}
	return n
}

// of returns the names of an image; those that it does not have are empty.
func (n *fileNames) of(i int) (tile, path, stem string) {
	if path = n.names.Path(i); path != "" {
		stem = coco.ImageName(&coco.Image{FileName: path})
	}
	return n.names.Tile(i), path, stem
}

// named reports whether an image has a name: ids are not compared, since those of one
// file say nothing of another.
func (n *fileNames) named(i int) bool { return n.names.Tile(i) != "" || n.names.Path(i) != "" }

// find finds the image that image i of another dataset is. Two images are one if their
// tiles are equal, or their paths, or the tile of one and the path without extension of
// the other, which has no tile. Paths that differ only in their extensions are of one
// image too, unless both have a tile, or a dataset has several such paths.
func (n *fileNames) find(other *fileNames, i int) (j int, ok bool) {
	tile, path, stem := other.of(i)
	if j, ok = n.tile[tile]; ok && tile != "" {
		return j, true
	}
	if j, ok = n.path[path]; ok && path != "" {
		return j, true
	}
	if j, ok = n.free[tile]; ok && tile != "" {
		return j, true
	}
	if path == "" {
		return 0, false
	}
	if j, ok = n.tile[stem]; ok && tile == "" {
		return j, true
	}
	j, ok = n.stem[stem]
	apart := n.twins[stem] || other.twins[stem] || tile != "" && n.names.Tile(j) != ""
	return j, ok && !apart
}
