package evalcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/urfave/cli/v2"
)

// streamOptions are the options of a command line.
func streamOptions(t *testing.T, args ...string) *options {
	t.Helper()
	o, err := flagtest.Parse(t, Command(ui.NewConsole(nil, io.Discard, io.Discard)), func(ctx *cli.Context) (*options, error) {
		o, _, err := parse(ctx)
		return o, err
	}, args...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// reported is what a run prints; held says that results were held in memory although they are many.
func reported(o *options, stdin string) (text string, held bool) {
	var out, notes bytes.Buffer
	c := ui.NewConsole(strings.NewReader(stdin), &out, &notes)
	r, err := run(context.Background(), c, o)
	if err == nil {
		err = errors.Join(r.print(c, 0), c.Out.Flush())
	}
	code := c.Report(context.Background(), err)
	lines := slices.Collect(strings.Lines(notes.String()))
	all := len(lines)
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, ": held in memory: ") })
	return fmt.Sprintf("exit code %d\n%s%s", code, out.String(), strings.Join(lines, "")), len(lines) < all
}

// streamLists are the cases of [TestStream]: results of the images 3 to 6, and of 6 none.
func streamLists(t *testing.T) map[string][]coco.Result {
	t.Helper()
	text, err := os.ReadFile("../../../../testdata/hubmap/predictions/vit.segm.json")
	if err != nil {
		t.Fatal(err)
	}
	results, err := coco.DecodeResults(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	list := results.List()
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b coco.Result) int {
		m, _ := a.ImageID.Int()
		n, _ := b.ImageID.Int()
		return int(m - n)
	})
	shuffled := slices.Clone(list)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	change := func(of []coco.Result, f func(i int, r *coco.Result)) []coco.Result {
		out := slices.Clone(of)
		for i := range out {
			f(i, &out[i])
		}
		return out
	}
	at := func(k int, f func(r *coco.Result)) []coco.Result {
		return change(sorted, func(i int, r *coco.Result) {
			if i == k {
				f(r)
			}
		})
	}
	names := map[int64]string{3: "39203f14b653", 4: "4d0f82349e3b", 5: "549e8b5f9bf6", 6: "730eb6417401"}
	named := func(of []coco.Result) []coco.Result {
		return change(of, func(_ int, r *coco.Result) {
			n, _ := r.ImageID.Int()
			r.ImageID = coco.StringID(names[n])
		})
	}
	last := len(sorted) - 2
	second := slices.IndexFunc(sorted, func(r coco.Result) bool { return r.ImageID == coco.IntID(4) })
	return map[string][]coco.Result{
		"sorted": sorted, "as it is": list, "shuffled": shuffled, "one image": sorted[:1], "none": nil,
		"first without a box":        at(0, func(r *coco.Result) { r.Missing = coco.FieldBBox }),
		"second image without a box": at(second, func(r *coco.Result) { r.Missing = coco.FieldBBox }),
		"unknown class":              at(3, func(r *coco.Result) { r.CategoryID = 9 }),
		"unknown classes":            change(sorted, func(_ int, r *coco.Result) { r.CategoryID = 9 }),
		"unknown image":              at(3, func(r *coco.Result) { r.ImageID = coco.IntID(1 << 40) }),
		"unknown name":               at(3, func(r *coco.Result) { r.ImageID = coco.StringID("x") }),
		"no score":                   at(last, func(r *coco.Result) { r.Missing = coco.FieldScore }),
		"no mask": at(last, func(r *coco.Result) {
			r.Segmentation, r.Missing = coco.Segmentation{}, coco.FieldSegmentation|coco.FieldBBox
		}),
		"another name":   at(1, func(r *coco.Result) { r.Extra = coco.Fields{{Key: "file_name", Value: []byte(`"x"`)}} }),
		"its name":       at(1, func(r *coco.Result) { r.Extra = coco.Fields{{Key: "file_name", Value: []byte(`"39203f14b653.tif"`)}} }),
		"names":          named(sorted),
		"names shuffled": named(shuffled),
		"some names":     append(named(sorted[:9]), sorted[9:]...),
		"unknown names":  change(sorted, func(_ int, r *coco.Result) { r.ImageID = coco.StringID("x") }),
	}
}

