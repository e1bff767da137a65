package cellpose_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/cellpose"
)

// A file that would have numpy run a command is refused, and runs nothing.
func Example() {
	const header = "{'descr': '|O', 'fortran_order': False, 'shape': ()}\n"
	file := "\x93NUMPY\x01\x00" + string(rune(len(header))) + "\x00" + header + "cos\nsystem\n(S'true'\ntR."
	source := &formats.Source{FS: fstest.MapFS{"a_seg.npy": {Data: []byte(file)}}}
	err := cellpose.Format.Import(context.Background(), source, func(*formats.Read) error { return nil })
	fmt.Println(err.Error()[:103])
	// Output:
	// a_seg.npy: byte 0 of the pickle: found the name "os.system", which the file would have Python call: pic
}
