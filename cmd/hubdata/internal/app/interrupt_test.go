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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/rle"
)

// interruptWait is how long a run may take to end after a signal: a second on a machine with nothing else to do.
const interruptWait = 5 * time.Second

// crowded writes a dataset of one image with n masks, a grid of squares that overlap, and detections that are the
// same.
func crowded(t *testing.T, dir string, n int) {
	t.Helper()
	const side = 512
	var truth, found bytes.Buffer
	fmt.Fprintf(&truth, `{"images":[{"id":1,"file_name":"a.tif","height":%d,"width":%d}],"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[`, side, side)
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
		mask := fmt.Sprintf(`"image_id":1,"category_id":1,"bbox":[%d,%d,100,100],"segmentation":{"size":[%d,%d],"counts":%q}`,
			x, y, side, side, text)
		fmt.Fprintf(&truth, `%s{"id":%d,"iscrowd":0,"area":10000,%s}`, comma, i+1, mask)
		fmt.Fprintf(&found, `%s{"score":%.6f,%s}`, comma, float64(i+1)/float64(n+1), mask)
	}
	truth.WriteString("]}")
	found.WriteByte(']')
	clitest.Write(t, filepath.Join(dir, "crowded.json"), truth.Bytes())
	clitest.Write(t, filepath.Join(dir, "found.json"), found.Bytes())
}

// pipe makes a named pipe that has a writer, which writes text once and then, if it is not empty, more every
// millisecond.
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

// TestSignals interrupts every command that may take long at random moments: in an image with many masks, before a
// named pipe has a writer, in a read that hangs, and in an input without an end. Each run ends soon, with exit code 130,
// and leaves nothing. TestTrainKilled has train run, which waits for its training to end.
func TestSignals(t *testing.T) {
	clitest.Long(t)
	dir := t.TempDir()
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "demo", "--quiet", filepath.Join(dir, "demo")); code != 0 {
		t.Fatal(stderr)
	}
	crowded(t, dir, 24000)
	if err := syscall.Mkfifo(filepath.Join(dir, "unopened"), 0o666); err != nil {
		t.Skip("needs named pipes: ", err)
	}
	pipe(t, filepath.Join(dir, "hanging"), "{", "")
	pipe(t, filepath.Join(dir, "endless"), "", strings.Repeat(" ", 16<<10))
	stdin, writer, err := os.Pipe() // hangs
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = stdin.Close(), writer.Close() }()

	lines := []string{
		"stats crowded.json",
		"stats --json crowded.json",
		"eval crowded.json found.json",
		"eval --errors --by tile crowded.json found.json",
		"show -o OUT/new crowded.json",
		"report -o OUT/new/r.html crowded.json",
		"check --fix -o OUT/new/c.json endless",
		"convert -o OUT/new --polygons /dev/zero --keep-going demo",
	}
	for _, input := range []string{"unopened", "hanging", "-"} {
		for _, line := range []string{
			"convert -o OUT/new --polygons IN demo",
			"folds -k 2 -o OUT/new --coco IN",
			"folds --audit IN demo",
			"pseudo -o OUT/new/p.json --thr 0.5 --model a=IN demo",
			"eval demo/ds3_truth.json IN",
			"eval IN demo/predictions/vit.segm.json",
			"check IN",
			"stats IN",
			"show -o OUT/new IN",
			"merge -o OUT/new/m.json demo/ds3_truth.json IN",
			"filter --max-area 100 -o OUT/new/f.json IN",
			"submission encode --tiles demo/ds3_truth.json -o OUT/new/s.csv IN demo",
			"submission decode -o OUT/new/r.json IN",
			"submission check --tiles demo/ds3_truth.json IN",
		} {
			lines = append(lines, strings.ReplaceAll(line, "IN", input))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	before := strings.Join(clitest.Tree(t, filepath.Join(dir, "demo")), " ")
	stops := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup, here and in what is started
		stops = append(stops, syscall.SIGHUP)
	} else {
		t.Log("SIGHUP is ignored here: not tested")
	}
	for i, line := range lines {
		interrupted := 0
		for _, stop := range stops {
			out := t.TempDir()
			cmd := exec.Command("hubdata", strings.Fields(strings.ReplaceAll(line, "OUT", out))...)
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
			select {
			case <-ended:
				t.Errorf("%s: ended by itself, exit code %d: %s", line, cmd.ProcessState.ExitCode(), &stderr)
				continue
			case <-time.After(100*time.Millisecond + time.Duration(rng.Int64N(int64(500*time.Millisecond)))):
			}
			_ = cmd.Process.Signal(stop)
			select {
			case <-ended:
			case <-time.After(interruptWait):
				t.Errorf("%s: %v did not end it in %v", line, stop, interruptWait)
				_ = cmd.Process.Kill()
				<-ended
				continue
			}
			switch code := cmd.ProcessState.ExitCode(); {
			case code == 130 && strings.Contains(stderr.String(), "interrupted; nothing was written"):
				interrupted++
			case code != -1: // before Go's runtime has set up its handler, a signal just kills
				t.Errorf("%s, %v: exit code %d: %s", line, stop, code, &stderr)
			}
			if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
				t.Errorf("%s: %v left %q", line, stop, left)
			}
		}
		if interrupted == 0 {
			t.Errorf("line %d, %s: no run was interrupted: the test did not test", i, line)
		}
	}
	if after := strings.Join(clitest.Tree(t, filepath.Join(dir, "demo")), " "); after != before {
		t.Errorf("the inputs' folder holds %s, before %s", after, before)
	}
}
