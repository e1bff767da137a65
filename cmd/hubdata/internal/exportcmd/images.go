package exportcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// placing is how image files get into the folder.
type placing uint8

const (
	link placing = iota
	copying
	leaveOut
)

// badImages is what is done with images that are missing or of another size.
type badImages uint8

const (
	refuse badImages = iota
	drop
	keep
)

// The reasons why an image is bad.
const (
	imageMissing   = "whose file is missing"
	imageUnread    = "whose file is not an image"
	imageOtherSize = "whose file has another size"
)

// imageState is what is known of the file of an image.
type imageState struct {
	path   string // empty: there is none
	reason string // why it is bad; empty: it is not
	detail string
	// unchecked says that the size is not known, since images of this kind are not read.
	unchecked bool
}

// locate finds the file of each image, and fills in sizes that the set lacks. Without a folder of images, and if none
// is
// needed, no file is looked at.
func locate(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options, all []coco.Image,
	s *selected) ([]imageState, error) {
	states := make([]imageState, len(s.images))
	dir, err := paint.FindImages(opts.images, opts.in, all, func(f *paint.ImageFolder) bool {
		for _, at := range s.at {
			if f.Has(&all[at]) {
				return true
			}
		}
		return false
	})
	if err == nil && !opts.oneFile {
		err = o.CheckFolder(opts.out, dir.Dir)
	}
	if err != nil {
		return nil, err
	}
	add, stop := c.Progress("reading images", -1)
	defer stop()
	err = parallel.Each(ctx, opts.workers, len(s.images), func(i int) error {
		add(1)
		img := s.images[i]
		needed := opts.how != leaveOut || img.Missing.Has(coco.FieldHeight) || img.Missing.Has(coco.FieldWidth)
		if needed {
			states[i] = stateOf(dir, &all[s.at[i]], img)
		}
		return sizeKnown(opts.format, img, &states[i], s.at[i])
	})
	return states, err
}

// stateOf looks at the file of an image, and fills in its size if the set lacks it.
func stateOf(dir *paint.ImageFolder, own *coco.Image, img *formats.Image) imageState {
	path, _ := dir.Path(own)
	if path == "" {
		return imageState{reason: imageMissing}
	}
	st := imageState{path: path}
	h, w, err := folder.ImageSize(path)
	switch {
	case errors.Is(err, imagefile.ErrUnsupported), errors.Is(err, imagefile.ErrFormat) && !isReadable(path):
		st.unchecked = true
	case err != nil:
		st.reason, st.detail = imageUnread, err.Error()
	case img.Missing.Has(coco.FieldHeight) || img.Missing.Has(coco.FieldWidth):
		img.Height, img.Width = h, w
		img.Missing &^= coco.FieldHeight | coco.FieldWidth
	case h != img.Height || w != img.Width:
		st.reason, st.detail = imageOtherSize, fmt.Sprintf("found %d x %d pixels in %s, expected %d x %d", w, h, path,
			img.Width, img.Height)
	}
	return st
}

// isReadable reports whether images with the suffix of a path are of a kind that is read.
func isReadable(path string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp"},
		strings.ToLower(filepath.Ext(path)))
}

// sizeKnown fails for an image whose size neither the set nor a file says, or that the format cannot have.
func sizeKnown(format *formats.Format, img *formats.Image, st *imageState, at int) error {
	if img.Missing.Has(coco.FieldHeight) || img.Missing.Has(coco.FieldWidth) {
		if st.detail != "" {
			return fmt.Errorf("images[%d].height: %w: found none, and %s", at, ui.ErrInput, st.detail)
		}
		return (&ui.Failure{Code: ui.ExitBadData,
			Err: fmt.Errorf("images[%d].height: found none, and no file of the image %s", at, wtf8.Quote(img.Path))}).
			Hint("name the folder of the images with --image-dir DIR")
	}
	if err := format.CheckSize(img.Height, img.Width); err != nil {
		return fmt.Errorf("images[%d].height: %w: %w", at, ui.ErrInput, err)
	}
	return nil
}

// judge applies --bad-images: it fails, drops the bad images, or keeps them.
func (s *selected) judge(opts *options, states []imageState) ([]imageState, error) {
	bad := map[string]int{}
	first := -1
	for i := range states {
		if states[i].reason != "" {
			bad[states[i].reason]++
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 || opts.bad == keep {
		return states, nil
	}
	if opts.bad == refuse {
		st, n := states[first], 0
		for _, k := range bad {
			n += k
		}
		text := fmt.Sprintf("image %s: %s", wtf8.Quote(s.images[first].Path), st.reason)
		if st.detail != "" {
			text += ": " + st.detail
		}
		f := ui.Failf(ui.ExitBadData, "%s; bad images: %d of %d; nothing was written", text, n, len(states))
		if bad[imageMissing] > 0 {
			f = f.Hint("name the folder of the images with --image-dir DIR, or leave images out with --copy none")
		}
		return nil, f.Hint("--bad-images drop leaves out such images; --bad-images keep keeps their annotations")
	}
	var good []imageState
	images, at := s.images, s.at
	s.images, s.at = nil, nil
	for i, st := range states {
		if st.reason != "" {
			s.out.images[st.reason]++
			s.out.annotations[coco.OfOtherImages] += len(images[i].Instances)
			continue
		}
		s.images, s.at, good = append(s.images, images[i]), append(s.at, at[i]), append(good, st)
	}
	return good, nil
}

// placed says how a file got into the folder.
type placed string

const (
	placedLink    placed = "linked"
	placedSymlink placed = "linked symbolically"
	placedCopy    placed = "copied"
)

// place brings an image file into a folder, under a path with slashes that nothing has yet: as a hard link, else as a
// symbolic one, else as a copy; or as a copy.
func place(root *os.Root, source, to string, how placing) (placed, error) {
	source, err := filepath.Abs(source)
	if err == nil {
		source, err = filepath.EvalSymlinks(source)
	}
	if err != nil {
		return "", err
	}
	name := filepath.FromSlash(to)
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return "", err
	}
	if how == link {
		if _, err := root.Lstat(name); err == nil {
			return "", fmt.Errorf("two files of the export are called %s", wtf8.Quote(to))
		}
		if os.Link(source, filepath.Join(root.Name(), name)) == nil {
			return placedLink, nil
		}
		if root.Symlink(source, name) == nil {
			return placedSymlink, nil
		}
	}
	in, err := folder.OpenImage(source)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // only read
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return placedCopy, errors.Join(err, out.Close())
}
