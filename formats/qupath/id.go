package qupath

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/slide"
)

// ID returns the UUID of an annotation of the slide with a name, of version 8, that of UUIDs whose
// content is up to the maker. It depends on the name of the slide and the id alone. An
// id that is an integer from 0 to below 2^62 can be read from it: [AnnotationID].
//
// The first 48 bits are of the SHA-256 of the slide's name, a zero byte and the id as
// JSON. The 12 bits after the version are of that of the id alone, and the 62 bits after
// the variant are the id, or for others more bits of the first sum.
func ID(name string, id coco.ID) string {
	var u [16]byte
	text := string(id.AppendJSON(nil))
	both := sha256.Sum256([]byte(name + "\x00" + text))
	copy(u[:6], both[:6])
	low := binary.BigEndian.Uint64(both[8:])
	check := checkOf(text)
	if n, ok := id.Int(); ok && n >= 0 && n < 1<<62 {
		low = uint64(n)
	} else {
		check ^= 1 // the id is not in it
	}
	binary.BigEndian.PutUint16(u[6:], 8<<12|check)
	binary.BigEndian.PutUint64(u[8:], 2<<62|low&(1<<62-1))
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// checkOf returns 12 bits of the sum of an id.
func checkOf(text string) uint16 {
	sum := sha256.Sum256([]byte("hubdata annotation " + text))
	return binary.BigEndian.Uint16(sum[:]) & 0xfff
}

// AnnotationID returns the id of the annotation that [ID] made a UUID of. It reports false
// for other UUIDs, and for those of ids that cannot be read from them.
func AnnotationID(uuid string) (coco.ID, bool) {
	u, err := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if err != nil || len(u) != 16 || u[6]>>4 != 8 || u[8]>>6 != 2 {
		return coco.ID{}, false
	}
	id := coco.IntID(int64(binary.BigEndian.Uint64(u[8:]) & (1<<62 - 1)))
	if binary.BigEndian.Uint16(u[6:])&0xfff != checkOf(string(id.AppendJSON(nil))) {
		return coco.ID{}, false
	}
	return id, true
}

// isUUID reports whether a text is a UUID in its usual form.
func isUUID(text string) bool {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return false
	}
	u, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return err == nil && len(u) == 16
}

// objectID returns the UUID of an annotation: the one that QuPath gave it, or its own.
func objectID(name string, a *coco.Annotation) string {
	if text, ok := a.Extra.Text(slide.EditorMember); ok && isUUID(text) {
		return text
	}
	return ID(name, a.ID)
}
