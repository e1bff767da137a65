// Package jsonscan reads JSON text held in memory without building a tree. The
// readers of COCO files and polygons.jsonl share it.
//
// A [Cursor] is a position in the text and reads one value at a time:
//
//	c := jsonscan.New(text)
//	err := c.Object(func(key []byte) error {
//		switch string(key) {
//		case "width":
//			width, err = c.Int()
//			return err
//		}
//		return c.Skip()
//	})
//
// [Cursor.BeginObject], [Cursor.NextMember] and [Cursor.Key] do the same
// without a function; lists have [Cursor.Array], [Cursor.BeginArray] and
// [Cursor.NextElement].
//
// The grammar is that of RFC 8259, strictly: no comments, no trailing commas,
// valid UTF-8 in strings. Values that [Cursor.Skip] skips are checked as fully
// as values that are read, but may be NaN, Infinity or -Infinity; a number that
// is read may not. Lists and objects nest at most 512 levels deep.
//
// Strings are UTF-8, except that they may have surrogates without their other
// half, in three bytes each (WTF-8): Python's json module writes "\udce9" for
// byte 0xe9 of a file name that is not UTF-8. What was read is written as the
// same escape.
//
// [AppendString], [AppendFloat] and [AppendCompact] write values. [Marshal] writes
// values of Go as encoding/json does, except that it keeps such strings.
package jsonscan
