package mmdet

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// minSize is the least side of an image that MMDetection trains on.
const minSize = 32

// A Set is a dataset as a stage uses it.
type Set struct {
	File   string // for messages
	Images string // folder of the images
	Data   *coco.Dataset
}

// DataCheck says what data a training gets.
type DataCheck struct {
	Dialect      Dialect // empty: another program, of which is not known what it leaves out
	Classes      []string
	Train        *Set // nil: none, as where a model only predicts
	Val          *Set // nil: none
	AllowOverlap bool
	BatchPerGPU  int // 0: not known
	GPUs         int // all of them
	// ImageSize gives the size of an image file in pixels; nil: images are not
	// looked at.
	ImageSize func(path string) (width, height int, err error)
}

// Finding is what MMDetection would fail on, or misread: the first place of a kind
// in a file, and how many there are. After an error training must not begin; else
// some data is lost or doubtful.
type Finding struct {
	coco.Finding
	Count int // places like it, this one counted
}

// String gives it in one line.
func (f Finding) String() string {
	text := f.Finding.String()
	if f.Count > 1 {
		text = fmt.Sprintf("%s, and %d more like it", text, f.Count-1)
	}
	return text
}

// DataReport is what [CheckData] finds.
type DataReport struct {
	Findings      []Finding
	TrainImages   int // in the file
	KeptImages    int // that MMDetection trains on: large enough, with an annotation; 0: not known
	Instances     int // on those: boxes, each with its mask
	Ignored       int // on those: boxes of crowds, which are neither rewarded nor punished
	ValImages     int
	ItersPerEpoch int // 0: the batch size is not known
}

// Fatal says whether training must not begin.
func (r *DataReport) Fatal() bool {
	return slices.ContainsFunc(r.Findings, fatal)
}

// fatal says whether training must not begin.
func fatal(f Finding) bool { return f.Severity == coco.SeverityError }

// The codes of [CheckData], beside those of [check.Validate],
// [check.ImageFileMissing], [check.ImageFileSize], [check.FileNameParent] and
// [check.FileNameAbsolute].
const (
	ClassMissing     coco.Code = "class-missing"      // a class that no category has
	ClassOrder       coco.Code = "class-order"        // categories in another order than the classes
	CategoryUnused   coco.Code = "category-unused"    // a category that is no class
	NothingKept      coco.Code = "nothing-kept"       // no image to train on
	FewImages        coco.Code = "few-images"         // fewer than one batch for each GPU
	TrainValOverlap  coco.Code = "train-val-overlap"  // an image in training and validation
	TrainValNamesake coco.Code = "train-val-namesake" // an image in validation with the base name of one in training
)

// doubtful are the codes of [check.Validate] that cost single annotations,
// or nothing, rather than the training.
var doubtful = []coco.Code{check.AreaDiffers, check.AreaNotPositive, check.BoxZero, check.BoxSmall, check.BoxOutside,
	check.MaskEmpty, check.FileNameDuplicate}

// CheckData holds datasets against what MMDetection expects, and counts what it
// will train on. Findings of one kind in one file are one.
func CheckData(c *DataCheck) *DataReport {
	g := &gate{c: c, report: &DataReport{}, at: map[[2]string]int{}}
	if c.Train != nil {
		g.set(c.Train)
		g.report.TrainImages = len(c.Train.Data.Images)
		g.count()
	}
	if c.Val != nil {
		g.set(c.Val)
		g.report.ValImages = len(c.Val.Data.Images)
		if c.Train != nil && !c.AllowOverlap {
			g.overlap()
		}
	}
	slices.SortStableFunc(g.report.Findings, func(a, b Finding) int {
		switch {
		case fatal(a) == fatal(b):
			return 0
		case fatal(a):
			return -1
		}
		return 1
	})
	return g.report
}

// A gate is a check at work.
type gate struct {
	c      *DataCheck
	report *DataReport
	at     map[[2]string]int // place of the finding of a file and code
}

func (g *gate) find(s *Set, code coco.Code, severity coco.Severity, at coco.Place, format string, args ...any) {
	key := [2]string{s.File, string(code)}
	if i, ok := g.at[key]; ok {
		g.report.Findings[i].Count++
		return
	}
	g.at[key] = len(g.report.Findings)
	g.report.Findings = append(g.report.Findings,
		Finding{coco.Finding{Code: code, Severity: severity, File: s.File, Place: at, Reason: fmt.Sprintf(format, args...)},
			1})
}

