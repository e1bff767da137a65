package coco

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// Names says what each image of a list is called, and finds images by name. This
// is the one idea of an image's identity: plans of folds, lists of images, tables
// of tiles, merging, scores and pictures all use it.
//
// An image has up to four names:
//
//   - its tile, the id of a HuBMAP tile: the member tile, if it is a string and
//     not empty;
//   - its path without the extension: file_name with forward slashes, and without
//     elements such as "." that change nothing;
//   - its path;
//   - its id.
//
// An extension is a dot and one to five ASCII letters and digits, not all of them
// digits: .png or .jp2, but nothing of 1.2.840.1.
//
// It is called by the first of them, its full name. Where two images of the list
// would be called the same, both go on to their next names, until no two are:
// run0/a.png and run1/a.png are run0/a and run1/a, a.png beside a.tif keeps its
// extension. So no two images have one full name, unless their ids read the same
// too.
//
// [Names.Find] also takes short forms, as long as they fit one image alone: any
// of the names above, the path with or without its extension from a slash on,
// down to the base name, and last the id. A full name goes before a short form,
// and a whole path before a part of one. Letters' case counts.
//
// A path that is longer than that of the image is its name too, as paths of another
// machine are: /data/run0/a.png names run0/a.png. The name must end with the whole path
// of the image, with or without its extension. If that is a base name alone, the
// longer path must be absolute: /data/a.png names a.png, but run0/a.png does not, which
// is another image of some other list.
//
// The zero value has no images. Methods other than Add and AddName may be called
// at the same time.
type Names struct {
	images []namedImage
	named  map[string]int32   // who is called so; nobody or several
	shared map[string][]int32 // the images that would be called so, if there are two

	mu    sync.Mutex
	paths *pathIndex   // nil: not built yet
	ids   map[ID]int32 // nil: not built yet; several: of more than one image
}

const (
	nobody  = -1
	several = -2
)

