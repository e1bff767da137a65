package imagefile

import (
	"bytes"
	"encoding/binary"
	"io"
	"iter"
)

// Orientation says how a stored picture is turned before it is shown, as EXIF and
// TIFF number it: 1 not at all, 2 mirrored, 3 by 180 degrees, 4 flipped, 5
// transposed, 6 by 90 degrees clockwise, 7 transposed along the other diagonal,
// 8 by 90 degrees counter-clockwise.
type Orientation int

// upright is the orientation of a picture that is shown as it is stored.
const upright Orientation = 1

// Swaps says whether height and width change places.
func (o Orientation) Swaps() bool { return o >= 5 }

// known returns the orientation of a number in a file, which may have others: they
// are ignored, as OpenCV and Pillow do.
func known(n uint64) Orientation {
	if n >= 1 && n <= 8 {
		return Orientation(n)
	}
	return upright
}

// exifOrientation reads the orientation in EXIF data, which is a TIFF without
// pixels. Data that cannot be read have none.
func exifOrientation(data []byte) Orientation {
	data = bytes.TrimPrefix(data, []byte("Exif\x00\x00"))
	d, err := readDirectory(bytes.NewReader(data))
	if err != nil {
		return upright
	}
	return d.orientation()
}

// maxExif is the largest number of bytes of EXIF data that are read: as many as fit
// into a segment of a JPEG.
const maxExif = 1 << 16

// jpegOrientation finds the orientation in the segment APP1 of a JPEG.
func jpegOrientation(r io.ReaderAt) Orientation {
	for marker, data := range jpegSegments(r) {
		if marker == 0xe1 && bytes.HasPrefix(data, []byte("Exif\x00\x00")) {
			return exifOrientation(data)
		}
	}
	return upright
}

// jpegSegments lists the segments of a JPEG before its pixels.
func jpegSegments(r io.ReaderAt) iter.Seq2[byte, []byte] {
	return func(yield func(marker byte, data []byte) bool) {
		head := make([]byte, 4)
		for at := int64(2); ; {
			if _, err := r.ReadAt(head, at); err != nil || head[0] != 0xff {
				return
			}
			marker, size := head[1], int64(binary.BigEndian.Uint16(head[2:]))
			switch {
			case marker == 0xff: // a byte of padding
				at++
				continue
			case marker == 0xda, marker == 0xd9, size < 2: // the pixels, the end
				return
			}
			data := make([]byte, size-2)
			if _, err := r.ReadAt(data, at+4); err != nil || !yield(marker, data) {
				return
			}
			at += 2 + size
		}
	}
}

// pngOrientation finds the orientation in the chunk eXIf of a PNG.
func pngOrientation(r io.ReaderAt) Orientation {
	head := make([]byte, 8)
	for at := int64(8); ; {
		if _, err := r.ReadAt(head, at); err != nil {
			return upright
		}
		size, kind := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		switch kind {
		case "eXIf":
			return chunkOrientation(r, at+8, size)
		case "IEND":
			return upright
		}
		at += 12 + size
	}
}

// webpOrientation finds the orientation in the chunk EXIF of a WebP.
func webpOrientation(r io.ReaderAt) Orientation {
	for kind, at := range webpChunks(r) {
		if kind == "EXIF" {
			return chunkOrientation(r, at, maxExif)
		}
	}
	return upright
}

// webpChunks lists the chunks of a WebP, and where their data begin.
func webpChunks(r io.ReaderAt) iter.Seq2[string, int64] {
	return func(yield func(kind string, at int64) bool) {
		head := make([]byte, 8)
		for at := int64(12); ; {
			if _, err := r.ReadAt(head, at); err != nil || !yield(string(head[:4]), at+8) {
				return
			}
			size := int64(binary.LittleEndian.Uint32(head[4:]))
			at += 8 + size + size%2
		}
	}
}

// chunkOrientation reads the orientation in a chunk of EXIF data, which may be cut.
func chunkOrientation(r io.ReaderAt, at, size int64) Orientation {
	data := make([]byte, min(size, maxExif))
	n, _ := r.ReadAt(data, at)
	return exifOrientation(data[:n])
}
