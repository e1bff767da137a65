package deflate

import "math/bits"

// An alphabet describes codes independently of any text.
type alphabet struct {
	size    int
	base    int     // the first code that is followed by extra bits
	extra   []uint8 // number of extra bits of each code from base on
	fixed   []uint8 // lengths of the fixed codes, nil if there are none
	longest uint8
}

// A tree is a Huffman code as zlib builds it. The order in which zlib's heap yields
// nodes selects one of several equally good codes.
type tree struct {
	*alphabet
	count  [literalCodes]uint16 // number of occurrences of each code
	parent [2*literalCodes + 1]uint16
	length [2*literalCodes + 1]uint8
	code   [literalCodes]uint16 // reversed, as written
	last   int                  // the last code that occurs

	cost, fixedCost int // size in bits of all codes and their extra bits

	heap  [literalCodes + 1]node     // from 1
	taken [2*literalCodes + 1]uint16 // nodes in the order in which they left the heap, the last first
}

// A node is a code or an inner node of the tree, as stored in the heap. From the highest
// bit on it holds its count, its depth and its number.
type node uint64

func newNode(count uint16, depth uint8, number int) node {
	return node(count)<<24 | node(depth)<<16 | node(number)
}

func (n node) count() uint16  { return uint16(n >> 24) }
func (n node) depth() uint8   { return uint8(n >> 16) }
func (n node) number() uint16 { return uint16(n) }

// before reports whether n comes before m. It does if count and depth are
// equal.
func (n node) before(m node) bool { return n>>16 <= m>>16 }

func (t *tree) reset(a *alphabet) {
	t.alphabet = a
	clear(t.count[:a.size])
	t.cost, t.fixedCost = 0, 0
}

// build computes the codes from the counts.
func (t *tree) build() {
	heap := t.heap[:1]
	t.last = -1
	for n := range t.size {
		if t.count[n] != 0 {
			heap = append(heap, newNode(t.count[n], 0, n))
			t.last = n
		} else {
			t.length[n] = 0
		}
	}
	for len(heap) < 3 { // there must be two codes
		n := 0
		if t.last < 2 {
			t.last++
			n = t.last
		}
		heap = append(heap, newNode(1, 0, n))
		t.count[n] = 1
		t.cost--
		if t.fixed != nil {
			t.fixedCost -= int(t.fixed[n])
		}
	}
	for k := (len(heap) - 1) / 2; k >= 1; k-- {
		sink(heap, k)
	}
	at := len(t.taken)
	for number := t.size; len(heap) > 2; number++ {
		n := heap[1]
		heap[1] = heap[len(heap)-1]
		heap = heap[:len(heap)-1]
		sink(heap, 1)
		m := heap[1]
		t.taken[at-1], t.taken[at-2] = n.number(), m.number()
		at -= 2
		t.parent[n.number()], t.parent[m.number()] = uint16(number), uint16(number)
		heap[1] = newNode(n.count()+m.count(), max(n.depth(), m.depth())+1, number)
		sink(heap, 1)
	}
	at--
	t.taken[at] = heap[1].number()
	counts := t.measure(t.taken[at:])
	assign(t.code[:t.last+1], t.length[:t.last+1], counts)
}

// sink moves the node at k, whose children are in order, to its place in the
// heap.
func sink(heap []node, k int) {
	v := heap[k]
	for j := 2 * k; j < len(heap); j *= 2 {
		if j+1 < len(heap) && heap[j+1].before(heap[j]) {
			j++
		}
		if v.before(heap[j]) {
			break
		}
		heap[k] = heap[j]
		k = j
	}
	heap[k] = v
}

// measure sets the length of each code and sums the cost of all. The nodes are in
// order from the root on. It returns the number of codes of each length.
func (t *tree) measure(nodes []uint16) *[maxBits + 1]uint16 {
	var counts [maxBits + 1]uint16
	over := 0
	t.length[nodes[0]] = 0
	for _, n := range nodes[1:] {
		l := t.length[t.parent[n]] + 1
		if l > t.longest {
			l = t.longest
			over++
		}
		t.length[n] = l
		if int(n) > t.last {
			continue // not a code
		}
		counts[l]++
		more := t.follow(int(n))
		t.cost += int(t.count[n]) * (int(l) + more)
		if t.fixed != nil {
			t.fixedCost += int(t.count[n]) * (int(t.fixed[n]) + more)
		}
	}
	if over == 0 {
		return &counts
	}
	for ; over > 0; over -= 2 {
		l := t.longest - 1
		for counts[l] == 0 {
			l--
		}
		counts[l]--
		counts[l+1] += 2
		counts[t.longest]--
	}
	k := len(nodes)
	for l := t.longest; l > 0; l-- {
		for n := counts[l]; n > 0; {
			k--
			m := nodes[k]
			if int(m) > t.last {
				continue
			}
			t.cost += (int(l) - int(t.length[m])) * int(t.count[m])
			t.length[m] = l
			n--
		}
	}
	return &counts
}

// follow returns the number of extra bits after a code.
func (t *tree) follow(n int) int {
	if n < t.base {
		return 0
	}
	return int(t.extra[n-t.base])
}

// assign sets codes from their lengths. counts is the number of codes of each
// length.
func assign(codes []uint16, lengths []uint8, counts *[maxBits + 1]uint16) {
	var next [maxBits + 1]uint16
	code := uint16(0)
	for l := 1; l <= maxBits; l++ {
		code = (code + counts[l-1]) << 1
		next[l] = code
	}
	for n := range codes {
		if l := lengths[n]; l > 0 {
			codes[n] = bits.Reverse16(next[l]) >> (16 - l)
			next[l]++
		}
	}
}

// eachLengthCode calls f for each code that encodes the lengths of the tree, with its
// extra value and the number of bits of that.
func (t *tree) eachLengthCode(f func(code, more int, bits uint8)) {
	before, count := -1, 0
	next := int(t.length[0])
	most, least := bounds(-1, next)
	for n := range t.last + 1 {
		this := next
		if next = -1; n < t.last {
			next = int(t.length[n+1])
		}
		if count++; count < most && this == next {
			continue
		}
		switch {
		case count < least:
			for range count {
				f(this, 0, 0)
			}
		case this != 0:
			if this != before {
				f(this, 0, 0)
				count--
			}
			f(repeatBefore, count-3, 2)
		case count <= 10:
			f(repeatZero, count-3, 3)
		default:
			f(repeatZeros, count-11, 7)
		}
		count, before = 0, this
		most, least = bounds(this, next)
	}
}

// bounds returns the largest number of lengths that a repeat code can encode,
// and the least number for which it is used.
func bounds(this, next int) (most, least int) {
	switch next {
	case 0:
		return 138, 3
	case this:
		return 6, 3
	}
	return 7, 4
}
