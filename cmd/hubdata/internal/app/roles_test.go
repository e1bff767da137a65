package app

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestRolesOfFlags lists, for the commands whose files have a record, what each flag is for. verify runs recorded commands
// again with flags of these roles alone: a flag that names a file to write must not be a flag to read or an option, or a
// forged record could choose what is written.
func TestRolesOfFlags(t *testing.T) {
	const expected = `
convert reads: polygons tile-meta
convert writes: out
folds reads: table from audit image-dir coco polygons tile-meta
folds writes: out
pseudo reads: model preset exclude images merge tile-meta
pseudo writes: results out
tune reads: truth model folds table space images
tune writes: resume out plot
check reads: image-dir truth tile-meta
check writes: out changes sarif
merge reads: name
merge writes: out id-map changes record
filter reads: tile-meta folds images-from decisions table
filter writes: out
export reads: folds tile-meta images-from image-dir table
export writes: out
stitch reads: images tile-meta table
stitch writes: out
import reads: image-dir against
import writes: out changes
tile reads: image-dir tiles
tile writes: out
submission encode reads: tiles images
submission encode writes: out record
`
	app := newApp(ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard))
	var got strings.Builder
	got.WriteByte('\n')
	for _, name := range []string{"convert", "folds", "pseudo", "tune", "check", "merge", "filter", "export", "stitch", "import", "tile", "submission encode"} {
		cmd, _ := commandOf(app, strings.Fields(name))
		for _, role := range []flags.Role{flags.Reads, flags.Writes} {
			fmt.Fprintf(&got, "%s %s:", name, map[flags.Role]string{flags.Reads: "reads", flags.Writes: "writes"}[role])
			for _, f := range cmd.Flags {
				if flags.RoleOf(f) == role {
					got.WriteString(" " + f.Names()[0])
				}
			}
			got.WriteByte('\n')
		}
	}
	if got.String() != expected {
		t.Errorf("found %s, expected %s", &got, expected)
	}
}
