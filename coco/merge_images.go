package coco

import (
	"bytes"
	"fmt"
	"iter"
	"path"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// imageUnion finds the images of the merged dataset.
type imageUnion struct {
	tiles    []string // of each; empty: none
	byName   map[string]int32
	noName   map[string]int32 // by id: images that have nothing else
	byPath   map[string]int32 // the first of each path
	byBase   map[string]int32 // the first of each base name that is not its name
	byFolded map[string]int32 // the first of each folded name that is not its name
	byID     map[ID]int32
	first    []place // where each was first
	// Integers are kind 0 of ids, strings are kind 1.
	firstOfKind [2]place
	hasKind     [2]bool
}

func newImageUnion() imageUnion {
	return imageUnion{byName: map[string]int32{}, noName: map[string]int32{}, byPath: map[string]int32{},
		byBase: map[string]int32{}, byFolded: map[string]int32{}, byID: map[ID]int32{}}
}

// mergeImages takes in the images of the source.
func (m *merger) mergeImages() {
	d, s := m.sources[m.source].Dataset, &m.maps[m.source]
	places := newImagePlaces(len(d.Images))
	m.imageOf[m.source] = places
	s.Images = make([]IDChange, len(d.Images))
	names := NewNames(d.Images)
	for i := range d.Images {
		img := &d.Images[i]
		here := Place{Section: SectionImages, Index: i}
		if other, twice := places.find(img.ID); twice {
			m.conflict(ImageIDDuplicate, here.Within("id"), "%s is also the id of image %s: give each its own id",
				jsonID(img.ID), wtf8.Quote(ImageName(&m.out.Images[other])))
		}
		m.kindOfID(img.ID, i)
		named := &names.images[i]
		at, known := m.images.find(named)
		if !known {
			at = m.addImage(img, named, i)
			s.NewImages++
		} else if first := m.images.first[at]; first.source == m.source {
			m.conflict(ImageNameDuplicate, here, "%s is also the name of %s: give each its own file name or member tile",
				wtf8.Quote(ImageName(img)), m.where(m.images.first[at], SectionImages))
		} else {
			m.uniteImage(img, at, here)
		}
		places.set(img.ID, int(at))
		s.Images[i] = IDChange{Old: img.ID, New: m.out.Images[at].ID}
	}
}

// kindOfID notes the first integer and the first string among the ids.
func (m *merger) kindOfID(id ID, i int) {
	u := &m.images
	kind, words := 0, "a string"
	if id.IsString() {
		kind, words = 1, "an integer"
	}
	if m.opts.RenumberImages || u.hasKind[kind] {
		return
	}
	u.hasKind[kind], u.firstOfKind[kind] = true, place{m.source, i}
	if other := u.firstOfKind[1-kind]; u.hasKind[1-kind] {
		m.conflict(ImageIDMixed, Place{SectionImages, i, "id"},
			"found %s, but %s in %s: use ids of one kind, or renumber the images", jsonID(id), words,
			m.where(other, SectionImages))
	}
}

// find finds the image that an image of a source is. Two images are one if their tiles
// are, or their paths. The extension of a path counts only in a source that has images
// which differ by it alone.
func (u *imageUnion) find(img *namedImage) (at int32, known bool) {
	if img.tile != "" {
		if at, known = u.byName[img.tile]; known {
			return at, true
		}
	}
	base := path.Base(img.stem())
	if at, known = u.byPath[img.path]; known && img.path != "" {
		switch tile := u.tiles[at]; {
		case tile == img.tile, tile == "" && img.tile == base, tile == base && img.tile == "":
			return at, true
		} // else see sameFile
	}
	at, known = u.named(img)[img.identity()]
	return at, known
}

// add adds an image that was not found.
func (u *imageUnion) add(img *namedImage) (at int32) {
	at = int32(len(u.tiles))
	u.tiles = append(u.tiles, img.tile)
	u.named(img)[img.identity()] = at
	return at
}

// Twins finds the images of the list that [Merge] takes for one, though they are two: by
// their tile, or by their path in two spellings. Each is yielded with the first of them.
func (n *Names) Twins() iter.Seq2[int, int] {
	return func(yield func(i, first int) bool) {
		u := newImageUnion()
		var places []int
		for i := range n.images {
			im := &n.images[i]
			if at, known := u.find(im); known {
				if !yield(i, places[at]) {
					return
				}
				continue
			}
			at := u.add(im)
			u.notePath(im, at)
			places = append(places, i)
		}
	}
}

// named returns the images among which an image is found by its identity. The number of
// an image is not the name of another: 12.png is not the image of id 12.
func (u *imageUnion) named(img *namedImage) map[string]int32 {
	if img.tile == "" && img.path == "" {
		return u.noName
	}
	return u.byName
}

// identity is the name by which an image is one with those of other sources.
func (im *namedImage) identity() string {
	switch {
	case im.tile != "":
		return im.tile
	case im.path == "":
		return im.id.String()
	case im.kind == byStem:
		return im.stem()
	}
	return im.path
}

// addImage adds an image that no source before has.
func (m *merger) addImage(img *Image, named *namedImage, i int) int32 {
	at, name := m.images.add(named), named.identity()
	if named.tile != "" || named.path != "" {
		m.countSameBase(img, name, at)
		m.countAlike(name, at)
	}
	m.images.first = append(m.images.first, place{m.source, i})
	m.out.Images = append(m.out.Images, *img)
	m.sameFile(img, named, i, at)
	if m.opts.RenumberImages {
		m.out.Images[at].ID = IntID(int64(at) + 1)
		return at
	}
	if other, taken := m.images.byID[img.ID]; !taken {
		m.images.byID[img.ID] = at
	} else if m.images.first[other].source != m.source { // else it is an ImageIDDuplicate
		m.conflict(ImageIDTaken, Place{SectionImages, i, "id"},
			"%s is the id of image %s here, but of %s in %s: renumber the images",
			jsonID(img.ID), wtf8.Quote(name), wtf8.Quote(ImageName(&m.out.Images[other])),
			m.where(m.images.first[other], SectionImages))
	}
	return at
}

// countSameBase counts a new image that has the base name of an image of a source
// before, and another path.
func (m *merger) countSameBase(img *Image, name string, at int32) {
	u, base := &m.images, TileID(img)
	other, known := u.byBase[base]
	if !known && base != name {
		u.byBase[base] = at
		other, known = u.byName[base]
	}
	if known && other != at && u.first[other].source != m.source {
		m.maps[m.source].SameBaseName++
	}
}

// countAlike counts a new image that has the name of an image of a source before but for
// letters' case or Unicode form.
func (m *merger) countAlike(name string, at int32) {
	u, folded := &m.images, FoldName(name)
	other, known := u.byFolded[folded]
	if !known && folded != name {
		u.byFolded[folded] = at
		other, known = u.byName[folded]
	}
	if known && u.first[other].source != m.source {
		m.maps[m.source].AlikeName++
	}
}

// notePath keeps the first image of a path; known says whether there is one already.
func (u *imageUnion) notePath(img *namedImage, at int32) (first int32, known bool) {
	if first, known = u.byPath[img.path]; !known && img.path != "" {
		u.byPath[img.path] = at
	}
	return first, known
}

// sameFile looks for an image of another source that has the path of a new one but
// another name, since only one of both has the member tile.
func (m *merger) sameFile(img *Image, named *namedImage, i int, at int32) {
	if img.FileName == "" {
		return
	}
	name := named.identity()
	other, known := m.images.notePath(named, at)
	if known && m.images.first[other].source != m.source && (named.tile == "" || m.images.tiles[other] == "") {
		m.conflict(ImageFileTaken, Place{SectionImages, i, "file_name"},
			"%s is also the file name of image %s in %s, but this is %s: give both the same member tile, or neither",
			wtf8.Quote(img.FileName), wtf8.Quote(ImageName(&m.out.Images[other])), m.where(m.images.first[other], SectionImages),
			wtf8.Quote(name))
	}
}

// uniteImage adds to an image what another source says of it.
func (m *merger) uniteImage(img *Image, at int32, here Place) {
	out := &m.out.Images[at]
	differs := func(code Code, member string, got, want any) {
		m.conflict(code, here.Within(member), "found %s, but %s in %s: make them equal for image %s", got, want,
			m.where(m.images.first[at], SectionImages), wtf8.Quote(ImageName(img)))
	}
	if !m.opts.RenumberImages && img.ID != out.ID {
		m.conflict(ImageIDDiffers, here.Within("id"), "image %s has the id %s here, but %s in %s: renumber the images",
			wtf8.Quote(ImageName(img)), jsonID(img.ID), jsonID(out.ID), m.where(m.images.first[at], SectionImages))
	}
	switch {
	case img.Missing.Has(FieldFileName):
	case out.Missing.Has(FieldFileName):
		out.FileName, out.Missing = img.FileName, out.Missing&^FieldFileName
	case cleanPath(img.FileName) != cleanPath(out.FileName): // else the first spelling stays
		differs(ImageFileDiffers, "file_name", wtf8.Quote(img.FileName), wtf8.Quote(out.FileName))
	}
	size := func(member string, field FieldSet, got int, want *int) {
		switch {
		case img.Missing.Has(field):
		case out.Missing.Has(field):
			*want, out.Missing = got, out.Missing&^field
		case got != *want:
			differs(ImageSizeDiffers, member, fmt.Sprint(got), fmt.Sprint(*want))
		}
	}
	size("height", FieldHeight, img.Height, &out.Height)
	size("width", FieldWidth, img.Width, &out.Width)
	if tile := &m.images.tiles[at]; *tile == "" {
		*tile, _ = tileName(img)
	}
	out.Extra = unite(out.Extra, img.Extra, func(key string, got, want []byte) {
		differs(ImageMemberDiffers, key, got, want)
	})
}

// unite returns all members of both. The slices are not changed.
func unite(a, b Fields, differs func(key string, got, want []byte)) Fields {
	a = a[:len(a):len(a)]
	for _, f := range b {
		switch v := a.Get(f.Key); {
		case v == nil:
			a = append(a, f)
		case !bytes.Equal(v, f.Value):
			differs(f.Key, f.Value, v)
		}
	}
	return a
}
