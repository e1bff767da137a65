package coco

import (
	"math/bits"
	"strconv"
)

// files compares the images with their files.
func (v *validator) files(f *findings) {
	if v.o.Files == nil {
		return
	}
	sums := map[string]int{}
	for i := range min(len(v.d.Images), len(v.o.Files)) {
		img, file := &v.d.Images[i], &v.o.Files[i]
		f.image = i
		at := recordPath(sectionImages, i)
		switch {
		case img.FileName == "":
			continue
		case file.Missing:
			f.add(ImageFileMissing, at+".file_name", "%q is not in the folder of images", img.FileName)
			continue
		case file.Err != nil:
			f.add(ImageFileUnreadable, at+".file_name", "%q: %v", img.FileName, file.Err)
			continue
		}
		if file.Unread != nil {
			f.add(ImageFileUnread, at+".file_name", "%q: %v", img.FileName, file.Unread)
		}
		if file.Deep {
			f.add(ImageFileDepth, at+".file_name", "%q has 16 bits a channel; want 8", img.FileName)
		}
		if file.Clear {
			f.add(ImageFileAlpha, at+".file_name", "%q has pixels that are not opaque", img.FileName)
		}
		if file.Width > 0 && sized(img) && (file.Height != img.Height || file.Width != img.Width) {
			f.add(ImageFileSize, at, "height and width are %d and %d, but %q has %d and %d", img.Height, img.Width, img.FileName, file.Height, file.Width)
		}
		if file.Sum != "" {
			if first, ok := sums[file.Sum]; !ok {
				sums[file.Sum] = i
			} else if other := v.d.Images[first].FileName; other != img.FileName {
				f.add(ImageContentDuplicate, at+".file_name", "%q has the bytes of images[%d]'s file, %q", img.FileName, first, other)
				continue
			}
		}
		if first, bits := v.nearest(i); first >= 0 {
			f.add(ImageContentNear, at+".file_name", "%q shows nearly what images[%d]'s file does, %q: their hashes differ in %d of 256 bits", img.FileName, first, v.d.Images[first].FileName, bits)
		}
	}
	f.image = -1
}

// nearest returns the first image before i whose picture is near that of i, -1
// if there is none.
func (v *validator) nearest(i int) (first, distance int) {
	h := v.o.Files[i].Hash
	if h == ([4]uint64{}) {
		return -1, 0
	}
	for k := range i {
		o := &v.o.Files[k].Hash
		n := bits.OnesCount64(h[0]^o[0]) + bits.OnesCount64(h[1]^o[1]) + bits.OnesCount64(h[2]^o[2]) + bits.OnesCount64(h[3]^o[3])
		if n <= v.o.NearHash && *o != ([4]uint64{}) && v.d.Images[k].FileName != v.d.Images[i].FileName {
			return k, n
		}
	}
	return -1, 0
}

// tiles compares the images with the tiles' table.
func (v *validator) tiles(f *findings) {
	if v.o.Tile == nil {
		return
	}
	places := make([]TilePlace, len(v.d.Images))
	known := make([]bool, len(v.d.Images))
	tiers := map[int]int{}
	names := NewNames(v.d.Images)
	for i := range v.d.Images {
		for form := range names.Forms(i) {
			if places[i], known[i] = v.o.Tile(form); known[i] {
				tiers[places[i].Dataset]++
				break
			}
		}
	}
	most := 0
	for tier, n := range tiers {
		if n > tiers[most] || n == tiers[most] && tier < most {
			most = tier
		}
	}
	for i := range v.d.Images {
		img := &v.d.Images[i]
		f.image = i
		at := recordPath(sectionImages, i)
		if !known[i] {
			f.add(TileUnknown, at, "the table has no tile %q", names.Name(i))
			continue
		}
		for _, m := range []struct {
			key  string
			want int
		}{{"dataset", places[i].Dataset}, {"source_wsi", places[i].WSI}, {"i", places[i].I}, {"j", places[i].J}} {
			if got := img.Extra.Get(m.key); got != nil && string(got) != strconv.Itoa(m.want) {
				f.add(TileDiffers, at+"."+m.key, "found %s, but the table says %d of tile %q", got, m.want, names.Name(i))
			}
		}
		if places[i].Dataset != most {
			f.add(TileTier, at, "tile %q is of dataset %d, most of the file are of dataset %d", names.Name(i), places[i].Dataset, most)
		}
	}
	f.image = -1
}