// namedImage is an image and what it is called by.
type namedImage struct {
	tile, path string // empty: it has none
	id         ID
	extension  int32 // of the path: its length in bytes
	bare       bool  // known by its name alone, which is the path
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

// name is one of the names; ok says whether the image has it. A name that is
// equal to one before it does not count.
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

// full is the name that the image is called by.
func (im *namedImage) full() string {
	name, _ := im.name(im.kind)
	return name
}

// last says whether there is no next name.
func (im *namedImage) last() bool { return im.kind == byID || im.bare }

// numbered says whether the image is called by its id though it has a path: another
// image of the list has the same.
func (im *namedImage) numbered() bool { return im.kind == byID && im.path != "" }

// next goes on to the next name.
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

// Add appends an image to the list. Of the image only the names are kept. Images
// that are in the list may be called otherwise than before.
func (n *Names) Add(img *Image) {
	im := namedImage{path: cleanPath(img.FileName), id: img.ID}
	im.tile, _ = tileName(img)
	im.extension = int32(extension(im.path))
	n.add(im)
}

// AddName appends an image of which nothing but a name is known, as of a row of a
// table. The name is its full name and has no extension: "b.c" may be the image b.c.png.
// Like a path, it is cleaned: the image of .\x\a is called x/a.
func (n *Names) AddName(name string) { n.add(namedImage{path: cleanPath(name), bare: true}) }

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

// call calls an image by the first of its names, from the one it has got to, that
// no other image would be called by. Whoever is called so goes on as well, unless
// it has no other name left.
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
			holder = n.named[name] // as before, if its id reads the same
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

// Len returns the number of images.
func (n *Names) Len() int { return len(n.images) }

// Name returns the full name of image i.
func (n *Names) Name(i int) string { return n.images[i].full() }

// ByID reports whether the full name of image i is its id: it has no other name, or
// only names that other images of the list have too. Such a name says nothing to a
// reader of another file, where the id may be that of another image.
func (n *Names) ByID(i int) bool { return n.images[i].kind == byID }

// Tile returns the tile of image i; empty: it has none.
func (n *Names) Tile(i int) string { return n.images[i].tile }

// Path returns the path of image i; empty: it has none. Two images of equal paths have
// one file, whichever way their file names are written.
func (n *Names) Path(i int) string { return n.images[i].path }

// Find finds the image of a name, a short form or a longer path, and else that of an
// id. The error is an [*AmbiguousNameError] if several images have it, or an
// [*UnknownNameError].
func (n *Names) Find(name string) (i int, err error) {
	if i, err = n.FindName(name); i >= 0 {
		return i, nil
	}
	if _, ok := err.(*AmbiguousNameError); ok {
		return i, err
	}
	return n.FindID(name)
}

// FindName finds as [Names.Find] does, but not by id: for names out of another
// file, whose numbers say nothing of the ids of these images.
func (n *Names) FindName(name string) (i int, err error) {
	k, lists := n.find(name)
	if k < 0 && lists == nil {
		k, lists, _ = n.findLonger(cleanPath(name))
	}
	switch {
	case k >= 0:
		return int(k), nil
	case lists == nil:
		return nobody, &UnknownNameError{Name: name}
	}
	return nobody, n.ambiguous(name, lists...)
}

// FindID finds by id alone: 12 is the image of id 12 or "12". The error is as of
// [Names.Find].
func (n *Names) FindID(text string) (i int, err error) {
	var found []int32
	for _, id := range idsOf(text) {
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
		return nobody, &UnknownNameError{Name: text}
	case 1:
		return int(found[0]), nil
	}
	return nobody, n.ambiguous(text, found)
}

// find finds the image of a name or a short form, or the images if there are several.
func (n *Names) find(name string) (i int32, lists [][]int32) {
	clean := cleanPath(name)
	for _, full := range [2]string{name, clean} {
		switch k, ok := n.named[full]; {
		case !ok:
		case k >= 0:
			return k, nil
		case k == several:
			return nobody, [][]int32{n.sharing(full, true)}
		default:
			return nobody, [][]int32{n.shared[full]}
		}
	}
	if clean == "" {
		return nobody, nil
	}
	whole, trailing := n.ofPath(clean)
	if i, found := onlyOne(whole); found {
		return i, whole
	}
	if i, found := onlyOne(trailing); found {
		return i, trailing
	}
	return nobody, nil
}

// findLonger finds the image of a path that is longer than its own. end is the end of
// the path that is the image's, the longest one that is an image's at all.
func (n *Names) findLonger(clean string) (i int32, lists [][]int32, end string) {
	absolute := isAbsolute(clean)
	_, end, cut := strings.Cut(clean, "/")
	for ; cut && (absolute || strings.Contains(end, "/")); _, end, cut = strings.Cut(end, "/") {
		if end == "" {
			continue
		}
		if k, ok := n.named[end]; ok && k >= 0 && !n.ByID(int(k)) {
			return k, nil, end
		}
		called := slices.DeleteFunc(n.sharing(end, true), func(k int32) bool { return n.ByID(int(k)) })
		for _, list := range [2][]int32{called, n.sharing(end, false)} {
			if i, found := onlyOne([][]int32{list}); found {
				return i, [][]int32{list}, end
			}
		}
		whole, _ := n.ofPath(end)
		if i, found := onlyOne(whole); found {
			return i, whole, end
		}
	}
	return nobody, nil, ""
}

// sharing returns those of the images that would all have one name which are called by
// it, or the others.
func (n *Names) sharing(name string, called bool) []int32 {
	var list []int32
	for _, k := range n.shared[name] {
		if (n.images[k].full() == name) == called {
			list = append(list, k)
		}
	}
	return list
}

// ofPath returns the images whose path, with or without the extension, a path is, and
// those whose path it is an end of.
func (n *Names) ofPath(clean string) (whole, trailing [][]int32) {
	whole, trailing = n.endings(clean)
	if k, ok := n.named[clean[:len(clean)-extension(clean)]]; ok && k >= 0 && n.images[k].path == clean {
		whole = append(whole, []int32{k})
	}
	return whole, trailing
}

// isAbsolute reports whether a clean path begins at the root or with a drive.
func isAbsolute(clean string) bool {
	drive := len(clean) > 2 && clean[1] == ':' && clean[2] == '/' && (clean[0]|0x20 >= 'a' && clean[0]|0x20 <= 'z')
	return drive || strings.HasPrefix(clean, "/")
}

// onlyOne returns the image that all lists are of, or nobody if there are two;
// found says whether there are any. No list has an image twice.
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

// forms gives the full name, then the others and their parts at slashes.
func (im *namedImage) forms() iter.Seq[string] {
	return func(yield func(string) bool) {
		full := im.full()
		if !im.numbered() && !yield(full) || im.tile != "" && im.tile != full && !yield(im.tile) {
			return
		}
		for file := im.path; file != ""; {
			stem := file[:max(len(file)-int(im.extension), 0)]
			if stem != full && !yield(stem) || im.extension > 0 && file != full && !yield(file) {
				return
			}
			_, file, _ = strings.Cut(file, "/")
		}
	}
}

// Match finds image i in another list: by its full name, or by that of the other
// image where one of both is a short form of the other, or a longer path. Paths that
// differ by their folders are different images. The error is as of [Names.FindName].
func (n *Names) Match(i int, other *Names) (j int, err error) {
	im := &n.images[i]
	name := im.full()
	if im.numbered() {
		name = im.path
	}
	k, lists := other.findForeign(name, im)
	if k >= 0 {
		o := &other.images[k]
		back, _ := n.findForeign(o.full(), o)
		if o.bare && !im.bare && back < 0 { // it is longer, which not every path may be
			if back, _, _ = n.findLonger(o.path); back < 0 {
				return nobody, &UnknownNameError{Name: im.full()}
			}
		}
		if back < 0 || int(back) == i {
			return int(k), nil
		}
		return nobody, &UnknownNameError{Name: im.full()}
	}
	if lists != nil {
		return nobody, other.ambiguous(name, lists...)
	}
	if im.bare {
		return n.matchLonger(i, other)
	}
	for form := range im.forms() {
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

// matchLonger finds image i, of which nothing but a name is known, where the name is a
// longer path than that of the image in another list.
func (n *Names) matchLonger(i int, other *Names) (j int, err error) {
	name := n.images[i].path
	k, lists, end := other.findLonger(name)
	switch {
	case k < 0 && lists != nil:
		return nobody, other.ambiguous(name, lists...)
	case k >= 0 && !other.images[k].numbered():
		switch back, lists := n.findForeign(end, &other.images[k]); {
		case int(back) == i:
			return int(k), nil
		case back < 0 && lists != nil:
			return nobody, n.ambiguous(end, lists...)
		}
	}
	return nobody, &UnknownNameError{Name: name}
}

// findForeign finds the name of an image of another list, or else its path: a.png
// may stand beside a.tif in one of both alone. Another tile is another image.
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
	Candidates []string // the full names of the first of them
	Count      int      // how many there are
}

// Error lists the candidates.
func (e *AmbiguousNameError) Error() string {
	text := ""
	for i, name := range e.Candidates {
		switch i {
		case 0:
		case e.Count - 1:
			text += " and "
		default:
			text += ", "
		}
		text += wtf8.Quote(name)
	}
	if more := e.Count - len(e.Candidates); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%s fits %s: use one of these names", wtf8.Quote(e.Name), text)
}

// UnknownNameError is returned for a name that no image has.
type UnknownNameError struct{ Name string }

// Error says so.
func (e *UnknownNameError) Error() string { return fmt.Sprintf("no image %s", wtf8.Quote(e.Name)) }

// mostCandidates is how many candidates an error lists.
const mostCandidates = 5

// ambiguous lists the images that a name may be of.
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
