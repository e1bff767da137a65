package eval

import (
	"cmp"
	"errors"
	"fmt"
)

// Errors that an [Error] wraps. Errors of masks wrap those of packages coco and rle
// instead.
var (
	ErrMissing   = errors.New("missing member")
	ErrNumber    = errors.New("not a usable number")
	ErrIDType    = errors.New("id of the wrong type")
	ErrImage     = errors.New("unknown image")
	ErrCategory  = errors.New("unknown category")
	ErrDuplicate = errors.New("duplicate id")
)

// Error describes a fault in a record of the ground truth or of the results.
type Error struct {
	List   string // results, or images, annotations or categories of the ground truth
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

// before reports whether e should be reported rather than o: the order is by list, then
// by index in the file. So the reported error does not depend on which goroutine finds
// one first.
func (e *Error) before(o *Error) bool {
	return cmp.Or(cmp.Compare(e.List, o.List), cmp.Compare(e.Index, o.Index)) < 0
}
