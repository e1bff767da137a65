package slide

// layered is the share of the smaller of two instances of one tile from which on they lie
// on top of each other: they are not parts of one instance that the tile cuts.
const layered = 0.1

// groups are the instances united so far, by their roots and tiles.
type groups struct {
	s      *stitcher
	parts  map[int32][]int32  // of a root with several
	inTile map[at][]int32     // parts that share a box with others of their tile
	beside map[int32]struct{} // such instances
}

type at struct{ root, tile int32 }

func newGroups(s *stitcher) *groups {
	g := &groups{s: s, parts: map[int32][]int32{}, inTile: map[at][]int32{}, beside: map[int32]struct{}{}}
	for i, root := range s.parent {
		if root != int32(i) {
			if len(g.parts[root]) == 0 {
				g.parts[root] = []int32{root}
			}
			g.parts[root] = append(g.parts[root], int32(i))
		}
	}
	joined := map[int32]bool{}
	for _, j := range s.joins {
		joined[int32(s.instances[j.a].Tile)], joined[int32(s.instances[j.b].Tile)] = true, true
	}
	for tile, list := range s.byTile {
		if joined[int32(tile)] {
			g.findBeside(list)
		}
	}
	for i := range g.beside {
		k := at{s.parent[i], int32(s.instances[i].Tile)}
		g.inTile[k] = append(g.inTile[k], i)
	}
	return g
}

// findBeside finds the instances of a tile whose boxes share pixels with others.
func (g *groups) findBeside(list []int32) {
	s := g.s
	s.boxes = s.boxes[:0]
	for _, i := range list {
		s.boxes = append(s.boxes, pixelBox(s.instances[i].Region))
	}
	s.index.Reset(s.boxes)
	for k := range list {
		s.index.Add(k)
	}
	for k, i := range list {
		if s.index.MeetsOther(k) {
			g.beside[i] = struct{}{}
		}
	}
}

// join unites the groups of two roots. It reports false if two of their parts lie on top
// of each other on one tile.
func (g *groups) join(a, b int32) bool {
	if a == b {
		return true
	}
	p, q := g.of(a), g.of(b)
	if len(p) < len(q) {
		a, b, q = b, a, p
	}
	for _, i := range q {
		if _, ok := g.beside[i]; !ok {
			continue
		}
		for _, k := range g.inTile[at{a, int32(g.s.instances[i].Tile)}] {
			if g.layered(i, k) {
				return false
			}
		}
	}
	for _, i := range q {
		if _, ok := g.beside[i]; ok {
			from, to := at{b, int32(g.s.instances[i].Tile)}, at{a, int32(g.s.instances[i].Tile)}
			g.inTile[to] = append(g.inTile[to], g.inTile[from]...)
			delete(g.inTile, from)
		}
	}
	if len(g.parts[a]) == 0 {
		g.parts[a] = []int32{a}
	}
	g.parts[a] = append(g.parts[a], q...)
	delete(g.parts, b)
	g.s.parent[b] = a
	return true
}

// of returns the instances of a root.
func (g *groups) of(root int32) []int32 {
	if list := g.parts[root]; len(list) > 0 {
		return list
	}
	return []int32{root}
}

func (g *groups) layered(i, k int32) bool {
	p, q := g.s.instances[i].Region, g.s.instances[k].Region
	shared := Shared(p, q)
	return shared > 0 && float64(shared) > layered*float64(min(p.Area(), q.Area()))
}