// set checks one file by itself.
func (g *gate) set(s *Set) {
	g.classes(s)
	for _, f := range check.Validate(s.Data) {
		if f.Code == check.NoCategories {
			continue // a class is missing then
		}
		severity := coco.SeverityError
		if slices.Contains(doubtful, f.Code) {
			severity = coco.SeverityWarning
		}
		g.find(s, f.Code, severity, f.Place, "%s", f.Reason)
	}
	if g.c.ImageSize == nil {
		return
	}
	for i := range s.Data.Images {
		img := &s.Data.Images[i]
		at := coco.Place{Section: coco.SectionImages, Index: i, Member: "file_name"}
		name := filepath.FromSlash(coco.FileNameBytes(img.FileName))
		if name != "" && !filepath.IsLocal(name) {
			code := check.FileNameParent
			if path.IsAbs(img.FileName) || filepath.IsAbs(name) {
				code = check.FileNameAbsolute
			}
			g.find(s, code, coco.SeverityWarning, at, "%s leads out of %s: its file is not checked", wtf8.Quote(img.FileName),
				s.Images)
			continue
		}
		w, h, err := g.c.ImageSize(filepath.Join(s.Images, name))
		switch {
		case err != nil:
			g.find(s, check.ImageFileMissing, coco.SeverityError, at, "%v: put the image there, or set another folder in images",
				err)
		case w != img.Width || h != img.Height:
			g.find(s, check.ImageFileSize, coco.SeverityError, at,
				"%s is %d wide and %d high, but the COCO file says %d and %d: masks would not fit", img.FileName, w, h, img.Width,
				img.Height)
		}
	}
}

// classes checks that the classes are the categories of their names, in one
// order: labels are places among the categories, not among the classes.
func (g *gate) classes(s *Set) {
	var names, used []string
	for _, c := range s.Data.Categories {
		names = append(names, c.Name)
		if slices.Contains(g.c.Classes, c.Name) {
			used = append(used, c.Name)
		}
	}
	missing := false
	for _, class := range g.c.Classes {
		if !slices.Contains(names, class) {
			missing = true
			g.find(s, ClassMissing, coco.SeverityError, coco.Place{Member: "categories"},
				"found no category %s, so all its images would be dropped: %s; write classes: [%s] in the recipe, or rename the category", wtf8.Quote(class), nearestCategory(class, names), strings.Join(names, ", "))
		}
	}
	if !missing && !slices.Equal(used, g.c.Classes) {
		g.find(s, ClassOrder, coco.SeverityError, coco.Place{Member: "categories"},
			"found the order %s, expected that of the classes, %s: labels follow the order of the file; list the classes in that order", strings.Join(used, ", "), strings.Join(g.c.Classes, ", "))
	}
	for i, c := range s.Data.Categories {
		if !slices.Contains(g.c.Classes, c.Name) && !missing {
			g.find(s, CategoryUnused, coco.SeverityWarning, coco.Place{Section: coco.SectionCategories, Index: i},
				"%s is not a class: its annotations are not used", wtf8.Quote(c.Name))
		}
	}
}

func nearestCategory(class string, names []string) string {
	if len(names) == 0 {
		return "the file has no categories"
	}
	return nearest(class, names)
}

// countAll counts the instances of the classes, for a program of which is not known what
// it leaves out.
func (g *gate) countAll() {
	d := g.c.Train.Data
	ix := d.Index()
	for i := range d.Annotations {
		a := &d.Annotations[i]
		c := ix.Category(a.CategoryID)
		switch {
		case c == nil || !slices.Contains(g.c.Classes, c.Name):
		case a.IsCrowd:
			g.report.Ignored++
		default:
			g.report.Instances++
		}
	}
	if g.report.Instances == 0 {
		g.find(g.c.Train, NothingKept, coco.SeverityError, coco.Place{Member: "annotations"},
			"found no annotation of a class, expected instances to train on")
	}
}

// count finds which images and instances are trained on, and the iterations of an
// epoch. An image counts with any annotation of a class, even one that is dropped later.
func (g *gate) count() {
	if g.c.Dialect == "" {
		g.countAll()
		return
	}
	consumer := check.MMDet3
	if g.c.Dialect == MMDet2 {
		consumer = check.MMDet2
	}
	losses := check.LossesOf(g.c.Train.Data, consumer, g.c.Classes...)
	g.report.Instances, g.report.Ignored = losses.Annotations.Kept, losses.Ignored
	wide, tall := 0, 0 // groups that batches are not mixed of
	for i := range g.c.Train.Data.Images {
		img := &g.c.Train.Data.Images[i]
		switch {
		case !losses.KeptImages[i]:
		case img.Width > img.Height:
			wide++
		default:
			tall++
		}
	}
	kept := wide + tall
	g.report.KeptImages = kept
	if kept == 0 {
		g.find(g.c.Train, NothingKept, coco.SeverityError, coco.Place{Member: "images"},
			"found no image with an annotation of a class and sides of at least %d pixels: MMDetection would fail on an empty dataset", minSize)
	}
	if g.c.BatchPerGPU < 1 {
		return
	}
	gpus := max(g.c.GPUs, 1)
	batch := g.c.BatchPerGPU * gpus
	g.report.ItersPerEpoch = (kept + batch - 1) / batch
	if g.c.Dialect == MMDet2 { // each group is filled up to whole batches
		g.report.ItersPerEpoch = (wide+batch-1)/batch + (tall+batch-1)/batch
	}
	if kept > 0 && kept < batch {
		g.find(g.c.Train, FewImages, coco.SeverityWarning, coco.Place{Member: "images"},
			"found %d images to train on, less than one batch of %d", kept, batch)
	}
}
