package pseudo

// softBox is a box in soft-NMS, with its current score.
type softBox struct {
	box   Corners
	area  float64
	score float64
	index int32
}

// softNMS fuses the boxes of one label, which are in the order of the list. It
// repeatedly selects the best remaining box. Among equal scores it selects the
// first in the order left by the previous exchanges, as ensemble-boxes does.
func (f *BoxFuser) softNMS(boxes []candidate, overlap func(i, j int) float64) {
	list := f.soft[:0]
	for i := range boxes {
		b := &boxes[i]
		list = append(list, softBox{b.box, area(&b.box), b.score, b.index})
	}
	f.soft = list
	for i := range list {
		best := i
		for j := i + 1; j < len(list); j++ {
			if list[j].score > list[best].score {
				best = j
			}
		}
		list[i], list[best] = list[best], list[i]
		top := &list[i]
		for j := i + 1; j < len(list); j++ {
			b := &list[j]
			var v float64
			if overlap != nil {
				v = overlap(int(b.index), int(top.index))
			} else {
				v = iou(&top.box, &b.box)
			}
			switch {
			case f.opts.Decay == Gaussian:
				if v > 0 { // otherwise the factor is 1
					b.score = exp(-float64(v*v)/f.opts.Sigma) * b.score
				}
			case v > f.opts.IoU:
				b.score = (1 - v) * b.score
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
