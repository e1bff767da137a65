package coco

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// pathIndex finds the images of a list by parts of their paths, without and with
// the extension. Images whose path has no folder are left out, unless they have
// a tile of another name: all others are found by what they are called.
type pathIndex struct{ stems, paths backward }

// pathIndex returns the index, which the first call builds.
func (n *Names) pathIndex() *pathIndex {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.paths != nil {
		return n.paths
	}
	ix := &pathIndex{
		stems: backward{of: func(i int32) string { return n.images[i].stem() }},
		paths: backward{of: func(i int32) string { return n.images[i].path }},
	}
	for i := range n.images {
		im := &n.images[i]
		if strings.Contains(im.path, "/") || im.path != "" && im.tile != "" && im.tile != im.stem() {
			ix.stems.order = append(ix.stems.order, int32(i))
		}
	}
	ix.paths.order = slices.Clone(ix.stems.order)
	ix.stems.sort()
	ix.paths.sort()
	n.paths = ix
	return ix
}

// backward is images in the order of their paths read from the end, so that those
// with one ending stand together.
type backward struct {
	of    func(i int32) string
	order []int32
}

func (b *backward) sort() {
	slices.SortStableFunc(b.order, func(i, j int32) int { return compareBackward(b.of(i), b.of(j)) })
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

// trailing returns the images whose path is end, or ends with it at a slash.
func (b *backward) trailing(end string) []int32 {
	from := sort.Search(len(b.order), func(k int) bool { return compareBackward(b.of(b.order[k]), end) >= 0 })
	rest := b.order[from:]
	return rest[:sort.Search(len(rest), func(k int) bool { return !endsAtSlash(b.of(rest[k]), end) })]
}

// whole returns the images whose path is end: they stand first.
func (b *backward) whole(end string) []int32 {
	list := b.trailing(end)
	return list[:sort.Search(len(list), func(k int) bool { return len(b.of(list[k])) > len(end) })]
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
