package slide

// The members of an annotation that say which object of an editor it was.
const (
	OriginMember = "origin_id" // the id of the annotation that was given to the editor
	EditorMember = "editor_id" // the id that the editor gave to an object of its own
)
