package coco

import "fmt"

// The codes of [Merge]. Those of the first group are also codes of package
// coco/check.
const (
	CategoryIDDuplicate   Code = "category-id-duplicate"   // two categories with one id
	CategoryNameMissing   Code = "category-name-missing"   // absent or empty
	CategoryNameDuplicate Code = "category-name-duplicate" // two categories with one name
	CategoryUnknown       Code = "category-unknown"        // category_id of no category
	ImageIDDuplicate      Code = "image-id-duplicate"      // two images with one id
	ImageIDMixed          Code = "image-id-mixed"          // some ids are integers, some strings
	ImageNameDuplicate    Code = "image-name-duplicate"    // two images of one file with one tile or path
	ImageUnknown          Code = "image-unknown"           // image_id of no image
	AnnotationIDDuplicate Code = "annotation-id-duplicate" // two annotations with one id

	ImageIDTaken         Code = "image-id-taken"        // two images with one id
	ImageIDDiffers       Code = "image-id-differs"      // one image with two ids
	ImageFileDiffers     Code = "image-file-differs"    // one image with two file names
	ImageFileTaken       Code = "image-file-taken"      // two images with one file name, one of which has no member tile
	ImageSizeDiffers     Code = "image-size-differs"    // one image with two sizes
	ImageMemberDiffers   Code = "image-member-differs"  // one image with two values of another member
	CategoryIDTaken      Code = "category-id-taken"     // two categories with one id
	SupercategoryDiffers Code = "supercategory-differs" // one category with two supercategories
	CategoryDiffers      Code = "category-differs"      // one category with two values of another member
	MemberDiffers        Code = "member-differs"        // a top-level member with two values
)

// MergeError is returned by [Merge] for datasets that contradict each other.
type MergeError struct {
	Conflicts []Finding // all, in the order in which they were found; File is that of the source
}

// maxListed is the maximum number of conflicts in the text of an error.
const maxListed = 20

// Error lists the first conflicts, one per line.
func (e *MergeError) Error() string {
	if len(e.Conflicts) == 1 {
		return "coco: cannot merge: " + e.Conflicts[0].String()
	}
	text := fmt.Sprintf("coco: cannot merge: %d conflicts:", len(e.Conflicts))
	for _, c := range e.Conflicts[:min(maxListed, len(e.Conflicts))] {
		text += "\n" + c.String()
	}
	if more := len(e.Conflicts) - maxListed; more > 0 {
		text += fmt.Sprintf("\nand %d more", more)
	}
	return text
}

// conflict adds a conflict of the current source.
func (m *merger) conflict(code Code, at Place, format string, args ...any) {
	m.conflicts = append(m.conflicts, Finding{Code: code, Severity: SeverityError, File: m.file(m.source), Place: at, Reason: fmt.Sprintf(format, args...)})
}

// where describes where a record is. It names the file only if it is another one.
func (m *merger) where(p place, section Section) string {
	path := Place{Section: section, Index: p.at}.String()
	if p.source == m.source {
		return path
	}
	return m.file(p.source) + ": " + path
}

// jsonID returns an id in JSON: 12 or "12".
func jsonID(id ID) []byte { return id.AppendJSON(nil) }
