package deflate

import (
	"math/bits"
	"slices"
)

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
	used   []uint16             // the codes that occur, in order

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
	heap, used := t.heap[:1], t.used[:0]
	clear(t.length[:t.size])
	for n, count := range t.count[:t.size] {
		if count != 0 {
			heap = append(heap, newNode(count, 0, n))
			used = append(used, uint16(n))
		}
	}
	t.last = -1
	if len(used) > 0 {
		t.last = int(used[len(used)-1])
	}
	for len(heap) < 3 { // there must be two codes
		n := 0
		if t.last < 2 {
			t.last++
			n = t.last
		}
		heap = append(heap, newNode(1, 0, n))
		used = append(used, uint16(n))
		slices.Sort(used)
		t.count[n] = 1
		t.cost--
		if t.fixed != nil {
			t.fixedCost -= int(t.fixed[n])
		}
	}
	t.used = used
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
	next := firstCodes(counts)
	for _, n := range used {
		l := t.length[n]
		t.code[n] = bits.Reverse16(next[l]) >> (16 - l)
		next[l]++
	}
}

// sink moves the node at k, whose children are in order, to its place in the
// heap.
func sink(heap []node, k int) {
	v, last := heap[k], len(heap)-1
	for {
		j := 2 * k
		if j >= last {
			if j == last && !v.before(heap[j]) {
				heap[k] = heap[j]
				k = j
			}
			break
		}
		// The second child is taken if it is before the first, without a branch that nobody can predict.
		least := heap[j]
		second := int((heap[j+1]>>16 - least>>16 - 1) >> 63)
		least = heap[j+second]
		if v.before(least) {
			break
		}
		heap[k] = least
		k = j + second
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

// firstCodes returns the first code of each length. counts is the number of codes of each
// length.
func firstCodes(counts *[maxBits + 1]uint16) (next [maxBits + 1]uint16) {
	code := uint16(0)
	for l := 1; l <= maxBits; l++ {
		code = (code + counts[l-1]) << 1
		next[l] = code
	}
	return next
}

// A lengthSymbol is a code that encodes lengths of codes, with its extra value and the
// number of bits of that.
type lengthSymbol struct{ code, more, bits uint8 }

// appendLengths appends the codes that encode the lengths of the tree: each run of equal
// lengths alone.
func (t *tree) appendLengths(dst []lengthSymbol) []lengthSymbol {
	lengths := t.length[:t.last+1]
	for n := 0; n < len(lengths); {
		this, start := lengths[n], n
		for n++; n < len(lengths) && lengths[n] == this; n++ {
		}
		count, most, least := n-start, 138, 3
		if this != 0 {
			most, least = 6, 3
			if count < 4 {
				least = 4 // the first of a run is written, so that the others can repeat it
			} else {
				dst = append(dst, lengthSymbol{code: this})
				count--
			}
		}
		for count > 0 {
			part := min(count, most)
			count -= part
			switch {
			case part < least:
				for range part {
					dst = append(dst, lengthSymbol{code: this})
				}
			case this != 0:
				dst = append(dst, lengthSymbol{repeatBefore, uint8(part - 3), 2})
			case part <= 10:
				dst = append(dst, lengthSymbol{repeatZero, uint8(part - 3), 3})
			default:
				dst = append(dst, lengthSymbol{repeatZeros, uint8(part - 11), 7})
			}
		}
	}
	return dst
}
