package check

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
)

// maxExact is the largest integer up to which a 64-bit float represents every integer
// exactly.
const maxExact = 1 << 53

// The lengths of a side below which MMDetection leaves images out of training, and
// below which ultralytics does.
const (
	minSideMMDet = 32
	minSideYOLO  = 10
)

// classes checks the categories as a whole.
func (v *validator) classes(f *findings) {
	names := map[string]int{}
	gap, order := false, false
	for i := range v.d.Categories {
		c := &v.d.Categories[i]
		at := categoryAt(i)
		if c.ID < 1 {
			f.add(CategoryIDLow, at.Within("id"), "found %d, which ultralytics turns into class %d", c.ID, c.ID-1)
		}
		if i > 0 && !gap && c.ID > v.d.Categories[i-1].ID && c.ID-v.d.Categories[i-1].ID != 1 {
			gap = true
			f.add(CategoryIDGap, at.Within("id"), "found %d after %d", c.ID, v.d.Categories[i-1].ID)
		}
		if i > 0 && !order && c.ID < v.d.Categories[i-1].ID {
			order = true
			f.add(CategoryOrder, at.Within("id"),
				"found %d after %d: MMDetection numbers classes by their order, detectron2 by their ids", c.ID,
				v.d.Categories[i-1].ID)
		}
		key := looseName(c.Name)
		if first, ok := names[key]; ok && key != "" && v.d.Categories[first].Name != c.Name {
			f.addOther(CategoryNameSimilar, at.Within("name"), categoryAt(first),
				"%s is nearly the name of categories[%d], %s: MMDetection takes only names that equal those of the config",
				wtf8.Quote(c.Name), first, wtf8.Quote(v.d.Categories[first].Name))
		} else if !ok {
			names[key] = i
		}
	}
}

// looseName returns a name without differences that people often make: case, spaces and
// similar characters, and a plural s.
func looseName(name string) string {
	if !utf8.ValidString(name) {
		return name // strings.Map makes all bytes equal that are not UTF-8
	}
	key := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	if len(key) > 1 {
		key = strings.TrimSuffix(key, "s")
	}
	return key
}

// image checks a single image.
func (v *validator) image(img *coco.Image, at coco.Place, f *findings) {
	n, isInt := img.ID.Int()
	switch {
	case isInt && n < -maxExact, isInt && n > maxExact, !isInt && !img.ID.IsString():
		f.add(ImageIDLarge, at.Within("id"), "found %s, expected at most %d", img.ID, int64(maxExact))
	case isInt && n < 0:
		f.add(ImageIDNegative, at.Within("id"), "found %d", n)
	}
	if name := img.FileName; name != "" {
		v.fileName(name, at.Within("file_name"), f)
	}
	if !sized(img) {
		return
	}
	if img.Height > rle.MaxPixels/img.Width {
		f.add(ImageSizeLarge, at, "found height %d and width %d, expected at most %d pixels", img.Height, img.Width,
			rle.MaxPixels)
	} else if rle.CheckSize(img.Height, img.Width) != nil {
		f.add(ImageSizeLarge, at, "found height %d and width %d, too wide for its height: hubdata makes no masks of it",
			img.Height, img.Width)
	} else if side := min(img.Height, img.Width); side < minSideYOLO {
		f.add(ImageSmall, at, "found height %d and width %d: MMDetection leaves it out below %d, ultralytics below %d",
			img.Height, img.Width, minSideMMDet, minSideYOLO)
	} else if side < minSideMMDet {
		f.add(ImageSmall, at, "found height %d and width %d: MMDetection leaves it out of training below %d", img.Height,
			img.Width, minSideMMDet)
	}
}

