// Package jsonscan walks JSON text held in memory, without building a tree:
// the shared ground of the COCO and polygons.jsonl readers.
//
// A [Cursor] stands in the text and reads one thing at a time:
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
// The grammar is that of RFC 8259, strictly: no NaN, no comments, no trailing
// commas, valid UTF-8 in strings. What [Cursor.Skip] passes over is checked as
// fully as what is read. Lists and objects nest at most 512 deep.
//
// [AppendString], [AppendFloat] and [AppendCompact] write values.
package jsonscan
