package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/jpegcut"
	"github.com/hubdata/hubdata/internal/imagefile/picture"
	"github.com/hubdata/hubdata/internal/imagefile/pngrows"
	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// format is an image format.
type format struct {
	name        string
	size        func(io.ReaderAt) (w, h int, err error)    // as stored
	orientation func(io.ReaderAt) Orientation              // nil: always upright
	decode      func(io.Reader) (image.Image, error)       // nil: it is only measured, or a TIFF
	parts       func(io.ReaderAt) (picture.Picture, error) // nil: it is decoded whole
}

// formatOf returns the format of an image, given its first 16 bytes.
func formatOf(magic []byte) (*format, error) {
	has := func(prefix string) bool { return bytes.HasPrefix(magic, []byte(prefix)) }
	kind := func(at int, text string) bool { return len(magic) > at && bytes.HasPrefix(magic[at:], []byte(text)) }
	switch {
	case has("II*\x00"), has("MM\x00*"), has("II+\x00"), has("MM\x00+"):
		return &format{"TIFF", tiffSize, tiffOrientation, nil, readTIFF}, nil
	case has("\x89PNG\r\n\x1a\n"):
		return &format{"PNG", pngSize, pngOrientation, failing(png.Decode), pngrows.Open}, nil
	case has("\xFF\xD8\xFF"):
		return &format{"JPEG", jpegSize, jpegOrientation, decodeJPEG, jpegParts}, nil
	case has("GIF87a"), has("GIF89a"):
		return &format{name: "GIF", size: gifSize, decode: decodeGIF}, nil
	case has("RIFF") && kind(8, "WEBP"):
		return &format{"WebP", webpSize, webpOrientation, decodeWebP, nil}, nil
	case has("BM"):
		return &format{name: "BMP", size: bmpSize, decode: decodeBMP}, nil
	case has("\x00\x00\x00\x0cjP  \r\n\x87\n"):
		return &format{name: "JPEG 2000", size: jp2Size}, nil
	case has("\xff\x4f\xff\x51"):
		return &format{name: "JPEG 2000", size: j2kSize}, nil
	case kind(4, "ftypavif"), kind(4, "ftypavis"):
		return nil, fmt.Errorf("%w: not measured: AVIF", ErrUnsupported)
	case kind(4, "ftypheic"), kind(4, "ftypheix"), kind(4, "ftypmif1"):
		return nil, fmt.Errorf("%w: not measured: HEIF", ErrUnsupported)
	case has("\xff\x0a"), has("\x00\x00\x00\x0cJXL \r\n\x87\n"):
		return nil, fmt.Errorf("%w: not measured: JPEG XL", ErrUnsupported)
	case len(magic) > 2 && magic[0] == 'P' && magic[1] >= '1' && magic[1] <= '7' && (magic[2] == '\n' || magic[2] == ' '):
		return nil, fmt.Errorf("%w: not measured: PNM", ErrUnsupported)
	case has("8BPS\x00\x01"):
		return nil, fmt.Errorf("%w: not measured: Photoshop", ErrUnsupported)
	}
	return nil, fmt.Errorf("%w: it begins with %q: expected a TIFF, PNG, JPEG, GIF, WebP or BMP image", ErrFormat, magic[:min(len(magic), 8)])
}

// failing makes a decoder's errors about unsupported kinds an [ErrUnsupported].
func failing(decode func(io.Reader) (image.Image, error)) func(io.Reader) (image.Image, error) {
	return func(r io.Reader) (image.Image, error) {
		img, err := decode(r)
		var jpegKind jpeg.UnsupportedError
		var pngKind png.UnsupportedError
		if errors.As(err, &jpegKind) || errors.As(err, &pngKind) || errors.Is(err, bmp.ErrUnsupported) {
			return nil, picture.NotDecoded("%v", err)
		}
		return img, err
	}
}

// stream reads r from its beginning.
func stream(r io.ReaderAt) io.Reader { return io.NewSectionReader(r, 0, 1<<40) }

func tiffSize(r io.ReaderAt) (w, h int, err error) {
	d, err := readDirectory(r)
	if err != nil {
		return 0, 0, err
	}
	return d.size()
}

func tiffOrientation(r io.ReaderAt) Orientation {
	d, err := readDirectory(r)
	if err != nil {
		return upright
	}
	return d.orientation()
}

func pngSize(r io.ReaderAt) (w, h int, err error) {
	c, err := png.DecodeConfig(stream(r))
	return c.Width, c.Height, err
}

// jpegSize reads the size in the frame header, of whichever kind of JPEG.
func jpegSize(r io.ReaderAt) (w, h int, err error) {
	for marker, data := range jpegSegments(r) {
		if marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc && len(data) >= 5 {
			return int(binary.BigEndian.Uint16(data[3:])), int(binary.BigEndian.Uint16(data[1:])), nil
		}
	}
	return 0, 0, io.ErrUnexpectedEOF
}

// decodeJPEG decodes a JPEG. Package jpeg does not find some restarts.
func decodeJPEG(r io.Reader) (image.Image, error) {
	img, err := failing(jpeg.Decode)(r)
	var wrong jpeg.FormatError
	if !errors.As(err, &wrong) {
		return img, err
	}
	p, own := jpegcut.Open(r.(io.ReaderAt))
	if own != nil || !p.RestartsApart() {
		return nil, err
	}
	return p.Decode(p.Bounds())
}

