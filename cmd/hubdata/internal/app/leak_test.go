package app_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/longtest"
)

// openHandles counts the process's open files; -1: the system does not tell.
func openHandles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}

// settled waits until no more goroutines run than before, and tells how many do.
func settled(before int) int {
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}

// lateContext is cancelled when it was asked n times whether it is.
type lateContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *lateContext) Err() error {
	if c.left.Add(-1) < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// TestNothingLeaks runs all commands with sound inputs, with each input broken in turn, and
// cancelled at once and on the way: no goroutine and no open file stays. With HUBDATA_LONG each input is broken in all
// ways, and each command line cancelled at all moments; else they take turns.
func TestNothingLeaks(t *testing.T) {
	dir := clitest.Demo(t)
	for _, line := range []string{
		"merge -o DIR/all.json DIR/coco_data/coco/ds1.json DIR/coco_data/coco/ds2.json",
		"submission encode --tiles DIR/ds3_truth.json -o DIR/s.csv DIR/predictions/vit.segm.json DIR",
		"folds DIR -k 2 -o DIR/plan.csv",
	} {
		if code, _, stderr := clitest.Hubdata(t, t.Context(), strings.Fields(strings.ReplaceAll(line, "DIR", dir))...); code != 0 {
			t.Fatal(line, stderr)
		}
	}
	for i, tt := range []struct {
		line   string
		inputs string // that are broken in turn
	}{
		{"convert DIR -o OUT", "polygons.jsonl tile_meta.csv"},
		{"convert DIR -o OUT --keep-going", "polygons.jsonl"},
		{"convert DIR --per none -o OUT/x.json.zst --tile-size image", "polygons.jsonl"},
		{"folds DIR -k 2 -o OUT", "polygons.jsonl tile_meta.csv"},
		{"folds DIR --audit DIR/plan.csv", "plan.csv polygons.jsonl"},
		{"folds --coco DIR/all.json -k 2 -o OUT", "all.json"},
		{"pseudo DIR --thr 0.5 -o OUT --results OUT/r.json --merge DIR/all.json", "predictions/vit.segm.json predictions/cascade.segm.json tile_meta.csv polygons.jsonl all.json"},
		{"eval DIR/ds3_truth.json DIR/predictions/vit.segm.json", "ds3_truth.json predictions/vit.segm.json"},
		{"eval --partial-out OUT/x.part DIR/ds3_truth.json DIR/predictions/vit.segm.json", "ds3_truth.json predictions/vit.segm.json"},
		{"pseudo DIR --shard 1/2 --results OUT/r.jsonl", "predictions/vit.segm.json tile_meta.csv"},
		{"eval DIR DIR/predictions/vit.segm.json", "polygons.jsonl predictions/vit.segm.json"},
		{"check DIR/all.json", "all.json"},
		{"stats DIR/all.json --csv", "all.json"},
		{"stats DIR", "polygons.jsonl tile_meta.csv"},
		{"check DIR", "polygons.jsonl tile_meta.csv"},
		{"check --fix -o OUT/x.json DIR/all.json", "all.json"},
		{"merge -o OUT/x.json.gz --id-map OUT/m.json DIR/coco_data/coco/ds1.json DIR/coco_data/coco/ds2.json", "coco_data/coco/ds1.json coco_data/coco/ds2.json"},
		{"filter --folds DIR/plan.csv --fold 1 --part val -o OUT/x.json DIR/all.json", "all.json plan.csv"},
		{"export --to coco --option layout=roboflow --folds DIR/plan.csv --fold 1 -o OUT/x DIR/all.json", "all.json plan.csv"},
		{"export --to hf -o OUT/x DIR", "polygons.jsonl tile_meta.csv"},
		{"export --to csv -o OUT/x.csv.gz DIR/all.json", "all.json"},
		{"tile --size 100 -o OUT/x DIR/all.json", "all.json"},
		{"import -o OUT/x.json DIR/all.json", "all.json"},
		{"tune --truth DIR/ds3_truth.json --model v=DIR/predictions/vit.segm.json --budget 1 --samples 10 --resume OUT/kept.log -o OUT/x.json", "predictions/vit.segm.json ds3_truth.json"},
		{"stitch -o OUT/x DIR", "polygons.jsonl tile_meta.csv"},
		{"stitch --keep-tiles -o OUT/x.json --tile-meta DIR/tile_meta.csv DIR/all.json", "all.json tile_meta.csv"},
		{"stitch --images DIR/ds3_truth.json --tile-meta DIR/tile_meta.csv -o OUT/x DIR/predictions/vit.segm.json", "predictions/vit.segm.json ds3_truth.json"},
		{"submission encode --tiles DIR/ds3_truth.json -o OUT/s.csv DIR/predictions/vit.segm.json DIR", "predictions/vit.segm.json ds3_truth.json"},
		{"verify DIR/all.json", "all.json coco_data/coco/ds1.json polygons.jsonl"},
		{"verify --rederive --graph -o OUT/g.svg DIR/all.json", "polygons.jsonl"},
		{"submission decode -o OUT/r.json DIR/s.csv", "s.csv"},
		{"submission check --tiles DIR/ds3_truth.json DIR/s.csv", "s.csv ds3_truth.json"},
		{"submission score DIR/s.csv DIR/ds3_truth.json", "s.csv ds3_truth.json"},
		{"demo OUT/demo", ""},
		{"view --no-open --decisions OUT/log.jsonl --folds DIR/plan.csv DIR DIR/predictions/vit.segm.json", "polygons.jsonl predictions/vit.segm.json plan.csv"},
		{"train plan DIR/recipe.yaml", ""},
		{"train status DIR/recipe.yaml", ""},
	} {
		// try runs the command, and counts what stays.
		try := func(what string, ctx context.Context) {
			var end func()
			if late, ok := ctx.(*lateContext); ok {
				end = late.cancel
			} else {
				ctx, end = context.WithCancel(ctx)
			}
			defer end()
			out := t.TempDir()
			goroutines, handles := runtime.NumGoroutine(), openHandles()
			var outw, errw bytes.Buffer
			args := strings.Fields("hubdata " + strings.NewReplacer("DIR", dir, "OUT", out).Replace(tt.line))
			code := app.Run(ctx, args, strings.NewReader(""), clitest.Serving(args[1:], &outw, end), &errw)
			if n := settled(goroutines); n > goroutines {
				buf := make([]byte, 1<<16)
				t.Errorf("%s, %s (exit code %d): %d goroutines, before %d\n%s", tt.line, what, code, n, goroutines, buf[:runtime.Stack(buf, true)])
			}
			if n := openHandles(); n > handles {
				t.Errorf("%s, %s (exit code %d): %d open files, before %d", tt.line, what, code, n, handles)
			}
		}
		if tt.inputs != "" {
			try("undisturbed", t.Context())
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		try("cancelled at once", gone)
		moments := []int64{1, 2, 3, 5, 10, 40}
		switch {
		case testing.Short() || tt.inputs == "":
			moments = []int64{3}
		case !longtest.All():
			moments = []int64{moments[i%3], moments[3+i%3]}
		}
		for _, n := range moments {
			ctx, cancel := context.WithCancel(t.Context())
			late := &lateContext{Context: ctx, cancel: cancel}
			late.left.Store(n)
			try("cancelled on the way", late)
			cancel()
		}
		for j, name := range strings.Fields(tt.inputs) {
			path := filepath.Join(dir, filepath.FromSlash(name))
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for k, damage := range []struct {
				kind string
				text []byte
			}{
				{"empty", nil},
				{"cut", text[:len(text)*2/3]},
				{"broken", append(append(bytes.Clone(text[:len(text)/2]), "\x00}]"...), text[len(text)/2:]...)},
			} {
				if !longtest.All() && k != (i+j)%3 {
					continue
				}
				if err := os.WriteFile(path, damage.text, 0o666); err != nil {
					t.Fatal(err)
				}
				try(name+" "+damage.kind, t.Context())
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			try(name+" missing", t.Context())
			if err := os.WriteFile(path, text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// endless is standard input that begins with text, has blanks from then on for longer than
// anybody waits, and tells when it is read for the second time.
type endless struct {
	text   string
	second func()
	n      int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n > 64<<20 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	if e.n == 0 {
		p = p[:copy(p, e.text)]
	} else {
		e.second()
	}
	e.n += len(p)
	return len(p), nil
}

// TestInterruptedReading interrupts runs in the middle of an input that goes on: they do not
// read it to its end.
func TestInterruptedReading(t *testing.T) {
	t.Chdir(t.TempDir())
	truth := `{"images": [{"id": 1, "file_name": "a.png", "height": 9, "width": 9}], "categories": [{"id": 1, "name": "blood_vessel"}], "annotations": []}`
	if err := os.WriteFile("truth.json", []byte(truth), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"eval", "truth.json", "-"}, {"eval", "-", "truth.json"}, {"check", "-"}, {"stats", "-"}, {"filter", "-o", "x.json", "-"},
		{"merge", "-o", "x.json", "truth.json", "-"}, {"submission", "decode", "-o", "x.json", "-"}, {"show", "-o", "x.png", "-"},
		{"folds", "--coco", "-", "-k", "2", "-o", "x"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		in := &endless{text: " ", second: cancel}
		var errw bytes.Buffer
		code := app.Run(ctx, append([]string{"hubdata"}, args...), in, io.Discard, &errw)
		if code != ui.ExitInterrupted || in.n > 8<<20 {
			t.Errorf("%v: exit code %d after %d bytes: %s", args, code, in.n, &errw)
		}
		if found := clitest.Tree(t, "."); len(found) != 2 {
			t.Errorf("%v left %v", args, found)
		}
	}
}