// TestStream scores results piece by piece and in memory: the reports, the parts and the errors are equal. A
// plain run tries the settings on some of the lists.
func TestStream(t *testing.T) {
	from, piece := streamFrom, streamPiece
	defer func() { streamFrom, streamPiece = from, piece }()
	const truth = "../../../../testdata/hubmap/ds3_truth.json"
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lists := streamLists(t)
	paths := map[string]string{}
	for name, list := range lists {
		var text bytes.Buffer
		if err := coco.EncodeResults(&text, list); err != nil {
			t.Fatal(err)
		}
		paths[name] = write(name+".json", text.Bytes())
		if name == "sorted" {
			paths["cut short"] = write("cut.json", text.Bytes()[:text.Len()*2/3])
			paths["a score as a text"] = write("text.json", bytes.Replace(text.Bytes(), []byte(`"score": 0`), []byte(`"score": "a0`), 1))
		}
	}
	// The first of image 3 has a box and that of image 4 none: which images are scored decides where areas come from.
	images := write("images.json", []byte(`{"images":[{"id":3,"file_name":"4d0f82349e3b.tif"},{"id":4,"file_name":"39203f14b653.tif"},
		{"id":5,"file_name":"549e8b5f9bf6.tif"},{"id":6,"file_name":"other.tif"}],"categories":[{"id":1,"name":"blood_vessel"},{"id":9,"name":"x"}]}`))
	plan := write("plan.csv", []byte("id,fold\n39203f14b653,1\n4d0f82349e3b,2\n549e8b5f9bf6,1\n730eb6417401,2\n"))
	every := []string{"--by", "category,size,height"}
	settings := [][]string{
		every,
		{"--type", "bbox", "--by", "category,size,height"},
		{"--where", "file_name=4d0f82349e3b.tif,549e8b5f9bf6.tif", "--by", "file_name"},
		{"--type", "bbox", "--exclude-image", "39203f14b653"},
		{"--image", "730eb6417401"},
		{"--folds", plan, "--fold", "2"},
		{"--folds", plan, "--by", "fold"},
		{"--folds", plan, "--fold", "1", "--image", "39203f14b653", "--class-agnostic"},
		{"--images", images, "--by", "file_name"},
		{"--images", images, "--type", "bbox", "--where", "file_name=4d0f82349e3b.tif"},
	}
	for name, path := range paths {
		some := slices.Contains([]string{"sorted", "shuffled", "names"}, name)
		for k, args := range settings {
			if k > 0 && !some && !longtest.All() {
				continue
			}
			args = slices.Concat(args, []string{truth, path})
			var want string
			for _, size := range []int64{-1, 1, 4000, 1 << 40} {
				if size != -1 && size != 4000 && !longtest.All() {
					continue
				}
				if streamFrom, streamPiece = 0, size; size < 0 {
					streamFrom = 1 << 60
				}
				got, held := reported(streamOptions(t, args...), "")
				if size < 0 {
					want = got
				} else if got != want {
					t.Errorf("%s, %v, pieces of %d: found\n%s\nexpected\n%s", name, args, size, got, want)
				}
				if held {
					t.Errorf("%s, %v: held in memory", name, args)
				}
			}
			stdin, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			streamPiece = 4000
			got, _ := reported(streamOptions(t, append(slices.Clone(args[:len(args)-1]), "-")...), string(stdin))
			got = strings.ReplaceAll(got, "FILE standard input", "FILE -") // of hints
			if want = strings.ReplaceAll(strings.ReplaceAll(want, "FILE "+path, "FILE -"), path, "standard input"); got != want {
				t.Errorf("%s, %v, standard input: found\n%s\nexpected\n%s", name, args, got, want)
			}
			for _, shard := range []shards.Shard{{}, {I: 1, Of: 3}, {I: 3, Of: 3}, {I: 1, Of: 1000}} {
				if (!some || shard.I != 1) && !longtest.All() {
					continue
				}
				streamFrom, streamPiece = 0, 4000
				o := streamOptions(t, args...)
				o.shard, o.Params.Part = shard, eval.APart
				o.By = slices.DeleteFunc(o.By, func(by string) bool { return by == "category" || by == "size" })
				c := ui.NewConsole(nil, io.Discard, io.Discard)
				var held, streamed bytes.Buffer
				to := func(w io.Writer) func() (io.Writer, error) { return func() (io.Writer, error) { return w, nil } }
				_, fault := writePartial(t.Context(), c, o, to(&streamed))
				streamFrom = 1 << 60
				_, want := writePartial(t.Context(), c, o, to(&held))
				if fmt.Sprint(fault) != fmt.Sprint(want) || !bytes.Equal(held.Bytes(), streamed.Bytes()) {
					t.Errorf("%s, %v, shard %v: another part, errors %v and %v", name, args, shard, want, fault)
				}
			}
		}
	}
}

// TestStreamStdin scores standard input and a file in one run: images of both are not together.
func TestStreamStdin(t *testing.T) {
	from, piece := streamFrom, streamPiece
	defer func() { streamFrom, streamPiece = from, piece }()
	const truth, dt = "../../../../testdata/hubmap/ds3_truth.json", "../../../../testdata/hubmap/predictions/vit.segm.json"
	lists := streamLists(t)
	var text bytes.Buffer
	if err := coco.EncodeResults(&text, lists["shuffled"]); err != nil {
		t.Fatal(err)
	}
	var reports [2]string
	for i, limit := range []int64{1 << 60, 0} {
		streamFrom, streamPiece = limit, 4000
		reports[i], _ = reported(streamOptions(t, truth, "-", dt), text.String())
	}
	if reports[0] != reports[1] || !strings.HasPrefix(reports[0], "exit code 0\nstandard input\n") {
		t.Errorf("found\n%s\nexpected\n%s", reports[1], reports[0])
	}
}

// TestStreamNot holds results in memory where all of them are needed at once, and says so.
func TestStreamNot(t *testing.T) {
	from := streamFrom
	defer func() { streamFrom = from }()
	streamFrom = 0
	const truth, dt = "../../../../testdata/hubmap/ds3_truth.json", "../../../../testdata/hubmap/predictions/vit.segm.json"
	other := "../../../../testdata/hubmap/predictions/cascade.segm.json"
	for _, c := range []struct {
		args []string
		held bool
	}{
		{[]string{truth, dt}, false},
		{[]string{truth, dt, other}, false},
		{[]string{"--sweep", truth, dt}, true},
		{[]string{"--errors", truth, dt}, true},
		{[]string{"--confusion", truth, dt}, true},
		{[]string{"--by", "tile", truth, dt}, true},
		{[]string{"--iou", "0.33", truth, dt}, true},
		{[]string{"--compare", truth, dt, other}, true},
	} {
		streamFrom = 0
		got, held := reported(streamOptions(t, c.args...), "")
		streamFrom = 1 << 60
		if want, _ := reported(streamOptions(t, c.args...), ""); got != want || held != c.held {
			t.Errorf("%v: held %v, found\n%s\nexpected\n%s", c.args, held, got, want)
		}
	}
}
