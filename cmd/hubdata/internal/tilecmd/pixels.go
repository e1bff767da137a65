package tilecmd

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
	imagedraw "golang.org/x/image/draw"
)

// slideSuffixes are the suffixes of slides' files, in the order in which they are tried.
var slideSuffixes = append([]string{".svs", ".ome.tif", ".ome.tiff"}, folder.ImageSuffixes...)

// findPixels finds the file of a picture in the folder of the slides: by its file name, or by its slide or file name with
// the suffix of an image. It fills in the size that the set lacks.
func (o *options) findPixels(p *picture) error {
	stem := coco.ImageName(&coco.Image{FileName: p.image.FileName})
	path, err := folder.NamedImage(o.images, p.image.FileName)
	own, _ := slide.DefaultFields().Slide.Value(&p.image)
	for _, name := range []string{own, p.image.FileName, stem} {
		for _, suffix := range slideSuffixes {
			if err == nil || name == "" {
				break
			}
			path, err = folder.NamedImage(o.images, name+suffix)
		}
	}
	if err != nil {
		return ui.Failf(ui.ExitBadData, "found no file of the slide %s in %s", wtf8.Quote(p.image.FileName), o.images).
			Hint("name the folder of the slides with --image-dir DIR, or leave it out to cut the annotations alone")
	}
	p.path = path
	s, err := p.open()
	if err != nil {
		return err
	}
	defer s.close()
	switch {
	case p.image.Missing.Has(coco.FieldHeight) || p.image.Missing.Has(coco.FieldWidth):
		p.image.Height, p.image.Width = s.Height, s.Width
		p.image.Missing &^= coco.FieldHeight | coco.FieldWidth
	case p.image.Height != s.Height || p.image.Width != s.Width:
		return ui.Failf(ui.ExitBadData, "found %d x %d pixels in %s, expected %d x %d", s.Width, s.Height, path, p.image.Width, p.image.Height).
			Hint("the annotations are of another resolution or another slide: scale them, or name the folder of the right files")
	}
	return nil
}

// source is an open file of a slide.
type source struct {
	*imagefile.File
	file *os.File
}

func (s *source) close() { _ = s.file.Close() } // only read

// open opens the file of a picture.
func (p *picture) open() (*source, error) {
	f, err := folder.OpenImage(p.path)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, p.unread(err)
	}
	s, err := imagefile.OpenSlide(f)
	if err != nil {
		_ = f.Close() // only read
		return nil, p.unread(err)
	}
	return &source{s, f}, nil
}

// unread words why the pixels of a picture cannot be read.
func (p *picture) unread(err error) error {
	f := &ui.Failure{Code: ui.ExitBadData, Err: fmt.Errorf("%s: %w", p.path, err)}
	if errors.Is(err, imagefile.ErrUnsupported) || errors.Is(err, imagefile.ErrFormat) {
		return f.Hint("cut its tiles with OpenSlide, and name the table of them with --tiles; or leave out --image-dir")
	}
	return f.Hint("the file is damaged, or not complete: copy it again")
}

// job is a tile whose image is made.
type job struct {
	of    *picture
	tile  int
	empty bool        // it has no annotation
	from  image.Image // its pixels on the slide; nil: they are still to be read
}

