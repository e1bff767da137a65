package check

import (
	"fmt"

	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// files compares the images with their files.
func (v *validator) files(f *findings) {
	if v.o.Files == nil {
		return
	}
	sums := map[string]int{}
	for i := range min(len(v.d.Images), len(v.o.Files)) {
		img, file := &v.d.Images[i], &v.o.Files[i]
		f.image = i
		at := imageAt(i)
		switch {
		case img.FileName == "":
			continue
		case file.Missing:
			f.add(ImageFileMissing, at.Within("file_name"), "%s is not in the folder of images", wtf8.Quote(img.FileName))
			continue
		case file.Err != nil:
			f.add(ImageFileUnreadable, at.Within("file_name"), "%s: %v", wtf8.Quote(img.FileName), file.Err)
			continue
		}
		if file.Unread != nil {
			f.add(ImageFileUnread, at.Within("file_name"), "%s: %v", wtf8.Quote(img.FileName), file.Unread)
		}
		if file.Deep {
			f.add(ImageFileDepth, at.Within("file_name"), "found 16 bits per channel in %s, expected 8",
				wtf8.Quote(img.FileName))
		}
		if file.Clear {
			f.add(ImageFileAlpha, at.Within("file_name"), "%s has pixels that are not opaque", wtf8.Quote(img.FileName))
		}
		turned := ""
		if file.Orientation > 1 {
			turned = fmt.Sprintf(", turned by its orientation %d", file.Orientation)
			f.add(ImageFileTurned, at.Within("file_name"), "%s is shown turned: its orientation is %d", wtf8.Quote(img.FileName),
				file.Orientation)
		}
		if file.Width > 0 && sized(img) && (file.Height != img.Height || file.Width != img.Width) {
			f.add(ImageFileSize, at, "height and width are %d and %d, but %s has %d and %d%s", img.Height, img.Width,
				wtf8.Quote(img.FileName), file.Height, file.Width, turned)
		}
		if file.Sum != "" {
			if first, ok := sums[file.Sum]; !ok {
				sums[file.Sum] = i
			} else if other := v.d.Images[first].FileName; other != img.FileName {
				f.addOther(ImageContentDuplicate, at.Within("file_name"), imageAt(first),
					"%s has the same bytes as the file of images[%d], %s", wtf8.Quote(img.FileName), first, wtf8.Quote(other))
				continue
			}
		}
		if first, bits := v.nearest(i); first >= 0 {
			f.addOther(ImageContentNear, at.Within("file_name"), imageAt(first),
				"%s shows nearly the same picture as the file of images[%d], %s: their hashes differ in %d of 256 bits",
				wtf8.Quote(img.FileName), first, wtf8.Quote(v.d.Images[first].FileName), bits)
		}
	}
	f.image = -1
}

// nearest returns the first image before i whose picture is nearly the same as that of
// i, or -1 if there is none.
func (v *validator) nearest(i int) (first, distance int) {
	h := v.o.Files[i].Hash
	if h == (imagehash.Hash{}) {
		return -1, 0
	}
	for k := range i {
		o := v.o.Files[k].Hash
		n := imagehash.Distance(h, o)
		if n <= imagehash.Near && o != (imagehash.Hash{}) && v.d.Images[k].FileName != v.d.Images[i].FileName {
			return k, n
		}
	}
	return -1, 0
}
