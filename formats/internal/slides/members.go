package slides

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/slide"
)

// Members returns the members of an instance that an object has as attributes: all but
// those that say which object it was.
func Members(a *coco.Annotation) coco.Fields {
	return slices.DeleteFunc(slices.Clone(a.Extra), func(f coco.Field) bool {
		return f.Key == slide.OriginMember || f.Key == slide.EditorMember
	})
}

// Reserved reports whether a name is that of a member of COCO's or hubdata's, which an
// attribute cannot be.
func Reserved(name string) bool {
	return slices.Contains([]string{"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd",
		slide.OriginMember, slide.EditorMember}, name)
}

// MemberText returns a member as a text: a string as it is, other JSON, and a string that
// would be taken for JSON, as JSON.
func MemberText(f coco.Field) string {
	text, exact := shapes.MemberText(f)
	if !exact || strings.HasPrefix(text, `"`) {
		return string(f.Value)
	}
	return text
}

// TextMember returns the member that [MemberText] makes a text of.
func TextMember(key, text string) coco.Field {
	if strings.HasPrefix(text, `"`) && json.Valid([]byte(text)) {
		return coco.Field{Key: key, Value: jsonscan.AppendCompact(nil, []byte(text))}
	}
	return shapes.TextMember(key, text)
}

// noMembers returns what a format does not keep of an instance that has members; empty:
// nothing.
func noMembers(a *coco.Annotation) string {
	if a.IsCrowd || len(Members(a)) > 0 {
		return "members, such as a score, or iscrowd"
	}
	return ""
}
