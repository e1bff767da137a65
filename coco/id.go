package coco

// ID identifies an image or an annotation: an integer or a string, as the file
// has it. IDs are comparable; the integer 12 and the string "12" differ. The
// zero ID is the integer 0.
type ID struct {
	num    int64
	str    string
	quoted bool
}

// IntID returns the integer id n.
func IntID(n int64) ID { return ID{num: n} }

// StringID returns the string id s.
func StringID(s string) ID { return ID{str: s, quoted: true} }
