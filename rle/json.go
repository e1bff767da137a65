package rle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// AppendJSON appends the mask in the form of COCO files, without spaces:
//
//	{"size":[h,w],"counts":"..."}
//
// The counts are the compressed string of [Mask.AppendText]. Backslashes, the
// only characters in it that JSON does not allow unescaped, are escaped.
func (m Mask) AppendJSON(dst []byte) []byte {
	dst = append(m.appendSize(dst), `"`...)
	start := len(dst)
	dst, _ = m.AppendText(dst)
	if n := bytes.Count(dst[start:], []byte{'\\'}); n > 0 {
		// Double the backslashes from the end, so that no byte is moved twice.
		from := len(dst)
		dst = slices.Grow(dst, n)[:from+n]
		for to := len(dst); to > from; {
			from, to = from-1, to-1
			dst[to] = dst[from]
			if dst[from] == '\\' {
				to--
				dst[to] = '\\'
			}
		}
	}
	return append(dst, `"}`...)
}

// AppendCountsJSON appends the mask with uncompressed counts, without spaces:
//
//	{"size":[h,w],"counts":[...]}
//
// A mask without pixels has the counts [0], as in pycocotools.
func (m Mask) AppendCountsJSON(dst []byte) []byte {
	dst = append(m.appendSize(dst), '[')
	if len(m.runs) == 0 {
		dst = append(dst, '0')
	}
	for i, r := range m.runs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(r), 10)
	}
	return append(dst, "]}"...)
}

// appendSize appends the part of the JSON form before the counts.
func (m Mask) appendSize(dst []byte) []byte {
	dst = append(dst, `{"size":[`...)
	dst = strconv.AppendInt(dst, int64(m.h), 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(m.w), 10)
	return append(dst, `],"counts":`...)
}

// MarshalJSON writes the form of [Mask.AppendJSON]. [json.Marshal] then escapes
// '<' and '>' in it, which changes the bytes but not the meaning.
func (m Mask) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// UnmarshalJSON reads an object with the keys "size", two integers h and w, and
// "counts", a compressed string or a list of run lengths. Other keys are
// ignored. Integers may have a point or an exponent, such as 5.0. The size is checked before the counts are decoded. Errors wrap
// [ErrCorrupt] or [ErrSize], except if the text is not JSON.
func (m *Mask) UnmarshalJSON(text []byte) error {
	var form struct {
		Size   json.RawMessage `json:"size"`
		Counts json.RawMessage `json:"counts"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return fmt.Errorf("rle: %w", err)
	}
	if form.Size == nil || form.Counts == nil {
		return fmt.Errorf(`%w: expected an object with "size" and "counts"`, ErrCorrupt)
	}
	size, err := parseIntegers(form.Size)
	if err != nil {
		return fmt.Errorf("%w: size: %w", ErrCorrupt, err)
	}
	if len(size) != 2 {
		return fmt.Errorf("%w: size has %d numbers, expected height and width", ErrCorrupt, len(size))
	}
	h, w := int(size[0]), int(size[1])
	if err := checkSize(h, w); err != nil {
		return err
	}
	var mask Mask
	switch form.Counts[0] {
	case '"':
		var counts string
		if err := json.Unmarshal(form.Counts, &counts); err != nil {
			return fmt.Errorf("rle: %w", err)
		}
		mask, err = ParseText(h, w, []byte(counts))
	case '[':
		var runs []uint32
		if runs, err = parseIntegers(form.Counts); err != nil {
			return fmt.Errorf("%w: counts: %w", ErrCorrupt, err)
		}
		mask, err = FromRuns(h, w, runs)
	default:
		return fmt.Errorf("%w: counts are %.20s, expected a string or a list", ErrCorrupt, form.Counts)
	}
	if err != nil {
		return err
	}
	*m = mask
	return nil
}

// parseIntegers reads a JSON list of integers 0 to 2^32-1, in any notation. The text must be
// valid JSON.
func parseIntegers(text []byte) ([]uint32, error) {
	if text[0] != '[' {
		return nil, fmt.Errorf("found %.20s, expected a list of integers", text)
	}
	inner := bytes.TrimSpace(text[1 : len(text)-1])
	if len(inner) == 0 {
		return nil, nil
	}
	list := make([]uint32, 0, 1+bytes.Count(inner, []byte{','}))
	for item := range bytes.SplitSeq(inner, []byte{','}) {
		item = bytes.TrimSpace(item)
		v, err := strconv.ParseUint(string(item), 10, 32)
		if err != nil {
			// Python writes 5.0 for an integer that it computed as a float.
			if f, ferr := strconv.ParseFloat(string(item), 64); ferr == nil && f >= 0 && f <= math.MaxUint32 && f == math.Trunc(f) {
				v, err = uint64(f), nil
			}
		}
		if err != nil {
			return nil, fmt.Errorf("number %d is %.20s, expected an integer from 0 to 2^32-1", len(list), item)
		}
		list = append(list, uint32(v))
	}
	return list, nil
}
