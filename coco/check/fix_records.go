package check

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// fileNames replaces backslashes by slashes.
func (f *fixer) fileNames() {
	if !f.on(FileNameBackslash) {
		return
	}
	for i := range f.d.Images {
		img := &f.d.Images[i]
		if name := strings.ReplaceAll(img.FileName, `\`, "/"); name != img.FileName {
			f.add(Change{Code: FileNameBackslash, Place: f.imageAt(i).Within("file_name"), Image: f.label(i), Action: actionSet,
				Before: rawString(img.FileName), After: rawString(name)})
			img.FileName = name
		}
	}
}

// sameImages merges duplicate images.
func (f *fixer) sameImages() {
	ids := map[coco.ID][]int{}
	for i := range f.d.Images {
		ids[f.d.Images[i].ID] = append(ids[f.d.Images[i].ID], i)
	}
	alike := func(a, b *coco.Image) bool {
		const size = coco.FieldHeight | coco.FieldWidth
		return a.Height == b.Height && a.Width == b.Width && a.Missing&size == b.Missing&size
	}
	drop := make([]bool, len(f.d.Images))
	moved := map[coco.ID]coco.ID{}
	names := map[string]int{}
	for i := range f.d.Images {
		img := &f.d.Images[i]
		if first := &f.d.Images[ids[img.ID][0]]; first != img {
			if f.on(ImageIDDuplicate) && first.FileName == img.FileName && alike(first, img) {
				drop[i] = true
				f.add(Change{Code: ImageIDDuplicate, Place: f.imageAt(i), Image: f.label(i), Action: actionMerged,
					Before: rawID(img.ID), After: rawPlace(f.imageAt(ids[img.ID][0]))})
			}
			continue
		}
		if img.FileName == "" || len(ids[img.ID]) > 1 {
			continue
		}
		k, ok := names[img.FileName]
		if !ok {
			names[img.FileName] = i
			continue
		}
		if first := &f.d.Images[k]; f.on(FileNameDuplicate) && alike(first, img) {
			drop[i], moved[img.ID] = true, first.ID
			f.add(Change{Code: FileNameDuplicate, Place: f.imageAt(i), Image: f.label(i), Action: actionMerged,
				Before: rawID(img.ID), After: rawPlace(f.imageAt(k))})
		}
	}
	f.repoint(moved)
	f.keepImages(drop)
}

// repoint changes the image ids of annotations.
func (f *fixer) repoint(moved map[coco.ID]coco.ID) {
	if len(moved) == 0 {
		return
	}
	for i := range f.d.Annotations {
		if to, ok := moved[f.d.Annotations[i].ImageID]; ok {
			f.d.Annotations[i].ImageID = to
		}
	}
}

// imageIDs replaces image ids that tools cannot handle.
func (f *fixer) imageIDs() {
	count := map[coco.ID]int{}
	used := map[int64]bool{}
	ints, strs := 0, 0
	for i := range f.d.Images {
		id := f.d.Images[i].ID
		count[id]++
		if n, isInt := id.Int(); isInt {
			ints++
			used[n] = true
		} else if id.IsString() {
			strs++
		} else {
			ints++
		}
	}
	if ints == 0 {
		return
	}
	orphans := map[int64]bool{}
	for i := range f.d.Annotations {
		if n, isInt := f.d.Annotations[i].ImageID.Int(); isInt {
			orphans[n] = true
		}
	}
	taken := map[int64]bool{}
	next := newIDs(taken)
	for n := range used {
		taken[n] = true
	}
	for n := range orphans {
		taken[n] = true
	}
	moved := map[coco.ID]coco.ID{}
	for i := range f.d.Images {
		img := &f.d.Images[i]
		n, isInt := img.ID.Int()
		code := ImageIDMixed
		switch {
		case isInt && exactInt(n), count[img.ID] > 1:
			continue
		case isInt && n < -maxExact, isInt && n > maxExact, !isInt && !img.ID.IsString():
			code = ImageIDLarge
		case isInt:
			code = ImageIDNegative
		}
		if !f.on(code) {
			continue
		}
		to, ok := canonicalInt(img.ID.String())
		if isInt || !ok || used[to] {
			to = next()
		}
		used[to], taken[to] = true, true
		moved[img.ID] = coco.IntID(to)
		f.add(Change{Code: code, Place: f.imageAt(i).Within("id"), Image: f.label(i), Action: actionSet,
			Before: rawID(img.ID), After: rawInt(to)})
		img.ID = coco.IntID(to)
	}
	f.repoint(moved)
}

// sizes sets the size of images to that of their file or, if there is none, of their
// runs.
func (f *fixer) sizes() {
	ix := f.d.Index()
	for i := range f.d.Images {
		img, file := &f.d.Images[i], &f.files[i]
		known := !file.Missing && file.Err == nil && file.Height > 0 && file.Width > 0
		code := ImageFileSize
		h, w := file.Height, file.Width
		switch {
		case sized(img) && known && (h != img.Height || w != img.Width):
			// A size before the picture is turned is that of masks before it is turned.
			if file.Orientation >= 5 && h == img.Width && w == img.Height || !f.fit(ix.Annotations(img.ID), h, w) {
				continue
			}
		case sized(img):
			continue
		default:
			if code = ImageSizeInvalid; img.Missing&(coco.FieldHeight|coco.FieldWidth) != 0 {
				code = ImageSizeMissing
			}
			if !known {
				if h, w, known = f.runsSize(ix.Annotations(img.ID)); !known {
					continue
				}
			}
		}
		if !f.on(code) {
			continue
		}
		size := func(h, w int) json.RawMessage {
			return append(append(append(append(json.RawMessage("["), rawInt(int64(h))...), ','), rawInt(int64(w))...), ']')
		}
		f.add(Change{Code: code, Place: f.imageAt(i), Image: f.label(i), Action: actionSet,
			Before: size(img.Height, img.Width), After: size(h, w)})
		img.Height, img.Width = h, w
		set(&img.Missing, &img.Extra, coco.FieldHeight|coco.FieldWidth)
	}
}

// fit reports whether annotations lie within an image of h x w pixels, and runs have
// its size.
func (f *fixer) fit(places []int32, h, w int) bool {
	inside := func(x, y float64) bool {
		return x >= -boxSlack && y >= -boxSlack && x <= float64(w)+boxSlack && y <= float64(h)+boxSlack
	}
	for _, i := range places {
		a := &f.d.Annotations[i]
		if b := a.BBox; soundBox(a) && (!inside(b.X, b.Y) || !inside(b.X+b.W, b.Y+b.H)) {
			return false
		}
		if sh, sw, ok := a.Segmentation.Size(); ok && (sh != h || sw != w) {
			return false
		}
		if a.Segmentation.Kind() == coco.KindPolygons {
			rings, err := a.Segmentation.Rings()
			if err != nil {
				return false
			}
			for _, r := range rings {
				for _, p := range r {
					if !inside(p[0], p[1]) {
						return false
					}
				}
			}
		}
	}
	return true
}

// runsSize returns the size that all runs of an image share.
func (f *fixer) runsSize(places []int32) (h, w int, ok bool) {
	for _, i := range places {
		switch sh, sw, has := f.d.Annotations[i].Segmentation.Size(); {
		case !has:
		case !ok:
			h, w, ok = sh, sw, true
		case sh != h || sw != w:
			return 0, 0, false
		}
	}
	return h, w, ok && h > 0 && w > 0 && h <= rle.MaxPixels/w
}

// classes merges duplicate categories and sorts them.
func (f *fixer) classes() {
	count := map[int64]int{}
	for i := range f.d.Categories {
		count[f.d.Categories[i].ID]++
	}
	drop := make([]bool, len(f.d.Categories))
	moved := map[int64]int64{}
	names := map[string]int{}
	for i := range f.d.Categories {
		c := &f.d.Categories[i]
		if c.Name == "" {
			continue
		}
		k, ok := names[c.Name]
		if !ok {
			names[c.Name] = i
			continue
		}
		first := &f.d.Categories[k]
		code := CategoryNameDuplicate
		switch {
		case first.ID == c.ID:
			code = CategoryIDDuplicate
		case count[first.ID] > 1 || count[c.ID] > 1:
			continue
		}
		if !f.on(code) {
			continue
		}
		drop[i] = true
		if first.ID != c.ID {
			moved[c.ID] = first.ID
		}
		f.add(Change{Code: code, Place: f.categoryAt(i), Action: actionMerged, Before: rawInt(c.ID),
			After: rawPlace(f.categoryAt(k))})
	}
	for i := range f.d.Annotations {
		a := &f.d.Annotations[i]
		if to, ok := moved[a.CategoryID]; ok && !a.Missing.Has(coco.FieldCategoryID) {
			a.CategoryID = to
		}
	}
	f.keepCategories(drop)
	byID := func(i, k int) int { return cmp.Compare(f.d.Categories[i].ID, f.d.Categories[k].ID) }
	order := upTo(len(f.d.Categories))
	if slices.IsSortedFunc(order, byID) || !f.on(CategoryOrder) {
		return
	}
	slices.SortStableFunc(order, byID)
	var ids [2]json.RawMessage
	list, from := make([]coco.Category, len(order)), make([]int, len(order))
	for to, i := range order {
		list[to], from[to] = f.d.Categories[i], f.categories[i]
		for n, id := range []int64{f.d.Categories[to].ID, list[to].ID} {
			ids[n] = append(append(ids[n], ','), rawInt(id)...)
		}
	}
	for n := range ids {
		ids[n][0] = '['
		ids[n] = append(ids[n], ']')
	}
	f.d.Categories, f.categories = list, from
	f.add(Change{Code: CategoryOrder, Place: allCategories, Action: actionSet, Before: ids[0], After: ids[1]})
}

// references removes annotations without an image or category, and finds images whose
// id differs only in its type.
func (f *fixer) references() {
	ix := f.d.Index()
	byName := map[string]int{}
	for i := range f.d.Images {
		name := f.d.Images[i].ID.String()
		if _, twice := byName[name]; twice {
			byName[name] = -1
		} else {
			byName[name] = i
		}
	}
	drop := make([]bool, len(f.d.Annotations))
	for i := range f.d.Annotations {
		a := &f.d.Annotations[i]
		if len(f.d.Images) > 0 && ix.Image(a.ImageID) == nil && wrongType(a.Missing, a.Extra, coco.FieldImageID) == nil &&
			f.on(ImageUnknown) {
			k, ok := byName[a.ImageID.String()]
			if !ok || k < 0 {
				drop[i] = true
				f.add(Change{Code: ImageUnknown, Place: f.annotationAt(i), Action: actionRemoved, Before: rawID(a.ImageID)})
				continue
			}
			img := &f.d.Images[k]
			f.add(Change{Code: ImageUnknown, Place: f.annotationAt(i).Within("image_id"), Image: f.label(k), Action: actionSet,
				Before: rawID(a.ImageID), After: rawID(img.ID)})
			a.ImageID = img.ID
		}
		tile := f.labelOf(ix, a.ImageID)
		switch missing := a.Missing.Has(coco.FieldCategoryID); {
		case len(f.d.Categories) == 0, wrongType(a.Missing, a.Extra, coco.FieldCategoryID) != nil:
		case missing && f.on(CategoryMissing) && len(f.d.Categories) == 1:
			a.Missing &^= coco.FieldCategoryID
			a.CategoryID = f.d.Categories[0].ID
			f.add(Change{Code: CategoryMissing, Place: f.annotationAt(i).Within("category_id"), Image: tile, Action: actionSet,
				After: rawInt(a.CategoryID)})
		case missing && f.on(CategoryMissing):
			drop[i] = true
			f.add(Change{Code: CategoryMissing, Place: f.annotationAt(i), Image: tile, Action: actionRemoved})
		case !missing && f.on(CategoryUnknown) && ix.Category(a.CategoryID) == nil:
			drop[i] = true
			f.add(Change{Code: CategoryUnknown, Place: f.annotationAt(i), Image: tile, Action: actionRemoved,
				Before: rawInt(a.CategoryID)})
		}
	}
	f.keepAnnotations(drop)
}

// annotationIDs replaces annotation ids that tools cannot handle by ids that the input
// did not use.
func (f *fixer) annotationIDs() {
	seen := map[int64]bool{}
	again := make([]bool, len(f.d.Annotations))
	mixed := false
	for i := range f.d.Annotations {
		n, isInt := f.d.Annotations[i].ID.Int()
		mixed = mixed || f.d.Annotations[i].ID.IsString() != f.d.Annotations[0].ID.IsString()
		if isInt {
			again[i] = seen[n]
			seen[n] = true
		}
	}
	next := newIDs(f.ids)
	ix := f.d.Index()
	for i := range f.d.Annotations {
		a := &f.d.Annotations[i]
		n, isInt := a.ID.Int()
		code := AnnotationIDString
		switch {
		case a.ID.IsString() && mixed:
			code = AnnotationIDMixed
		case a.ID.IsString():
		case !isInt:
			code = AnnotationIDLarge
		case n == 0:
			code = AnnotationIDZero
		case n > maxExact || n < -maxExact:
			code = AnnotationIDLarge
		case n < 0:
			code = AnnotationIDNegative
		case again[i]:
			code = AnnotationIDDuplicate
		default:
			continue
		}
		if !f.on(code) {
			continue
		}
		to := next()
		tile := f.labelOf(ix, a.ImageID)
		f.add(Change{Code: code, Place: f.annotationAt(i).Within("id"), Image: tile, Action: actionSet, Before: rawID(a.ID),
			After: rawInt(to)})
		a.ID = coco.IntID(to)
	}
}
