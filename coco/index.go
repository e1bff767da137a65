package coco

// Index finds the records of a dataset by id. [Dataset.Index] builds it from the
// current dataset, to which it refers: build a new one after the dataset's slices have
// changed.
type Index struct {
	d          *Dataset
	images     map[ID]int32 // nil: dense is used
	dense      []int32      // 1 + index of the image with id lowest + i; 0: none
	lowest     int64
	categories map[int64]int32
	// The annotations of group g are order[start[g]:start[g+1]]. The groups are
	// the images as in images, then one for annotations without an image.
	start []int32
	order []int32
}

// Index returns an index of the dataset. If two records have the same id, it finds the
// later one, as pycocotools does. The dataset must have fewer than 2^31 records of each
// kind.
func (d *Dataset) Index() *Index {
	ix := &Index{
		d:          d,
		categories: make(map[int64]int32, len(d.Categories)),
		start:      make([]int32, len(d.Images)+2),
		order:      make([]int32, len(d.Annotations)),
	}
	if lowest, span, ok := idSpan(d.Images); ok {
		ix.lowest, ix.dense = lowest, make([]int32, span)
		for i := range d.Images {
			ix.dense[d.Images[i].ID.num-lowest] = int32(i) + 1
		}
	} else {
		ix.images = make(map[ID]int32, len(d.Images))
		for i := range d.Images {
			ix.images[d.Images[i].ID] = int32(i)
		}
	}
	for i := range d.Categories {
		ix.categories[d.Categories[i].ID] = int32(i)
	}
	// Count the annotations of each group, then store each in its group.
	group := make([]int32, len(d.Annotations))
	for i := range d.Annotations {
		g, ok := ix.image(d.Annotations[i].ImageID)
		if !ok {
			g = int32(len(d.Images))
		}
		group[i] = g
		ix.start[g+1]++
	}
	for g := range len(d.Images) + 1 {
		ix.start[g+1] += ix.start[g]
	}
	next := append([]int32(nil), ix.start...)
	for i, g := range group {
		ix.order[next[g]] = int32(i)
		next[g]++
	}
	return ix
}

// idSpan returns the lowest id of the images and the number of integers up to the
// highest, if all ids are integers close enough for a table.
func idSpan(images []Image) (lowest, span int64, ok bool) {
	highest := int64(0)
	for i := range images {
		n, isInt := images[i].ID.Int()
		if !isInt {
			return 0, 0, false
		}
		if i == 0 {
			lowest, highest = n, n
		}
		lowest, highest = min(lowest, n), max(highest, n)
	}
	most := 8*uint64(len(images)) + 1024
	if len(images) == 0 || uint64(highest)-uint64(lowest) >= most {
		return 0, 0, false
	}
	return lowest, highest - lowest + 1, true
}

// image returns the index of the image with an id.
func (ix *Index) image(id ID) (int32, bool) {
	if ix.dense == nil {
		i, ok := ix.images[id]
		return i, ok
	}
	if i := uint64(id.num) - uint64(ix.lowest); id.str == "" && !id.quoted && i < uint64(len(ix.dense)) {
		return ix.dense[i] - 1, ix.dense[i] > 0
	}
	return 0, false
}

// Image returns the image with an id, or nil if there is none.
func (ix *Index) Image(id ID) *Image {
	if i, ok := ix.image(id); ok {
		return &ix.d.Images[i]
	}
	return nil
}

// ImageAt returns the index in Dataset.Images of the image with an id.
func (ix *Index) ImageAt(id ID) (int, bool) {
	i, ok := ix.image(id)
	return int(i), ok
}

// Category returns the category with an id, or nil if there is none.
func (ix *Index) Category(id int64) *Category {
	if i, ok := ix.categories[id]; ok {
		return &ix.d.Categories[i]
	}
	return nil
}

// Annotations returns the indices in Dataset.Annotations of an image's annotations, in
// the order of the file. Callers must not change the slice.
func (ix *Index) Annotations(image ID) []int32 {
	i, ok := ix.image(image)
	if !ok {
		return nil
	}
	return ix.order[ix.start[i]:ix.start[i+1]:ix.start[i+1]]
}

// Orphans returns the indices of the annotations whose image the dataset lacks. Callers
// must not change the slice.
func (ix *Index) Orphans() []int32 { return ix.order[ix.start[len(ix.start)-2]:] }
