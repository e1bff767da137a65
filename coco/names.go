package coco

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
)

// Names gives each image of a list its name, and finds images by name. Fold plans,
// lists of images, tables of tiles, merging, scores and pictures all identify images
// by it.
//
// An image has up to four names:
//
//   - its tile, the id of a HuBMAP tile: the member tile, if that is a non-empty
//     string;
//   - its path without the extension: file_name with forward slashes;
//   - its path;
//   - its id.
//
// The first of them is its full name. If two images of the list would have the same
// full name, both move on to their next name until all differ: run0/a.png and
// run1/a.png are run0/a and run1/a, and a.png keeps its extension next to a.tif. So no
// two images have the same full name, unless their ids read the same too.
//
// [Names.Find] also accepts short forms that fit only one image: any of the names
// above, the end of the path after a slash, with or without the extension, down to the
// base name, and last the id. A full name takes precedence over a short form, and a
// whole path over a part of one. Names are case-sensitive.
//
// The zero value has no images. Methods other than Add and AddName are safe for
// concurrent use.
type Names struct {
	images []namedImage
	named  map[string]int32   // the image of each name; nobody or several
	shared map[string][]int32 // the images that would have a name, if there are two or more

	mu    sync.Mutex
	paths *pathIndex   // nil: not built yet
	ids   map[ID]int32 // nil: not built yet; several: more than one image has the id
}

const (
	nobody  = -1
	several = -2
)

// namedImage holds the names of an image.
type namedImage struct {
	tile, path string // empty: none
	id         ID
	extension  int32 // length of the path's extension in bytes
	bare       bool  // only its name is known, which is the path
	kind       nameKind
}

// nameKind is one of the names of an image, in their order.
type nameKind uint8

const (
	byTile nameKind = iota
	byStem
	byPath
	byID
)

func (im *namedImage) stem() string { return im.path[:len(im.path)-int(im.extension)] }

// name returns one of the names; ok reports whether the image has it. A name that is
// equal to an earlier one does not count.
func (im *namedImage) name(kind nameKind) (name string, ok bool) {
	switch kind {
	case byTile:
		return im.tile, im.tile != ""
	case byStem:
		name = im.stem()
		return name, im.path != "" && name != im.tile || im.bare
	case byPath:
		return im.path, im.extension > 0 && im.path != im.tile
	}
	return im.id.String(), !im.bare
}

// full returns the full name of the image.
func (im *namedImage) full() string {
	name, _ := im.name(im.kind)
	return name
}

// last reports whether there is no next name.
func (im *namedImage) last() bool { return im.kind == byID || im.bare }

// numbered reports whether the full name is the id although the image has a path,
// because another image of the list has the same path.
func (im *namedImage) numbered() bool { return im.kind == byID && im.path != "" }

// next moves on to the next name.
func (im *namedImage) next() {
	for im.kind++; ; im.kind++ {
		if _, ok := im.name(im.kind); ok {
			return
		}
	}
}

// NewNames returns the names of images.
func NewNames(images []Image) *Names {
	n := &Names{images: make([]namedImage, 0, len(images)), named: make(map[string]int32, len(images))}
	for i := range images {
		n.Add(&images[i])
	}
	return n
}

// Add appends an image to the list. It keeps only the names of the image. It may
// change the full names of images that are already in the list.
func (n *Names) Add(img *Image) {
	im := namedImage{path: cleanPath(img.FileName), id: img.ID}
	im.tile, _ = tileName(img)
	im.extension = int32(extension(im.path))
	n.add(im)
}

// AddName appends an image of which only a name is known, such as a line of a plan or
// a row of a table. The name is its full name, has no extension, and never changes.
func (n *Names) AddName(name string) { n.add(namedImage{path: name, bare: true}) }

func (n *Names) add(im namedImage) {
	if _, ok := im.name(byTile); !ok {
		im.next()
	}
	if n.named == nil {
		n.named = map[string]int32{}
	}
	n.images = append(n.images, im)
	n.paths, n.ids = nil, nil
	n.call(int32(len(n.images)) - 1)
}