func jpegParts(r io.ReaderAt) (picture.Picture, error) { return jpegcut.Open(r) }

func gifSize(r io.ReaderAt) (w, h int, err error) {
	c, err := gif.DecodeConfig(stream(r))
	return c.Width, c.Height, err
}

// decodeGIF decodes the first picture, on the whole of the screen.
func decodeGIF(r io.Reader) (image.Image, error) {
	var head bytes.Buffer
	c, err := gif.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, err
	}
	img, err := gif.Decode(io.MultiReader(&head, r))
	screen := image.Rect(0, 0, c.Width, c.Height)
	if err != nil || img.Bounds() == screen {
		return img, err
	}
	all := image.NewNRGBA(screen)
	draw.Draw(all, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return all, nil
}

// webpSize reads the size in the header of a WebP.
func webpSize(r io.ReaderAt) (w, h int, err error) {
	c, err := webp.DecodeConfig(stream(r))
	return c.Width, c.Height, err
}

// decodeWebP decodes a WebP. Its lossy form has the range of brightness of video, 16 to
// 235, which the package for it does not say.
func decodeWebP(r io.Reader) (image.Image, error) {
	at := r.(io.ReaderAt)
	w, h, err := webpSize(at)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 10)
	for kind, place := range webpChunks(at) {
		if _, err := at.ReadAt(head, place); err != nil {
			continue // it is cut
		}
		frame := [2]int{w, h}
		switch kind {
		case "ANIM":
			return nil, picture.NotDecoded("animated WebP")
		case "VP8 ":
			frame = [2]int{int(binary.LittleEndian.Uint16(head[6:])) & 0x3fff, int(binary.LittleEndian.Uint16(head[8:])) & 0x3fff}
		case "VP8L":
			bits := int(binary.LittleEndian.Uint32(head[1:]))
			frame = [2]int{bits&0x3fff + 1, bits>>14&0x3fff + 1}
		}
		if frame != [2]int{w, h} {
			return nil, fmt.Errorf("a picture of %d x %d pixels in one of %d x %d", frame[0], frame[1], w, h)
		}
	}
	img, err := webp.Decode(r)
	switch m := img.(type) {
	case *image.YCbCr:
		out := image.NewRGBA(m.Rect)
		fromVideo(out.Pix, out.Stride, m, nil)
		return out, err
	case *image.NYCbCrA:
		out := image.NewNRGBA(m.Rect)
		fromVideo(out.Pix, out.Stride, &m.YCbCr, m)
		return out, err
	}
	return img, err
}

// fromVideo converts colours as libwebp does.
func fromVideo(pix []byte, stride int, m *image.YCbCr, alpha *image.NYCbCrA) {
	clip := func(v int) byte { return byte(min(max(v>>6, 0), 255)) }
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			k := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			l, u, v := int(m.Y[m.YOffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)])*19077>>8, int(m.Cb[k]), int(m.Cr[k])
			o := pix[y*stride+4*x:]
			o[0], o[1], o[2], o[3] = clip(l+v*26149>>8-14234), clip(l-u*6419>>8-v*13320>>8+8708), clip(l+u*33050>>8-17685), 255
			if alpha != nil {
				o[3] = alpha.A[alpha.AOffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)]
			}
		}
	}
}

// bmpSize reads the size in the header of a BMP, whose height is negative if its rows go
// from top to bottom.
func bmpSize(r io.ReaderAt) (w, h int, err error) {
	head := make([]byte, 26)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return 0, 0, picture.Ended(err)
	}
	if size := binary.LittleEndian.Uint32(head[14:]); size == 12 {
		return int(binary.LittleEndian.Uint16(head[18:])), int(binary.LittleEndian.Uint16(head[20:])), nil
	} else if size < 40 {
		return 0, 0, fmt.Errorf("a header of %d bytes", size)
	}
	w, h = int(int32(binary.LittleEndian.Uint32(head[18:]))), int(int32(binary.LittleEndian.Uint32(head[22:])))
	return w, max(h, -h), nil
}

func decodeBMP(r io.Reader) (image.Image, error) { return failing(bmp.Decode)(r) }

// jp2Size reads the size in the box ihdr of a JPEG 2000 file.
func jp2Size(r io.ReaderAt) (w, h int, err error) {
	head := make([]byte, 512)
	n, _ := r.ReadAt(head, 0) // a shorter file has no box
	at := bytes.Index(head[:n], []byte("ihdr"))
	if at < 0 || at+12 > n {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return int(binary.BigEndian.Uint32(head[at+8:])), int(binary.BigEndian.Uint32(head[at+4:])), nil
}

// j2kSize reads the size in the segment SIZ of a JPEG 2000 codestream.
func j2kSize(r io.ReaderAt) (w, h int, err error) {
	head := make([]byte, 24)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return 0, 0, picture.Ended(err)
	}
	n := func(at int) int { return int(binary.BigEndian.Uint32(head[at:])) }
	return n(8) - n(16), n(12) - n(20), nil
}
