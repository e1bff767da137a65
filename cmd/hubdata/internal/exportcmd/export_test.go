package exportcmd

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/formats"
)

// exported runs export on a file of three instances, with a format in place of that of --to.
func exported(t *testing.T, f *formats.Format, args ...string) error {
	t.Helper()
	in := filepath.Join(t.TempDir(), "in.json")
	text := `{"images":[{"id":1,"file_name":"a.png","height":4,"width":4},{"id":2,"file_name":"b.png","height":4,"width":4}],"categories":[{"id":1,"name":"v"}],"annotations":[`
	for i := range 3 {
		text += fmt.Sprintf(`{"id":%d,"image_id":%d,"category_id":1,"bbox":[0,0,2,2],"area":4,"iscrowd":0},`, i+1, i%2+1)
	}
	if err := os.WriteFile(in, []byte(strings.TrimSuffix(text, ",")+"]}"), 0o666); err != nil {
		t.Fatal(err)
	}
	opts, err := flagtest.Parse(t, Command(nil), parse, append(append([]string{"--to", "hf", "--copy", "none"}, args...),
		in)...)
	if err != nil {
		t.Fatal(err)
	}
	opts.format = f
	return run(t.Context(), ui.NewConsole(nil, io.Discard, io.Discard), opts)
}

// fake is an exporter whose outputs a test makes.
type fake struct {
	image  func(*formats.Image) *formats.Output
	frame  formats.Frame
	finish []formats.Part
}

func (f fake) Image(img *formats.Image) (*formats.Output, error) { return f.image(img), nil }
func (f fake) Frame(string) formats.Frame                        { return f.frame }
func (f fake) Finish() ([]formats.Part, error)                   { return f.finish, nil }

func (f fake) format() *formats.Format {
	return &formats.Format{Name: "fake", Export: func(*formats.Set, formats.Values) (formats.Exporter, error) {
		return f, nil
	}}
}

// TestFates: what a format drops and changes is counted, with the IoU of what was measured, and the exit code says it.
func TestFates(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	f := fake{image: func(img *formats.Image) *formats.Output {
		o := &formats.Output{Parts: []formats.Part{{File: "x/all.txt", Text: []byte(img.FileName)},
			{File: "labels/" + img.FileName + ".txt"}}}
		for range img.Instances {
			o.Fates = append(o.Fates, formats.Fate{IoU: 0.99999, Changed: "rounded"})
		}
		if len(o.Fates) == 2 {
			o.Fates[0] = formats.Fate{Dropped: "crowd", IoU: math.NaN()}
		}
		return o
	}, frame: formats.Frame{Before: "[", Between: ",", After: "]"}}
	err := exported(t, f.format(), "-o", out)
	var failed *ui.Failure
	if !errors.As(err, &failed) || failed.Code != ui.ExitSkipped ||
		!strings.Contains(err.Error(), "1 instance was dropped, for which fake has no place") {
		t.Errorf("error %v", err)
	}
	for file, want := range map[string]string{"x/all.txt": "[a.png,b.png]", "labels/a.png.txt": "[]"} {
		got, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(file)))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, expected %q: %v", file, got, want, err)
		}
	}
	sum := &summary{NoPlace: map[string]int{}, Changed: map[string]int{}, Splits: map[string]int{},
		Placed: map[placed]int{}, Instances: tally{In: 3, Written: 3}}
	sum.add(&made{img: &formats.Image{},
		out: &formats.Output{Fates: []formats.Fate{{Dropped: "crowd"}, {Changed: "rounded", IoU: 0.99999}, {IoU: 1}}}})
	sum.done(&options{out: "o"}, &selected{})
	var b strings.Builder
	sum.WriteText(&b)
	for _, want := range []string{"instances: wrote 2 of 3\n", "dropped: 1 instance: crowd\n",
		"changed: 1 instance: rounded\n", "masks: 1 of 2 exact; IoU 0.9999 at least, 0.9999 on average\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, &b)
		}
	}
}

// TestBadExporters: whatever an exporter does, nothing is written out of the folder, and no half of it.
func TestBadExporters(t *testing.T) {
	for name, o := range map[string]*formats.Output{
		"the export has a file": {Parts: []formats.Part{{File: "../x", Text: []byte("x")}},
			Fates: make([]formats.Fate, 3)},
		"found 0 fates": {Parts: []formats.Part{{File: "x"}}},
		"found section 2, expected at most 1": {Parts: []formats.Part{{File: "x", Section: 2, Text: []byte("x")}},
			Fates: make([]formats.Fate, 3)},
		"the export has a file \"/etc/passwd\"": {Parts: []formats.Part{{File: "/etc/passwd", Text: []byte("x")}},
			Fates: make([]formats.Fate, 3)},
		"the export has a file \"con/train.txt\"": {Parts: []formats.Part{{File: "con/train.txt", Text: []byte("x")}},
			Fates: make([]formats.Fate, 3)},
	} {
		dir := t.TempDir()
		f := fake{frame: formats.Frame{Next: []string{","}}, image: func(img *formats.Image) *formats.Output {
			c := *o
			c.Fates = o.Fates[:min(len(o.Fates), len(img.Instances))]
			return &c
		}}
		if err := exported(t, f.format(), "-o", filepath.Join(dir, "new", "out")); err == nil ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("error %v, expected %q", err, name)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
			t.Errorf("%s: left %v, %v", name, list, err)
		}
	}
}

// TestPlace: an image is linked, else linked symbolically, else copied, and never replaces a file of the export.
func TestPlace(t *testing.T) {
	var text bytes.Buffer
	if err := png.Encode(&text, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	dirs := map[string]placed{t.TempDir(): placedLink}
	if other, err := os.MkdirTemp("/dev/shm", "export"); err == nil {
		defer func() { _ = os.RemoveAll(other) }()
		dirs[other] = placedSymlink // of another file system
	}
	out := t.TempDir()
	root, err := os.OpenRoot(out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	n := 0
	for dir, want := range dirs {
		source := filepath.Join(dir, "a.png")
		if err := os.WriteFile(source, text.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, how := range []placing{link, copying} {
			n++
			if how == copying {
				want = placedCopy
			}
			to := fmt.Sprintf("images/%d.png", n)
			got, err := place(root, source, to, how)
			if err != nil || got != want {
				t.Errorf("%s: %s, expected %s: %v", dir, got, want, err)
			}
			if b, err := os.ReadFile(filepath.Join(out, to)); err != nil || !bytes.Equal(b, text.Bytes()) {
				t.Errorf("%s has other bytes: %v", to, err)
			}
			if _, err := place(root, source, to, how); err == nil {
				t.Errorf("%s was placed twice", to)
			}
		}
		if _, err := place(root, source, "../x.png", link); err == nil {
			t.Error("an image left the folder")
		}
	}
}
