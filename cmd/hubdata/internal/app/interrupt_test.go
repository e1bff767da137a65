//go:build unix

package app_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/rle"
)

// interruptWait is how long a run may take to end after a signal: a second on a machine with nothing else to do.
const interruptWait = 5 * time.Second

// crowded writes a dataset of one image of the demo with n masks, a grid of squares that overlap, and detections that are the
// same.
func crowded(t *testing.T, dir string, n int) {
	t.Helper()
	const side = 512
	var truth, found bytes.Buffer
	fmt.Fprintf(&truth, `{"images":[{"id":2,"file_name":"02668c668fe7.tif","height":%d,"width":%d}],"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[`, side, side)
	found.WriteByte('[')
	for i := range n {
		x, y := 50+i%16, 60+i/16%16
		m, err := rle.FromBox(side, side, rle.Box{X: float64(x), Y: float64(y), W: 100, H: 100})
		if err != nil {
			t.Fatal(err)
		}
		text, err := m.AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		comma := ","
		if i == 0 {
			comma = ""
		}
		mask := fmt.Sprintf(`"image_id":2,"category_id":1,"bbox":[%d,%d,100,100],"segmentation":{"size":[%d,%d],"counts":%q}`,
			x, y, side, side, text)
		fmt.Fprintf(&truth, `%s{"id":%d,"iscrowd":0,"area":10000,%s}`, comma, i+1, mask)
		fmt.Fprintf(&found, `%s{"score":%.6f,%s}`, comma, float64(i+1)/float64(n+1), mask)
	}
	truth.WriteString("]}")
	found.WriteByte(']')
	clitest.Write(t, filepath.Join(dir, "crowded.json"), truth.Bytes())
	clitest.Write(t, filepath.Join(dir, "again.json"), append(truth.Bytes(), '\n')) // merge refuses equal files
	clitest.Write(t, filepath.Join(dir, "found.json"), found.Bytes())
}

// entangled writes outlines of one tile: n rings that cross themselves everywhere.
func entangled(t *testing.T, path, tile string, n int) {
	t.Helper()
	var text bytes.Buffer
	fmt.Fprintf(&text, `{"id":%q,"annotations":[`, tile)
	for i := range n {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(`{"type":"blood_vessel","coordinates":[[`)
		for j := range 200 {
			if j > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, "[%d,%d]", (37*j+i)%512, (11*j*j+7*i)%512)
		}
		text.WriteString("]]}")
	}
	text.WriteString("]}\n")
	clitest.Write(t, path, text.Bytes())
}

