package shapes

import (
	"encoding/json"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// changedNotFinite is what a file of an editor cannot say of an instance.
const changedNotFinite = "members that are NaN or infinite, which JSON does not have"

// Members returns the members of an instance that a file can have, and notes it if these are
// not all.
func Members(a *coco.Annotation, fate *formats.Fate) coco.Fields {
	bad := func(f coco.Field) bool { return jsonscan.HasNonFinite(f.Value) }
	if !slices.ContainsFunc(a.Extra, bad) {
		return a.Extra
	}
	fate.Changed = changedNotFinite
	return slices.DeleteFunc(slices.Clone(a.Extra), bad)
}

// MemberText returns the value of a member as a text: a string without quotes, and other
// JSON as it is. exact is false if [TextMember] would make another value of it.
func MemberText(f coco.Field) (text string, exact bool) {
	if len(f.Value) > 0 && f.Value[0] == '"' {
		b, err := jsonscan.New(f.Value).String()
		if err != nil {
			return string(f.Value), false
		}
		text = string(b)
		return text, !isJSON(text)
	}
	return string(f.Value), true
}

// TextMember returns a member of a text: JSON that is not a string is its value, any
// other text is a string.
func TextMember(key, text string) coco.Field {
	if isJSON(text) {
		return coco.Field{Key: key, Value: jsonscan.AppendCompact(nil, []byte(text))}
	}
	return coco.Field{Key: key, Value: jsonscan.AppendString(nil, text)}
}

func isJSON(text string) bool {
	return text != "" && text[0] != '"' && text[0] != ' ' && json.Valid([]byte(text))
}

// JSONString returns a text as JSON.
func JSONString(text string) []byte { return jsonscan.AppendString(nil, text) }
