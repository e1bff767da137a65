package check

import (
	"strconv"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// Origin describes an image by what a table of images says.
type Origin struct {
	// Subset is the part of the images that it belongs to, such as a tier of review. All
	// images of a dataset should belong to the same subset.
	Subset int
	// Members are the expected values of the image's own members, if it has them.
	Members []OriginMember
}

// OriginMember is the name and value of a member of an image.
type OriginMember struct {
	Name  string
	Value int
}

// origins compares the images with their origins.
func (v *validator) origins(f *findings) {
	if v.o.Origin == nil {
		return
	}
	known, errs := make([]*Origin, len(v.d.Images)), make([]error, len(v.d.Images))
	subsets := map[int]int{}
	for i := range v.d.Images {
		o, err := v.o.Origin(i)
		if errs[i] = err; err == nil {
			known[i] = &o
			subsets[o.Subset]++
		}
	}
	most := 0
	for subset, n := range subsets {
		if n > subsets[most] || n == subsets[most] && subset < most {
			most = subset
		}
	}
	for i, o := range known {
		img := &v.d.Images[i]
		f.image = i
		at := imageAt(i)
		if o == nil {
			f.add(TileUnknown, at, "the table has %v", errs[i])
			continue
		}
		for _, m := range o.Members {
			if got := img.Extra.Get(m.Name); got != nil && string(got) != strconv.Itoa(m.Value) {
				f.add(TileDiffers, at.Within(m.Name), "found %s, but the table says %d for tile %s", got, m.Value, wtf8.Quote(v.called.of(i)))
			}
		}
		if o.Subset != most {
			f.add(TileTier, at, "tile %s is in dataset %d, but most tiles of the file are in dataset %d", wtf8.Quote(v.called.of(i)), o.Subset, most)
		}
	}
	f.image = -1
}