// fileName checks that a file name is safe.
func (v *validator) fileName(name string, at coco.Place, f *findings) {
	if isAbsolute(name) {
		f.add(FileNameAbsolute, at, "%s is an absolute path, expected a name inside the folder of images", wtf8.Quote(name))
	}
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			f.add(FileNameParent, at, "%s leaves a folder by .., expected a name inside the folder of images", wtf8.Quote(name))
			break
		}
	}
	if strings.Contains(name, `\`) {
		f.add(FileNameBackslash, at, "%s has a backslash, which separates folders only on Windows, expected /",
			wtf8.Quote(name))
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		f.add(FileNameControl, at, "%s has a control character", wtf8.Quote(name))
	}
	if !utf8.ValidString(name) {
		f.add(FileNameEncoding, at, "%s is not UTF-8", rawString(name))
	}
}

// isAbsolute reports whether a name begins at a root, on any operating system.
func isAbsolute(name string) bool {
	return name[0] == '/' || name[0] == '\\' ||
		len(name) > 1 && name[1] == ':' && (name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z')
}

// imageNames compares the file names of all images.
func (v *validator) imageNames(f *findings) {
	strs := 0
	stems := make(map[string]int, len(v.d.Images))
	for i, first := range v.called.names().Twins() {
		if a, b := &v.d.Images[first], &v.d.Images[i]; a.ID != b.ID && (a.FileName != b.FileName || a.FileName == "") { // else they have another finding
			f.image = i
			f.addOther(ImageNameDuplicate, imageAt(i), imageAt(first),
				"%s is also the name of images[%d]: give each its own file name or member tile", wtf8.Quote(coco.ImageName(b)),
				first)
		}
	}
	for i := range v.d.Images {
		img := &v.d.Images[i]
		f.image = i
		at := imageAt(i)
		if img.ID.IsString() {
			strs++
		}
		if name := img.FileName; name != "" {
			key := coco.FoldName(strings.TrimSuffix(name, path.Ext(name)))
			if first, ok := stems[key]; !ok {
				stems[key] = i
			} else if other := v.d.Images[first].FileName; other != name {
				f.addOther(FileNameCollides, at.Within("file_name"), imageAt(first),
					"%s differs from that of images[%d], %s, only in case, Unicode form or suffix", wtf8.Quote(name), first,
					wtf8.Quote(other))
			}
		}
		if g := v.ix.Annotations(img.ID); len(g) == 0 {
			f.add(ImageEmpty, at, "it has no annotations: training leaves it out unless configured otherwise")
		}
	}
	f.image = -1
	if strs > 0 && strs == len(v.d.Images) {
		f.add(ImageIDString, allImages,
			"all ids are strings, such as %s: pycocotools accepts them in an evaluation, ultralytics does not",
			v.d.Images[0].ID.AppendJSON(nil))
	}
}

// annotationID checks the id of a single annotation.
func (v *validator) annotationID(a *coco.Annotation, at coco.Place, f *findings) {
	n, isInt := a.ID.Int()
	switch {
	case a.ID.IsString():
		f.add(AnnotationIDString, at.Within("id"), "found %s, but COCOeval stores matches as numbers", a.ID.AppendJSON(nil))
	case !isInt, n < -maxExact, n > maxExact:
		f.add(AnnotationIDLarge, at.Within("id"), "found %s, expected at most %d", a.ID, int64(maxExact))
	case n < 0:
		f.add(AnnotationIDNegative, at.Within("id"), "found %d", n)
	}
}

// flags checks the members that exclude an annotation from training.
func (v *validator) flags(a *coco.Annotation, at coco.Place, f *findings) {
	if a.IsCrowd && !a.Missing.Has(coco.FieldIsCrowd) {
		f.add(Crowd, at.Within("iscrowd"), "it is a crowd, which is neither learned nor counted")
	}
	if ignored(a) {
		f.add(IgnoreSet, at.Within("ignore"), "found %s: MMDetection leaves the annotation out, detectron2 rejects the file",
			a.Extra.Get("ignore"))
	}
}

// ignored reports whether an annotation has a member ignore that is true in Python.
func ignored(a *coco.Annotation) bool {
	switch string(a.Extra.Get("ignore")) {
	case "", "0", "false", "null", "0.0", `""`, "[]", "{}":
		return false
	}
	return true
}

// runs adds a single finding if the dataset contains runs.
func (v *validator) runs(f *findings) {
	n, first := 0, 0
	for i := range v.d.Annotations {
		if a := &v.d.Annotations[i]; a.Segmentation.Kind() == coco.KindRLE || a.Segmentation.Kind() == coco.KindCounts {
			if n++; n == 1 {
				first = i
			}
		}
	}
	if n > 0 {
		f.add(SegmentationRuns, annotationAt(first).Within("segmentation"),
			"%s of %s segmentations are runs: detectron2 requires INPUT.MASK_FORMAT bitmask; SAHI, Label Studio and transformers require polygons", figures.Int(n), figures.Int(len(v.d.Annotations)))
	}
}
