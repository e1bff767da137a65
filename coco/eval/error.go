package eval

import (
	"cmp"
	"errors"
	"fmt"
)

// What is wrapped by the errors of records. Errors of masks wrap those of
// packages coco and rle.
var (
	ErrMissing   = errors.New("the member is missing")
	ErrNumber    = errors.New("not a usable number")
	ErrIDType    = errors.New("an id of the wrong type")
	ErrImage     = errors.New("unknown image")
	ErrCategory  = errors.New("unknown category")
	ErrDuplicate = errors.New("an id that stands twice")
)

// Error is what is wrong with a record of the truth or of the results.
type Error struct {
	List   string // results, or the truth's images, annotations or categories
	Index  int    // of the record in the list
	Member string // such as score; empty for the record as a whole
	Err    error
}

// Error names the record and the reason.
func (e *Error) Error() string {
	if e.Member == "" {
		return fmt.Sprintf("%s[%d]: %v", e.List, e.Index, e.Err)
	}
	return fmt.Sprintf("%s[%d].%s: %v", e.List, e.Index, e.Member, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

const (
	listImages      = "images"
	listAnnotations = "annotations"
	listCategories  = "categories"
	listResults     = "results"
)

// before says whether e is to be reported rather than o: by list, then by the
// order of the file. So it is the same error whoever finds it first.
func (e *Error) before(o *Error) bool {
	return cmp.Or(cmp.Compare(e.List, o.List), cmp.Compare(e.Index, o.Index)) < 0
}
