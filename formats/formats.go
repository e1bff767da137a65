// Package formats is what the formats of other tools have in common: how they are
// written and read image by image. Each format is a package below this one, whose
// variable Format describes it. A format opens no files: it makes texts from images, and
// images from texts.
//
// Between formats, a set is a list of [Image]: an image of a COCO dataset with its
// instances. [Exporter] turns each into parts of files, [Importer] makes them of files.
// What a format cannot keep is said of each instance by its [Fate], or by a [Skip] of
// what was read, and counted: nothing is lost silently.
package formats

import (
	"context"
	"encoding/json"
	"io/fs"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// Format is the format of another tool.
type Format struct {
	Name    string // of the flags --to and --from, such as yolo-seg
	About   string // one line, for help: what the files are, and who reads them
	Options []Option

	// Export returns an exporter of a set; nil: the format is only read.
	Export func(set *Set, options Values) (Exporter, error)
	// OneFile reports whether an export with these options is a single file, whose name the
	// user chooses, without images: its parts have an empty path. nil: it is a folder.
	OneFile func(options Values) bool
	// Unsigned says that such a file has no place for the info object of the set, so that
	// nothing shows what program wrote it.
	Unsigned bool
	// Slides says that images may be as large as whole slides, up to slide.MaxCoordinate
	// pixels along a side. They are exported without their files, and in pieces: Exporter
	// gets an image of many instances several times, with those after the others.
	Slides bool
	// Import reads a folder or a file; nil: the format is only written.
	Import Importer
	// Recognise reports whether a source is likely of this format. It reads little.
	Recognise func(src *Source) bool
}

// CheckSize reports whether an image of the format may have a size in pixels: that of a
// mask, or of a slide. The error wraps [rle.ErrSize].
func (f *Format) CheckSize(height, width int) error {
	if f.Slides {
		return slide.CheckSize(height, width)
	}
	return rle.CheckSize(height, width)
}

// Option is a choice that a format has.
type Option struct {
	Name    string
	Default string
	Choices []string // nil: any text
	About   string
}

// Values are the values of a format's options, with the defaults where none was chosen.
type Values map[string]string

// Set is what an exporter knows of a set before its images.
type Set struct {
	Name       string // of the file or folder it is from
	Categories []coco.Category
	Splits     []string // train, val, ...; nil: the set is not divided
	// Info is the info object of a COCO file that is made of the set: it says how.
	Info json.RawMessage
}

// Image is an image with its instances.
type Image struct {
	// Image is the image with its width and height in pixels. Its FileName is the name of
	// its file in an export, without folders. No two images of a set have names that differ
	// only in extension, letters' case or Unicode form.
	coco.Image
	Path      string // its file_name in the set that is exported; "/" may be between folders
	Split     string // one of those of the set; empty: the set is not divided
	Fold      int    // of a plan of folds; -1: none
	Instances []coco.Annotation
}

// Exporter makes the files of a set.
type Exporter interface {
	// Image returns what the files get of one image. Several goroutines call it at once.
	Image(img *Image) (*Output, error)
	// Frame returns what surrounds the parts of a file that several images share.
	Frame(file string) Frame
	// Finish returns the parts that are of no image, such as a list of classes.
	Finish() ([]Part, error)
}

// Output is what the files get of one image.
type Output struct {
	Parts     []Part
	ImageFile string // where the image itself belongs in the export; empty: nowhere
	Fates     []Fate // of the instances, in their order
}

// Part is text for a file. The parts of one file are written section by section, those of
// a section in the order of the images. A part without text begins its file, which then has
// its frame at least.
type Part struct {
	File    string // path in the export, with slashes
	Section int    // 0, or the number of a text of Frame.Next; those after 0 wait until the end
	Text    []byte
}

// Frame is what surrounds the parts of a file: Before is at its beginning, Between is
// between two parts of a section, After is at the end. Next[k] is between sections k and
// k+1, which may be empty.
type Frame struct {
	Before, Between, After string
	Next                   []string
}

// Fate says what became of an instance.
type Fate struct {
	// Dropped says why the format has no place for the instance; empty: it was written.
	Dropped string
	// Changed says what the format does not keep; empty: nothing.
	Changed string
	// IoU is that of the pixels which the format's reader sees with those of the instance:
	// 1 for the same pixels. NaN: it was not measured.
	IoU float64
}

// Source is what is read.
type Source struct {
	FS   fs.FS  // the folder
	File string // the file that was named, a path in FS; empty: the folder
	// Size returns the height and width in pixels of an image file of FS.
	Size func(name string) (height, width int, err error)
	// Known returns the image of a name, without an extension, in the set that the source
	// was made from; nil: no such set is known.
	Known func(name string) (img coco.Image, ok bool)
	// Classes are the names of the classes by their numbers, from 0, if the user gave
	// them; nil: the files say them.
	Classes []string
	Options Values
}

// Importer reads a source, and passes each image to emit, in an order that depends only
// on the source. An error ends it. Errors name the file, the place in it, what was found
// and what was expected.
type Importer func(ctx context.Context, src *Source, emit func(*Read) error) error

// Read is an image that was read.
type Read struct {
	coco.Image // without an id
	Split      string
	Instances  []Instance
	Skipped    []Skip
	Noted      []Skip // what was read, but not as the source has it
	// Categories are the classes that the source declares, in its order, if it does. The
	// ids are those that it gives as COCO does; all 0: none. They need not be repeated.
	Categories []coco.Category
}

// Instance is an instance that was read. The id, image id and category id of the
// annotation have no meaning. Area and box of an annotation with a segmentation are
// filled in from it if they are missing. A score is its member score.
type Instance struct {
	Class string // name of the class
	coco.Annotation
}

// Skip is something that was read but has no place in a COCO set.
type Skip struct {
	Where string // file, and place in it
	What  string // what it is, such as "a line", without the place, so that equal ones are counted
}
