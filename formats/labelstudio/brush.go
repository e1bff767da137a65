package labelstudio

import (
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

// bits reads numbers of bits, the highest first.
type bits struct {
	data []byte
	at   int // bits that were read
}

// read returns the number of the next n bits, n at most 32. ok is false at the end.
func (b *bits) read(n int) (v uint32, ok bool) {
	if b.at+n > 8*len(b.data) {
		return 0, false
	}
	for n > 0 {
		offset := b.at & 7
		take := min(n, 8-offset)
		part := uint32(b.data[b.at>>3]) >> (8 - offset - take) & (1<<take - 1)
		v = v<<take | part
		b.at += take
		n -= take
	}
	return v, true
}

// brush returns the pixels of a brush: values of RGBA along the rows of an image, packed as
// thi.ng's rle-pack does it. The text begins with the number of values (32 bits), the bits
// of a value less one (5) and four sizes less one (4 each). Then runs follow: a bit, which
// says that a value repeats; the number of a size (2 bits); in that many bits the length less one;
// and one value, or as many as the length.
func brush(h, w int, data []byte) (rle.Mask, error) {
	b := &bits{data: data}
	num, ok := b.read(32)
	if !ok || int64(num) != 4*int64(h)*int64(w) {
		return rle.Mask{}, fmt.Errorf("rle: found %d values, expected the %d of %d x %d pixels (width x height) with 4 each",
			num, 4*h*w, w, h)
	}
	// A run has at least 5 bits and at most 2^16 values.
	if int64(num)>>16 > int64(8*len(data)/5) {
		return rle.Mask{}, fmt.Errorf("rle: found %d bytes, expected more for %d values: the file is damaged", len(data), num)
	}
	head, ok := b.read(5)
	word := int(head) + 1
	var sizes [4]int
	for i := range sizes {
		var n uint32
		n, ok = b.read(4)
		sizes[i] = int(n) + 1
	}
	cut := func(i int) error {
		return fmt.Errorf("rle: value %d of %d: found the end of the list, expected more: the file is damaged", i, num)
	}
	if !ok {
		return rle.Mask{}, cut(0)
	}
	pixels := make([]byte, h*w)
	for i := 0; i < int(num); {
		same, ok1 := b.read(1)
		size, ok2 := b.read(2)
		length, ok3 := b.read(sizes[size])
		if !ok1 || !ok2 || !ok3 {
			return rle.Mask{}, cut(i)
		}
		end := i + int(length) + 1
		if end > int(num) {
			return rle.Mask{}, fmt.Errorf("rle: value %d: found a run of %d, expected at most the %d that are left", i, length+1, int(num)-i)
		}
		if same == 1 {
			v, ok := b.read(word)
			if !ok {
				return rle.Mask{}, cut(i)
			}
			for j := i | 3; v != 0 && j < end; j += 4 {
				pixels[j>>2] = 1
			}
			i = end
			continue
		}
		for ; i < end; i++ {
			v, ok := b.read(word)
			if !ok {
				return rle.Mask{}, cut(i)
			}
			if i&3 == 3 && v != 0 {
				pixels[i>>2] = 1
			}
		}
	}
	return rle.FromBitmap(h, w, pixels)
}