// writeImages writes the images of the tiles that are kept, but for those of background, and notes which these are.
func (w *writing) writeImages(ctx context.Context, r *reading, kept, filled []bool) error {
	add, stop := w.c.Progress("writing images", -1)
	defer stop()
	for _, p := range r.pictures {
		if err := w.writeImagesOf(ctx, p, kept, filled, add); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) writeImagesOf(ctx context.Context, p *picture, kept, filled []bool, add func(int)) error {
	var sources []*source // one for each worker
	defer func() {
		for _, s := range sources {
			s.close()
		}
	}()
	newWork := func() (func(job) (bool, error), error) {
		s, err := p.open()
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
		return func(j job) (bool, error) { return w.make(s, j) }, nil
	}
	tile := p.nextTile(kept, 0)
	for tissue, err := range parallel.MapWith(ctx, w.opts.workers, w.jobs(ctx, p, kept, filled), newWork) {
		if err != nil {
			return err
		}
		if !tissue {
			kept[p.first+tile] = false
			w.tiles.Background++
		}
		add(1)
		tile = p.nextTile(kept, tile+1)
	}
	return ctx.Err()
}

// nextTile returns the first tile from one on that is kept.
func (p *picture) nextTile(kept []bool, from int) int {
	for from < p.tiles.Len() && !kept[p.first+from] {
		from++
	}
	return from
}

// jobs lists the tiles of a picture that are kept. Those of one that is not stored in tiles have their pixels, which are
// read from its top to its bottom.
func (w *writing) jobs(ctx context.Context, p *picture, kept, filled []bool) iter.Seq2[job, error] {
	return func(yield func(job, error) bool) {
		s, err := p.open()
		if err != nil {
			yield(job{}, err)
			return
		}
		defer s.close()
		var b *band
		if !s.Tiled {
			b = &band{source: s, picture: p}
		}
		for tile := p.nextTile(kept, 0); tile < p.tiles.Len(); tile = p.nextTile(kept, tile+1) {
			j := job{of: p, tile: tile, empty: !filled[p.first+tile]}
			if b != nil {
				if j.from, err = b.cut(ctx, p.onSlide(tile)); err != nil {
					yield(job{}, err)
					return
				}
			}
			if !yield(j, nil) {
				return
			}
		}
	}
}

// onSlide is the part of the slide that a tile shows, in pixels of the tile's scale.
func (p *picture) onSlide(tile int) image.Rectangle {
	x, y, width, height := p.tiles.Tile(tile)
	return image.Rect(x, y, x+width, y+height).Intersect(p.all())
}

// all is the whole slide, in pixels of the tiles' scale.
func (p *picture) all() image.Rectangle {
	return image.Rect(0, 0, (p.image.Width+p.scale-1)/p.scale, (p.image.Height+p.scale-1)/p.scale)
}

// read reads a part of the slide, in pixels of the tiles' scale.
func (p *picture) read(s *source, part image.Rectangle) (image.Image, error) {
	full := image.Rect(part.Min.X*p.scale, part.Min.Y*p.scale, min(part.Max.X*p.scale, p.image.Width), min(part.Max.Y*p.scale, p.image.Height))
	img, err := s.Part(full, p.scale)
	if err != nil {
		return nil, p.unread(fmt.Errorf("pixels %d, %d to %d, %d: %w", full.Min.X, full.Min.Y, full.Max.X, full.Max.Y, err))
	}
	return img, nil
}

// make writes the image of a tile. It reports false for one of background, which is not written.
func (w *writing) make(s *source, j job) (bool, error) {
	part := j.of.onSlide(j.tile)
	var err error
	if j.from == nil {
		if j.from, err = j.of.read(s, part); err != nil {
			return false, err
		}
	}
	shown := canvasLike(j.from, part.Dx(), part.Dy())
	imagedraw.Draw(shown, shown.Bounds(), j.from, j.from.Bounds().Min, imagedraw.Src)
	if j.empty && w.opts.minTissue > 0 && tissue(shown) < w.opts.minTissue {
		return false, nil
	}
	_, _, width, height := j.of.tiles.Tile(j.tile)
	img := shown
	if part.Dx() < width || part.Dy() < height {
		img = canvasLike(shown, width, height)
		beyond := color.Gray{}
		if w.opts.white {
			beyond.Y = 255
		}
		imagedraw.Draw(img, img.Bounds(), image.NewUniform(beyond), image.Point{}, imagedraw.Src)
		imagedraw.Draw(img, shown.Bounds(), shown, image.Point{}, imagedraw.Src)
	}
	file := j.of.imageOf(j.tile).FileName
	f, err := w.folder.Root().OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return false, err
	}
	err = encode(f, img)
	if err == nil {
		err = f.Sync()
	}
	return true, errors.Join(err, f.Close())
}

// encode writes an image as PNG.
func encode(to io.Writer, img image.Image) error {
	if m, ok := img.(*image.RGBA); ok {
		return draw.EncodePNG(to, m)
	}
	return png.Encode(to, img)
}

// canvasLike makes an image of a size for pixels such as those of another: grey, or colours of 8 or 16 bits.
func canvasLike(img image.Image, width, height int) imagedraw.Image {
	at := image.Rect(0, 0, width, height)
	switch img.(type) {
	case *image.Gray:
		return image.NewGray(at)
	case *image.Gray16:
		return image.NewGray16(at)
	case *image.RGBA64:
		return image.NewRGBA64(at)
	case *image.NRGBA:
		return image.NewNRGBA(at)
	case *image.NRGBA64:
		return image.NewNRGBA64(at)
	}
	return image.NewRGBA(at)
}
