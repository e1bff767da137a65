package cellpose_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/cellpose"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
)

// npy returns a file with a header and data.
func npy(header, data string) string {
	header += "\n"
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return string(b) + header + data
}

func header(descr, shape string) string {
	return fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, shape)
}

const pickled = `{'descr': '|O', 'fortran_order': False, 'shape': (), }`

func read(data string, values formats.Values, classes ...string) ([]*formats.Read, error) {
	return rastertest.Import(cellpose.Format, rastertest.Source(fstest.MapFS{"a.npy": {Data: []byte(data)}}, values,
		classes...))
}

func TestClass(t *testing.T) {
	file := npy(header("'|u1'", "(1, 3)"), "\x05\x00\x05")
	for _, tt := range []struct {
		values  formats.Values
		classes []string
		expect  string
	}{
		{nil, nil, "cell"}, {nil, []string{"x"}, "x"}, {nil, []string{"x", "y"}, "cell"},
		{formats.Values{"class": "z"}, []string{"x"}, "z"},
	} {
		images, err := read(file, tt.values, tt.classes...)
		if err != nil {
			t.Fatal(err)
		}
		if in := images[0].Instances; len(in) != 1 || in[0].Class != tt.expect || in[0].Area != 2 {
			t.Errorf("found %+v, expected 2 pixels of %s", in, tt.expect)
		}
	}
}

// TestBad reads files that are cut, lie, or would run code.
func TestBad(t *testing.T) {
	for _, tt := range []struct{ name, file, expect string }{
		{"empty", "", "a.npy: found no valid header of a .npy file: found \"\" at the beginning"},
		{"picture", "\x89PNG\r\n\x1a\n", "found \"\\x89PNG\\r\\n\" at the beginning"},
		{"cut magic", "\x93NUMPY\x01", "the file ends after 7 bytes"},
		{"version", "\x93NUMPY\x09\x00\x00\x00", "found version 9, expected 1 to 3"},
		{"header beyond", "\x93NUMPY\x01\x00\xff\x00{", "found a header of 255 bytes, expected at most 1"},
		{"header of 4 GB", "\x93NUMPY\x02\x00\xff\xff\xff\xff{", "found a header of 4294967295 bytes"},
		{"cut data", npy(header("'<u2'", "(2, 3)"), "12345678901"),
			"found 11 bytes of data, expected 12 for the shape [2 3] of 2 bytes each"},
		{"more data", npy(header("'<u2'", "(1, 1)"), "12345"), "found 5 bytes of data, expected 2"},
		{"huge", npy(header("'<u2'", "(4000000000, 4000000000)"), ""),
			"found an array of the shape [4000000000 4000000000], expected a height and a width"},
		{"overflow", npy(header("'<u2'", "(99999999999999999999, 1)"), ""), "expected a number of elements"},
		{"empty array", npy(header("'<u2'", "(0, 5)"), ""), "found an array of the shape [0 5]"},
		{"three dimensions", npy(header("'<u2'", "(1, 2, 3)"), ""),
			"found an array of the shape [1 2 3], expected two dimensions"},
		{"floats", npy(header("'<f4'", "(1, 1)"), "1234"), "found floating-point numbers of 32 bits, expected integers"},
		{"complex", npy(header("'<c8'", "(1, 1)"), "12345678"), "found elements of numpy's type c8"},
		{"fields", npy(header("[('a', '<u2')]", "(1, 1)"), "12"), "found elements with fields, expected integers"},
		{"negative", npy(header("'<i2'", "(2, 2)"), "\x01\x00\x01\x00\x01\x00\xff\xff"),
			"pixel 1, 1: found -1, expected 0 for background"},
		{"too large", npy(header("'<u8'", "(1, 1)"), "\x00\x00\x00\x00\x01\x00\x00\x00"),
			"pixel 0, 0: found 4294967296, expected at most 4294967295"},
		{"no dict", npy("[1, 2]", ""), "byte 0: found \"[1, 2]\\n\", expected {"},
		{"key twice", npy("{'shape': (1,), 'shape': (1,)}", ""), `found "shape" twice`},
		{"key missing", npy("{'shape': (1,)}", ""), "expected descr, fortran_order and shape"},
		{"other key", npy("{'x': 1}", ""), `found the key "x"`},
		{"nested", npy(strings.Repeat("{", 5000), ""), "expected a text in quotes"},
		// os.system("true"), in protocols 0, 2 and 4.
		{"code 0", npy(pickled, "cos\nsystem\n(S'true'\ntR."),
			`byte 0 of the pickle: found the name "os.system", which the file would have Python call: pickled objects, which run code`},
		{"code 2", npy(pickled, "\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03."),
			`found the name "posix.system"`},
		{"code 4", npy(pickled, "\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R."),
			`found the name "posix.system"`},
		{"getattr", npy(pickled, "\x80\x04\x8c\x08builtins\x8c\x07getattr\x93."), `found the name "builtins.getattr"`},
		{"numpy's own", npy(pickled, "\x80\x04\x8c\x05numpy\x8c\x04load\x93."), `found the name "numpy.load"`},
		{"extension", npy(pickled, "\x82\x01."), "found the step 0x82"},
		{"persistent id", npy(pickled, "Q."), "found the step 0x51"},
		{"newobj", npy(pickled, "\x80\x02cnumpy\nndarray\n)\x81."), "found the step 0x81"},
		{"call of a class", npy(pickled, "\x80\x02cnumpy\nndarray\n)R."), "found a call that is not one of an array"},
		{"not a dict", npy(pickled, "\x80\x02N."), "found no dict, expected that of Cellpose"},
		{"no masks", npy(pickled, "\x80\x02}."), "found no array masks in the dict"},
		{"masks of objects", npy(pickled, "\x80\x02}X\x05\x00\x00\x00masks]s."), "found no array masks in the dict"},
		{"cut pickle", npy(pickled, "\x80\x02}X\x05\x00\x00\x00mas"), "the pickle ends too early"},
		{"empty pickle", npy(pickled, ""), "the pickle ends too early"},
		{"bytes beyond", npy(pickled, "\x8e\xff\xff\xff\xff\xff\xff\xff\xff."), "the pickle ends too early"},
		{"empty stack", npy(pickled, "0."), "found too few objects"},
		{"no mark", npy(pickled, "t."), "found no mark"},
		{"no memo", npy(pickled, "h\x07."), "found a reference to object 7, which is missing"},
		{"deep", npy(pickled, strings.Repeat("(", 3<<20)), "objects on the stack"},
		{"long", npy(pickled, strings.Repeat("N0", 2<<20)), "steps of a pickle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(tt.file, nil)
			if err == nil || !strings.Contains(err.Error(), tt.expect) {
				t.Errorf("error %v, expected %q", err, tt.expect)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "a.npy: ") {
				t.Errorf("error %v, expected the file", err)
			}
		})
	}
}

