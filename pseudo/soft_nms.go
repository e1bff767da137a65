package pseudo

// softBox is a box in soft-NMS, with its current score.
type softBox struct {
	box   Corners
	score float64
	at    int32 // index in the boxes of the label
	index int32 // in the list
}

// softNMS fuses the boxes of one label, which are in the order of the list. It
// repeatedly selects the best remaining box. Among equal scores it selects the
// first in the order left by the previous exchanges, as ensemble-boxes does.
func (f *BoxFuser) softNMS(boxes []candidate, shapes Shapes) {
	list := f.soft[:0]
	for i := range boxes {
		b := &boxes[i]
		list = append(list, softBox{b.box, b.score, int32(i), b.index})
	}
	f.soft = list
	f.near.reset(boxes, shapes)
	place := f.assigned[:0] // of each box in list
	for i := range list {
		place = append(place, int32(i))
		f.near.add(i)
	}
	f.assigned = place
	f.best.reset(list)
	for i := range list {
		best := f.best.winner()
		list[i], list[best] = list[best], list[i]
		place[list[i].at], place[list[best].at] = int32(i), int32(best)
		f.best.update(list, best)
		f.best.remove(list, i)
		top := &list[i]
		for _, at := range f.near.of(int(top.at)) {
			j := int(place[at])
			if j <= i {
				continue
			}
			b := &list[j]
			var v float64
			if shapes != nil {
				v = shapes.IoU(int(b.index), int(top.index))
			} else {
				v = iou(&top.box, &b.box)
			}
			switch {
			case f.opts.Decay == Gaussian:
				if v > 0 { // otherwise the factor is 1
					b.score = exp(-float64(v*v)/f.opts.Sigma) * b.score
					f.best.update(list, j)
				}
			case v > f.opts.IoU:
				b.score = (1 - v) * b.score
				f.best.update(list, j)
			}
		}
	}
	label := f.labels[boxes[0].label]
	for i := range list {
		if b := &list[i]; b.score > f.opts.MinScore {
			at := len(f.members)
			f.members = append(f.members, b.index)
			f.clusters = append(f.clusters, Cluster{Label: label, Score: b.score, Box: b.box, Members: f.members[at : at+1 : at+1]})
		}
	}
}

// A tournament knows the first of the best of a list of boxes. Its nodes are a binary tree,
// with the children of node n at 2n and 2n+1: each holds the winner of its boxes.
type tournament struct {
	nodes  []int32 // -1: none of the boxes is left
	leaves int
}

// reset starts with all boxes of a list.
func (t *tournament) reset(list []softBox) {
	t.leaves = 1
	for t.leaves < len(list) {
		t.leaves *= 2
	}
	t.nodes = t.nodes[:0]
	for range 2 * t.leaves {
		t.nodes = append(t.nodes, -1)
	}
	for i := range list {
		t.nodes[t.leaves+i] = int32(i)
	}
	for n := t.leaves - 1; n > 0; n-- {
		t.nodes[n] = t.better(list, n)
	}
}

// winner returns the place of the first of the best boxes.
func (t *tournament) winner() int { return int(t.nodes[1]) }

// update takes notice of another score at a place.
func (t *tournament) update(list []softBox, at int) {
	for n := (t.leaves + at) / 2; n > 0; n /= 2 {
		t.nodes[n] = t.better(list, n)
	}
}

// remove leaves a place out.
func (t *tournament) remove(list []softBox, at int) {
	t.nodes[t.leaves+at] = -1
	t.update(list, at)
}

// better returns the winner of the children of a node.
func (t *tournament) better(list []softBox, n int) int32 {
	a, b := t.nodes[2*n], t.nodes[2*n+1]
	if a < 0 || b >= 0 && list[b].score > list[a].score {
		return b
	}
	return a
}