// call gives an image the first of its names, starting at the current one, that no
// other image would have. An image that already has such a name moves on as well,
// unless it has no other name left.
func (n *Names) call(i int32) {
	for {
		im := &n.images[i]
		name := im.full()
		holder, taken := n.named[name]
		if !taken {
			n.named[name] = i
			return
		}
		if n.shared == nil {
			n.shared = map[string][]int32{}
		}
		if n.shared[name] == nil {
			n.shared[name] = []int32{holder}
		}
		n.shared[name] = append(n.shared[name], i)
		if holder >= 0 && !n.images[holder].last() {
			n.named[name] = nobody
			n.images[holder].next()
			n.call(holder)
			holder = n.named[name] // unchanged if its id reads the same
		}
		if im.last() {
			if n.named[name] = several; holder == nobody {
				n.named[name] = i
			}
			return
		}
		im.next()
	}
}

// Part returns the names of the images at the given places as a new list.
func (n *Names) Part(places []int) *Names {
	part := &Names{}
	for _, i := range places {
		im := n.images[i]
		im.kind = byTile
		part.add(im)
	}
	return part
}

// Len returns the number of images.
func (n *Names) Len() int { return len(n.images) }

// Name returns the full name of image i.
func (n *Names) Name(i int) string { return n.images[i].full() }

// Find finds the image of a name or a short form. The error is an
// [*AmbiguousNameError] if several images have it, or an [*UnknownNameError].
func (n *Names) Find(name string) (i int, err error) {
	if i, err = n.FindName(name); i >= 0 {
		return i, nil
	}
	if _, ok := err.(*AmbiguousNameError); ok {
		return i, err
	}
	var found []int32
	for _, id := range idsOf(name) {
		switch k, ok := n.idIndex()[id]; {
		case ok && k == several:
			for k := range n.images {
				if n.images[k].id == id && !n.images[k].bare {
					found = append(found, int32(k))
				}
			}
		case ok:
			found = append(found, k)
		}
	}
	switch len(found) {
	case 0:
		return nobody, err
	case 1:
		return int(found[0]), nil
	}
	return nobody, n.ambiguous(name, found)
}

// FindName is like [Names.Find], but does not search ids. It is for names from another
// file, whose numbers are unrelated to the ids of these images.
func (n *Names) FindName(name string) (i int, err error) {
	k, lists := n.find(name)
	switch {
	case k >= 0:
		return int(k), nil
	case lists == nil:
		return nobody, &UnknownNameError{Name: name}
	}
	return nobody, n.ambiguous(name, lists...)
}

// find finds the image of a name, or the images if there are several.
func (n *Names) find(name string) (i int32, lists [][]int32) {
	clean := cleanPath(name)
	for _, full := range [2]string{name, clean} {
		switch k, ok := n.named[full]; {
		case !ok:
		case k >= 0:
			return k, nil
		case k == several:
			list := slices.DeleteFunc(slices.Clone(n.shared[full]), func(k int32) bool { return n.images[k].full() != full })
			return nobody, [][]int32{list}
		default:
			return nobody, [][]int32{n.shared[full]}
		}
	}
	if clean == "" {
		return nobody, nil
	}
	whole, trailing := n.endings(clean)
	if k, ok := n.named[clean[:len(clean)-extension(clean)]]; ok && k >= 0 && n.images[k].path == clean {
		whole = append(whole, []int32{k})
	}
	if i, found := onlyOne(whole); found {
		return i, whole
	}
	if i, found := onlyOne(trailing); found {
		return i, trailing
	}
	return nobody, nil
}

// onlyOne returns the only image of all lists, or nobody if there are several; found
// reports whether there are any. No list contains duplicates.
func onlyOne(lists [][]int32) (i int32, found bool) {
	i = nobody
	for _, list := range lists {
		switch {
		case len(list) == 0:
		case len(list) > 1 || found && list[0] != i:
			return nobody, true
		default:
			i, found = list[0], true
		}
	}
	return i, found
}

// Forms yields the names that a table may have for image i: its full name, then the
// unambiguous forms without extension, from the longest one to the base name. It does
// not yield the id of an image that has a path.
func (n *Names) Forms(i int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for form := range n.images[i].forms(false) {
			if k, _ := n.find(form); int(k) == i && !yield(form) {
				return
			}
		}
	}
}