func TestSize(t *testing.T) {
	file := &fstest.MapFile{Data: []byte(npy(header("'|u1'", "(1, 3)"), "\x05\x00\x05"))}
	source := rastertest.Source(fstest.MapFS{"a_seg.npy": file, "a.png": {}}, nil)
	source.Size = func(string) (int, int, error) { return 4, 3, nil }
	_, err := rastertest.Import(cellpose.Format, source)
	if err == nil || !strings.Contains(err.Error(),
		"a_seg.npy: the labels: found 3 x 1 pixels (width x height), expected 3 x 4 as a.png has") {
		t.Error(err)
	}
	if !cellpose.Format.Recognise(source) {
		t.Error("a _seg.npy file was not recognised")
	}
	if _, err := rastertest.Import(cellpose.Format, rastertest.Source(fstest.MapFS{"a.png": {}}, nil)); err == nil ||
		!strings.Contains(err.Error(), "found no files of Cellpose") {
		t.Error(err)
	}
}

// FuzzImport checks that no file makes the reader panic, and that its instances have pixels.
func FuzzImport(f *testing.F) {
	f.Add([]byte(npy(header("'<u2'", "(2, 1)"), "1234")))
	f.Add([]byte(npy(pickled, "\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R.")))
	f.Add([]byte(npy(pickled, "\x80\x02}X\x05\x00\x00\x00masksc"+
		"numpy.core.multiarray\n_reconstruct\nq\x00)R(K\x01K\x02K\x02\x86cnumpy\ndtype\nX\x02\x00\x00\x00u1\x85R\x89C\x041234tbs.")))
	f.Fuzz(func(t *testing.T, data []byte) {
		images, err := read(string(data), nil)
		if err != nil {
			return
		}
		for _, in := range images[0].Instances {
			if m, err := in.Segmentation.Mask(images[0].Height, images[0].Width); err != nil || m.Area() == 0 {
				t.Fatal("an instance without pixels", err)
			}
		}
	})
}
