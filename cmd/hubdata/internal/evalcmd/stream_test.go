package evalcmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// TestStream scores results piece by piece and in memory: the report and the errors are equal.
func TestStream(t *testing.T) {
	from, piece := streamFrom, streamPiece
	defer func() { streamFrom, streamPiece = from, piece }()
	const truth = "../../../../testdata/hubmap/ds3_truth.json"
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
	change := func(at int, f func(r *coco.Result)) []coco.Result {
		out := slices.Clone(sorted)
		f(&out[at])
		return out
	}
	dir := t.TempDir()
	for name, list := range map[string][]coco.Result{
		"sorted": sorted, "as it is": list, "shuffled": shuffled, "one image": sorted[:1], "none": nil,
		"first without a box": change(0, func(r *coco.Result) { r.Missing = coco.FieldBBox }),
		"unknown class":       change(3, func(r *coco.Result) { r.CategoryID = 9 }),
		"unknown image":       change(3, func(r *coco.Result) { r.ImageID = coco.IntID(1 << 40) }),
		"no score":            change(len(sorted)-2, func(r *coco.Result) { r.Missing = coco.FieldScore }),
		"no mask": change(len(sorted)-2, func(r *coco.Result) {
			r.Segmentation, r.Missing = coco.Segmentation{}, coco.FieldSegmentation|coco.FieldBBox
		}),
		"named": change(1, func(r *coco.Result) { r.Extra = coco.Fields{{Key: "file_name", Value: []byte(`"x"`)}} }),
	} {
		var text bytes.Buffer
		if err := coco.EncodeResults(&text, list); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".json")
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []eval.Type{eval.Segm, eval.BBox} {
			var want string
			for _, size := range []int64{-1, 1, 4000, 1 << 40} {
				if streamFrom, streamPiece = 0, size; size < 0 {
					streamFrom = 1 << 60
				}
				o := &options{truth: preds.TruthSource{Path: truth, Content: folder.DefaultSetOptions(), Boxes: kind == eval.BBox}, results: []string{path},
					Scoring: Scoring{Params: eval.Params{Type: kind}, Ious: []float64{.6}, Metric: "all", By: []string{"category", "size", "height"}}}
				if _, err := runStream(context.Background(), ui.NewConsole(nil, io.Discard, io.Discard), o); size > 0 && (name == "sorted" || name == "shuffled") && err != nil {
					t.Errorf("%s: %v", name, err)
				}
				var out, notes bytes.Buffer
				c := ui.NewConsole(nil, &out, &notes)
				r, err := run(context.Background(), c, o)
				if err == nil {
					err = errors.Join(r.print(c, 0), c.Out.Flush())
				}
				got := out.String() + notes.String()
				if err != nil {
					got = err.Error()
				}
				if size < 0 {
					want = got
				} else if got != want {
					t.Errorf("%s, %v, pieces of %d: found\n%s\nexpected\n%s", name, kind, size, got, want)
				}
				if size != 4000 {
					continue
				}
				for _, shard := range []shards.Shard{{}, {I: 1, Of: 3}, {I: 3, Of: 3}, {I: 1, Of: 1000}} {
					o.shard, o.By = shard, []string{"height"}
					var text [2]bytes.Buffer
					var fault [2]string
					for i, write := range []func(context.Context, *ui.Console, *options, func() (io.Writer, error)) (*partialLabel, error){writePartial, streamPartial} {
						o.Params.Part = eval.APart
						if _, err := write(context.Background(), ui.NewConsole(nil, io.Discard, io.Discard), o, func() (io.Writer, error) { return &text[i], nil }); err != nil {
							fault[i] = err.Error()
						}
					}
					if fault[1] != errNotStreamed.Error() && (fault[0] != fault[1] || !bytes.Equal(text[0].Bytes(), text[1].Bytes())) {
						t.Errorf("%s, %v, shard %v: another part, errors %q and %q", name, kind, shard, fault[0], fault[1])
					}
					if name == "sorted" && fault[1] != "" || name == "shuffled" && fault[1] != "" {
						t.Errorf("%s, shard %v: error %q", name, shard, fault[1])
					}
				}
			}
		}
	}
}