// forms yields the full name, then the other names and their ends after slashes.
func (im *namedImage) forms(extensions bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		full := im.full()
		if !im.numbered() && !yield(full) || im.tile != "" && im.tile != full && !yield(im.tile) {
			return
		}
		for file := im.path; file != ""; {
			stem := file[:max(len(file)-int(im.extension), 0)]
			if stem != full && !yield(stem) || extensions && im.extension > 0 && file != full && !yield(file) {
				return
			}
			_, file, _ = strings.Cut(file, "/")
		}
	}
}

// Match finds image i in another list: by its full name, or by that of the other image
// if one of the two is a short form of the other. Paths with different folders are
// different images. The error is like that of [Names.FindName].
func (n *Names) Match(i int, other *Names) (j int, err error) {
	im := &n.images[i]
	name := im.full()
	if im.numbered() {
		name = im.path
	}
	k, lists := other.findForeign(name, im)
	if k >= 0 {
		o := &other.images[k]
		if back, _ := n.findForeign(o.full(), o); back < 0 || int(back) == i {
			return int(k), nil
		}
		return nobody, &UnknownNameError{Name: im.full()}
	}
	if lists != nil {
		return nobody, other.ambiguous(name, lists...)
	}
	for form := range im.forms(true) {
		k, ok := other.named[form]
		if !ok || k < 0 || other.images[k].numbered() {
			continue
		}
		switch back, lists := n.findForeign(form, &other.images[k]); {
		case int(back) == i:
			return int(k), nil
		case back < 0 && lists != nil:
			return nobody, n.ambiguous(form, lists...)
		}
	}
	return nobody, &UnknownNameError{Name: im.full()}
}

// findForeign finds the name of an image of another list, otherwise its path, because
// a.png may be next to a.tif in only one of the lists. A different tile means a
// different image.
func (n *Names) findForeign(name string, im *namedImage) (i int32, lists [][]int32) {
	i, lists = n.find(name)
	if i >= 0 && n.images[i].numbered() {
		i, lists = nobody, nil
	}
	if i < 0 && im.path != "" && im.path != name {
		k, _ := n.find(im.path)
		if k >= 0 && !n.images[k].numbered() && (n.images[k].tile == "" || im.tile == "" || n.images[k].tile == im.tile) {
			return k, nil
		}
	}
	return i, lists
}

// idIndex returns the images by id.
func (n *Names) idIndex() map[ID]int32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ids == nil {
		n.ids = make(map[ID]int32, len(n.images))
		for i := range n.images {
			if im := &n.images[i]; im.bare {
			} else if _, twice := n.ids[im.id]; twice {
				n.ids[im.id] = several
			} else {
				n.ids[im.id] = int32(i)
			}
		}
	}
	return n.ids
}

// AmbiguousNameError is returned for a name that several images have.
type AmbiguousNameError struct {
	Name       string
	Candidates []string // full names of the first few
	Count      int      // number of images
}

// Error lists the candidates.
func (e *AmbiguousNameError) Error() string {
	text := ""
	for i, name := range e.Candidates {
		switch i {
		case 0:
		case e.Count - 1:
			text += " or "
		default:
			text += ", "
		}
		text += fmt.Sprintf("%q", name)
	}
	if more := e.Count - len(e.Candidates); more > 0 {
		text += fmt.Sprintf(" or %d more", more)
	}
	return fmt.Sprintf("%q may be %s: give more of its path", e.Name, text)
}

// UnknownNameError is returned for a name that no image has.
type UnknownNameError struct{ Name string }

// Error names the image.
func (e *UnknownNameError) Error() string { return fmt.Sprintf("no image %q", e.Name) }

// mostCandidates is the number of candidates that an error lists.
const mostCandidates = 5

// ambiguous returns the error for a name that may be any of the listed images.
func (n *Names) ambiguous(name string, lists ...[]int32) *AmbiguousNameError {
	all := slices.Concat(lists...)
	slices.Sort(all)
	all = slices.Compact(all)
	e := &AmbiguousNameError{Name: name, Count: len(all)}
	for _, i := range all[:min(len(all), mostCandidates)] {
		e.Candidates = append(e.Candidates, n.images[i].full())
	}
	return e
}