// pipe makes a named pipe that has a writer. It writes text once and then, if it is not empty, more without an end. text
// is for a single reader.
func pipe(t *testing.T, path, text, more string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skip("needs named pipes: ", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Skip("needs named pipes that open for both ends: ", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if more == "" {
		return
	}
	go func() {
		for {
			if _, err := f.WriteString(more); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
}

// detection is an item of a list of results.
const detection = `{"image_id":2,"category_id":1,"score":0.9,"bbox":[1,2,30,40],"segmentation":[[1,2,31,2,31,42,1,42]]},`

// insideLines are command lines that take long in one image.
var insideLines = []string{
	"check crowded.json",
	"check --fix -o OUT/new/c.json crowded.json",
	"merge --drop-duplicates -o OUT/new/m.json crowded.json again.json",
	"pseudo --thr 0.5 -o OUT/new/p.json --images crowded.json --model a=found.json demo",
	"stats crowded.json",
	"eval crowded.json found.json",
	"eval --partial-out OUT/new/x.part crowded.json found.json",
	"pseudo --shard 1/1 --results OUT/new/f.jsonl --images crowded.json --model a=found.json demo",
	"show -o OUT/new crowded.json",
	"stitch --tile-meta demo/tile_meta.csv -o OUT/new crowded.json",
	"convert -o OUT/new --polygons entangled.jsonl demo",
	"tile --size 1 -o OUT/new crowded.json",
}

// endlessLines are command lines whose input has no end: blanks, zeros, lines; LIST is a list of detections.
var endlessLines = []string{
	"check --fix -o OUT/new/c.json blanks",
	"merge -o OUT/new/m.json demo/ds3_truth.json blanks",
	"tile -o OUT/new blanks",
	"convert -o OUT/new --polygons /dev/zero --keep-going demo",
	"convert -o OUT/new --polygons lines --keep-going demo",
	"pseudo -o OUT/new/p.json --thr 0.5 --images crowded.json --model a=LIST demo",
	"eval --type bbox crowded.json LIST",
	"pseudo --shard 1/2 --results OUT/new/f.jsonl --images crowded.json --model a=LIST demo",
	"view --no-open --decisions OUT/new.jsonl crowded.json LIST",
}

// waitingLines are command lines that read IN, which does not come.
var waitingLines = []string{
	"convert -o OUT/new --polygons IN demo",
	"folds -k 2 -o OUT/new --coco IN",
	"folds --audit IN demo",
	"pseudo -o OUT/new/p.json --thr 0.5 --model a=IN demo",
	"eval demo/ds3_truth.json IN",
	"eval --merge IN",
	"eval IN demo/predictions/vit.segm.json",
	"check IN",
	"stats IN",
	"show -o OUT/new IN",
	"view --no-open IN",
	"merge -o OUT/new/m.json demo/ds3_truth.json IN",
	"filter --max-area 100 -o OUT/new/f.json IN",
	"export --to hf -o OUT/new/hf IN",
	"stitch -o OUT/new/slides IN",
	"tile -o OUT/new IN",
	"submission encode --tiles demo/ds3_truth.json -o OUT/new/s.csv IN demo",
	"submission decode -o OUT/new/r.json IN",
	"submission check --tiles demo/ds3_truth.json IN",
}

// TestSignals interrupts every command that may take long at random moments: in an image with many masks, before a
// named pipe has a writer, in a read that hangs, and in an input without an end. Each run ends soon, with exit code 130,
// and leaves nothing. With HUBDATA_LONG every command line gets every signal; else each gets one, and a few of those that
// wait are tried. TestTrainKilled has train run, which waits for its training to end.
func TestSignals(t *testing.T) {
	// What a run inherits as ignored, as after nohup, it does not hear. What is caught here is reset in it.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	dir := t.TempDir()
	if err := clitest.WriteDemo(filepath.Join(dir, "demo")); err != nil {
		t.Fatal(err)
	}
	crowded(t, dir, 24000)
	entangled(t, filepath.Join(dir, "entangled.jsonl"), "0232923e012b", 5000)
	if err := syscall.Mkfifo(filepath.Join(dir, "unopened"), 0o666); err != nil {
		t.Skip("needs named pipes: ", err)
	}
	pipe(t, filepath.Join(dir, "hanging"), "{", "")
	pipe(t, filepath.Join(dir, "blanks"), "", strings.Repeat(" ", 16<<10))
	pipe(t, filepath.Join(dir, "lines"), "", strings.Repeat("y\n", 8<<10))
	stdin, writer, err := os.Pipe() // hangs
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = stdin.Close(), writer.Close() })

	stops := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
	lines := slices.Concat(insideLines, endlessLines)
	for i, input := range []string{"unopened", "hanging", "-"} {
		for k, line := range waitingLines {
			if longtest.All() || k%3 == i && k < 6 {
				lines = append(lines, strings.ReplaceAll(line, "IN", input))
			}
		}
	}
	before := strings.Join(clitest.Tree(t, filepath.Join(dir, "demo")), " ")
	t.Cleanup(func() {
		if after := strings.Join(clitest.Tree(t, filepath.Join(dir, "demo")), " "); after != before {
			t.Errorf("the inputs' folder holds %s, before %s", after, before)
		}
	})
	for i, line := range lines {
		for k, stop := range stops {
			if !longtest.All() && k != i%len(stops) {
				continue
			}
			moment := rand.New(rand.NewPCG(uint64(i), uint64(k)))
			t.Run(fmt.Sprintf("%s %v", line, stop), func(t *testing.T) {
				t.Parallel()
				interruptOnce(t, dir, line, slices.Contains(insideLines, line), stdin, stop, moment)
			})
		}
	}
}

// interruptOnce starts a command line in dir and interrupts it at a random moment. A run that the signal met before Go
// had its handler is tried again with a later moment, and one that had ended, if it ends by itself, with an earlier one.
func interruptOnce(t *testing.T, dir, line string, ends bool, stdin *os.File, stop syscall.Signal, rng *rand.Rand) {
	least, most := 20*time.Millisecond, 400*time.Millisecond
	for range 12 {
		out := t.TempDir()
		args := strings.ReplaceAll(line, "OUT", out)
		if strings.Contains(args, "LIST") { // its start is for one reader
			results := filepath.Join(t.TempDir(), "results")
			pipe(t, results, "[", strings.Repeat(detection, 100))
			args = strings.ReplaceAll(args, "LIST", results)
		}
		cmd := exec.Command("hubdata", strings.Fields(args)...)
		var stderr bytes.Buffer
		cmd.Dir, cmd.Stdin, cmd.Stderr = dir, stdin, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(ended)
		}()
		moment := least + time.Duration(rng.Int64N(int64(max(most-least, 1))))
		select {
		case <-ended:
			if !ends {
				t.Fatalf("ended by itself, exit code %d: %s", cmd.ProcessState.ExitCode(), &stderr)
			}
			most = moment
			continue
		case <-time.After(moment):
		}
		_ = cmd.Process.Signal(stop)
		select {
		case <-ended:
		case <-time.After(interruptWait):
			_ = cmd.Process.Kill()
			<-ended
			t.Fatalf("the signal after %v did not end it in %v", moment, interruptWait)
		}
		code := cmd.ProcessState.ExitCode()
		if ends && code >= 0 && code < 130 { // it had done its work
			most = moment
			continue
		}
		if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
			t.Errorf("the signal after %v left %q", moment, left)
		}
		switch {
		case code == 130 && strings.Contains(stderr.String(), "interrupted; nothing was written"):
			return
		case code == -1: // before Go's runtime has set up its handler, a signal just kills
			least, most = moment, max(most, 2*moment)
		default:
			t.Fatalf("the signal after %v: exit code %d: %s", moment, code, &stderr)
		}
	}
	t.Error("no run was interrupted: the test did not test")
}
