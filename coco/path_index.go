package coco

import (
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// pathIndex finds the images of a list by parts of their paths. Images whose path
// has no folder are left out, unless they have a tile of another name: all others
// are found by what they are called.
type pathIndex struct {
	images []namedImage
	group  map[string]int32 // of a base name without extension
	// The images of group g are order[start[g]:start[g+1]], once they are asked
	// for in the order of their paths read from the end, so that those with one
	// ending stand together.
	start  []int32
	order  []int32
	sorted []bool
}

// newPathIndex groups images by base name.
func newPathIndex(images []namedImage) *pathIndex {
	ix := &pathIndex{images: images, group: map[string]int32{}}
	var in, of []int32 // the images, and the group of each
	for i := range images {
		im := &images[i]
		if !strings.Contains(im.path, "/") && (im.path == "" || im.tile == "" || im.tile == im.stem()) {
			continue
		}
		base := path.Base(im.stem())
		g, ok := ix.group[base]
		if !ok {
			g = int32(len(ix.group))
			ix.group[base] = g
		}
		in, of = append(in, int32(i)), append(of, g)
	}
	ix.start, ix.sorted = make([]int32, len(ix.group)+1), make([]bool, len(ix.group))
	for _, g := range of {
		ix.start[g+1]++
	}
	for g := range ix.sorted {
		ix.start[g+1] += ix.start[g]
	}
	ix.order = make([]int32, len(in))
	next := slices.Clone(ix.start)
	for k, g := range of {
		ix.order[next[g]] = in[k]
		next[g]++
	}
	return ix
}

// endings returns the images whose path, or path without extension, is end or
// ends with it at a slash. Those of which it is the whole stand in whole too.
func (n *Names) endings(end string) (whole, trailing [][]int32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.paths == nil {
		n.paths = newPathIndex(n.images)
	}
	ix := n.paths
	if len(ix.order) == 0 {
		return nil, nil
	}
	take := func(list []int32, of func(im *namedImage) string) {
		k := sort.Search(len(list), func(k int) bool { return len(of(&ix.images[list[k]])) > len(end) })
		whole, trailing = append(whole, list[:k]), append(trailing, list)
	}
	take(ix.trailing(end), (*namedImage).stem)
	if suffix := extension(end); suffix > 0 {
		list := ix.trailing(end[:len(end)-suffix])
		if slices.ContainsFunc(list, func(i int32) bool { return !ix.images[i].has(end) }) {
			list = slices.DeleteFunc(slices.Clone(list), func(i int32) bool { return !ix.images[i].has(end) })
		}
		take(list, func(im *namedImage) string { return im.path })
	}
	return whole, trailing
}

// has says whether an image's path ends with end, which does so but for its extension.
func (im *namedImage) has(end string) bool {
	return im.extension > 0 && int(im.extension) == extension(end) && strings.HasSuffix(im.path, end)
}

// trailing returns the images whose path without extension is end, or ends with it
// at a slash: the whole ones first.
func (ix *pathIndex) trailing(end string) []int32 {
	g, ok := ix.group[path.Base(end)]
	if !ok {
		return nil
	}
	list := ix.order[ix.start[g]:ix.start[g+1]]
	of := func(i int32) string { return ix.images[i].stem() }
	if !ix.sorted[g] {
		slices.SortFunc(list, func(i, j int32) int { return compareBackward(of(i), of(j)) })
		ix.sorted[g] = true
	}
	from := sort.Search(len(list), func(k int) bool { return compareBackward(of(list[k]), end) >= 0 })
	list = list[from:]
	return list[:sort.Search(len(list), func(k int) bool { return !endsAtSlash(of(list[k]), end) })]
}

// compareBackward compares two paths from the end. A slash goes before all other
// bytes, and the beginning of a path before the slash.
func compareBackward(a, b string) int {
	for k := 1; k <= len(a) && k <= len(b); k++ {
		x, y := a[len(a)-k], b[len(b)-k]
		switch {
		case x == y:
		case x == '/':
			return -1
		case y == '/':
			return 1
		default:
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// endsAtSlash says whether a path is end, or ends with it at a slash.
func endsAtSlash(path, end string) bool {
	return strings.HasSuffix(path, end) && (len(path) == len(end) || path[len(path)-len(end)-1] == '/')
}

// idsOf returns the ids that read as text.
func idsOf(text string) []ID {
	ids := []ID{StringID(text)}
	if v, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(v, 10) == text {
		ids = append(ids, IntID(v))
	}
	return ids
}
