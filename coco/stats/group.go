package stats

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Key names a group of tiles. By is the property by which tiles are grouped, such as
// wsi; Name is its value. The zero Key is that of all tiles.
type Key struct{ By, Name string }

// Compare orders keys by By, then by Name. Numbers are ordered by size and come before
// words.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.By, o.By), compareNames(k.Name, o.Name))
}

func compareNames(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil && x != y:
		return cmp.Compare(x, y)
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// Group holds the measurements of a group of tiles, or of the instances of a class.
type Group struct {
	Tiles     int
	Empty     int // tiles without an instance; for a class: without one of the class
	Instances int
	Crowds    int // annotations with iscrowd, which are not measured
	values    [NumMeasures]Values
}

// Values returns the values of a measure. There are none of [Covered] if it is not known
// for any tile with an instance, as in sets of boxes: the tiles without one would say 0.
func (g *Group) Values(m Measure) *Values {
	if m == Covered && g.Empty < g.Tiles && g.values[m].N() <= g.Empty {
		return &Values{}
	}
	return &g.values[m]
}

// add adds a tile with all of its instances.
func (g *Group) add(t *Tile) {
	g.addTile(len(t.Instances), t.Covered)
	g.Crowds += t.Crowds
	for i := range t.Instances {
		g.addInstance(&t.Instances[i])
	}
}

// addTile adds the measures of a tile: its number of instances in the group, and the
// share of the tile that they cover.
func (g *Group) addTile(instances int, covered float64) {
	g.Tiles++
	if instances == 0 {
		g.Empty++
	}
	g.Instances += instances
	g.values[Instances].Add(float64(instances))
	g.values[Covered].Add(covered)
}

func (g *Group) addInstance(in *Instance) {
	for m, v := range in.values {
		g.values[m].Add(v)
	}
}

func (g *Group) merge(o *Group) {
	g.Tiles += o.Tiles
	g.Empty += o.Empty
	g.Instances += o.Instances
	g.Crowds += o.Crowds
	for m := range g.values {
		g.values[m].Merge(&o.values[m])
	}
}

// A Collector adds measured tiles to their groups. The zero Collector is empty and
// ready for use. A Collector must not be used by several goroutines at the same time:
// give each its own, and merge them.
type Collector struct {
	all     Group
	groups  map[Key]*Group
	classes map[int64]*Group
}

// Add adds a tile to the group of all tiles and to the groups of the keys, which must
// differ. It adds the tile's instances to the groups of their classes.
func (c *Collector) Add(t *Tile, keys ...Key) {
	c.all.add(t)
	for _, k := range keys {
		c.group(k).add(t)
	}
	for i := range t.classes {
		k := &t.classes[i]
		c.class(k.category).addTile(k.instances, k.covered)
	}
	for i := range t.Instances {
		c.class(t.Instances[i].Category).addInstance(&t.Instances[i])
	}
}

// Merge adds the contents of another collector, which does not change.
func (c *Collector) Merge(o *Collector) {
	c.all.merge(&o.all)
	for k, g := range o.groups {
		c.group(k).merge(g)
	}
	for id, g := range o.classes {
		c.class(id).merge(g)
	}
}

// group returns the group of a key. It creates the group if there is none.
func (c *Collector) group(k Key) *Group {
	if k == (Key{}) {
		return &c.all
	}
	g := c.groups[k]
	if g == nil {
		if c.groups == nil {
			c.groups = map[Key]*Group{}
		}
		g = &Group{}
		c.groups[k] = g
	}
	return g
}

func (c *Collector) class(id int64) *Group {
	g := c.classes[id]
	if g == nil {
		if c.classes == nil {
			c.classes = map[int64]*Group{}
		}
		g = &Group{}
		c.classes[id] = g
	}
	return g
}

// Keys returns the keys of the groups in order, without that of all tiles.
func (c *Collector) Keys() []Key { return slices.SortedFunc(maps.Keys(c.groups), Key.Compare) }

// Group returns the group of a key, or a group without tiles if there is none.
func (c *Collector) Group(k Key) *Group {
	if k == (Key{}) {
		return &c.all
	}
	if g := c.groups[k]; g != nil {
		return g
	}
	return &Group{}
}

// Classes returns the ids of the classes that have instances, in ascending order.
func (c *Collector) Classes() []int64 { return slices.Sorted(maps.Keys(c.classes)) }

// Class returns the group of the instances of a class. It counts all tiles: a tile
// without an instance of the class counts as empty, with 0 instances and nothing
// covered.
func (c *Collector) Class(id int64) *Group {
	g := &Group{}
	if had := c.classes[id]; had != nil {
		g.merge(had)
	}
	without := c.all.Tiles - g.Tiles
	g.Tiles += without
	g.Empty += without
	g.values[Instances].addTimes(0, without)
	g.values[Covered].addTimes(0, without)
	return g
}
