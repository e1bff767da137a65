package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// brokenReader gives a text up to a place, and then fails as a broken disk does.
func brokenReader(text string, n int) io.Reader {
	return io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(errors.New("input/output error")))
}

// TestReadError: an input that cannot be read on is no fault of its content, wherever
// reading fails, and nothing is written.
func TestReadError(t *testing.T) {
	dir := clitest.FaultFolder(t)
	before := clitest.Tree(t, dir)
	for _, tt := range []struct {
		file, args string // the file comes through standard input
	}{
		{"polygons.jsonl", "convert DIR --polygons - -o DIR/out"},
		{"tile_meta.csv", "convert DIR --tile-meta - -o DIR/out"},
		{"polygons.jsonl", "folds DIR -k 2 --method kfold --polygons - -o DIR/out"},
		{"coco.json", "folds --coco - -k 2 -o DIR/out"},
		{"results.json", "pseudo DIR --dataset 1 --thr 0.5 --model m=- -o DIR/out"},
		{"results.json", "pseudo DIR --dataset 1 --shard 1/2 --results DIR/f.jsonl --model m=-"},
		{"results.json", "eval --partial-out DIR/x.part DIR/coco.json -"},
		{"coco.json", "merge -o DIR/x.json DIR/coco2.json -"},
		{"coco.json", "filter --min-area 1 -o DIR/x.json -"},
		{"images.txt", "filter --images-from - -o DIR/x.json DIR/coco.json"},
		{"plan.csv", "filter --folds - --fold 1 --part val -o DIR/x.json DIR/coco.json"},
		{"coco.json", "export --to coco -o DIR/x.json -"},
		{"coco.json", "tile -o DIR/x -"},
		{"plan.csv", "export --to coco --option layout=roboflow --copy none --folds - --fold 1 -o DIR/x DIR/coco.json"},
		{"coco.json", "stitch --tile-meta DIR/tile_meta.csv -o DIR/x -"},
		{"coco.json", "check -"},
		{"coco.json", "stats -"},
		{"coco.json", "view --no-open --decisions DIR/log.jsonl -"},
		{"results.json", "view --no-open --decisions DIR/log.jsonl DIR/coco.json -"},
		{"coco.json", "check --fix -o DIR/x.json -"},
		{"coco.json", "eval - DIR/results.json"},
		{"results.json", "eval DIR/coco.json -"},
		{"results.json", "submission encode --tiles DIR/tile_meta.csv -o DIR/s.csv - DIR"},
		{"tile_meta.csv", "submission encode --tiles - -o DIR/s.csv DIR/results.json DIR"},
		{"submission.csv", "submission decode -o DIR/r.json -"},
		{"submission.csv", "submission check --tiles DIR/tile_meta.csv -"},
		{"results.json", "submission encode --tiles DIR/tile_meta.csv -o DIR/s.csv --record DIR/r.json - DIR"},
		{"submission.csv", "submission score - DIR/coco.json"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, tt.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, len(text) / 2, len(text) - 1, len(text)} {
			var out, errw bytes.Buffer
			args := strings.Fields(strings.ReplaceAll("hubdata "+tt.args, "DIR", dir))
			code := app.Run(t.Context(), args, brokenReader(string(text), n), &out, &errw)
			if code != ui.ExitFailure || !strings.Contains(errw.String(), "input/output error") || !strings.Contains(errw.String(), "standard input") {
				t.Errorf("%s, after %d bytes: exit code %d, %s", tt.args, n, code, &errw)
			}
			if after := clitest.Tree(t, dir); !slices.Equal(after, before) {
				t.Fatalf("%s: left %q", tt.args, after)
			}
		}
	}
}

// TestReadErrorPacked: a disk that fails below a decompressor is not taken for broken data.
func TestReadErrorPacked(t *testing.T) {
	for _, suffix := range []string{"", ".gz", ".zst"} {
		path := filepath.Join(t.TempDir(), "a.json"+suffix)
		if err := os.Symlink("/proc/self/mem", path); err != nil || runtime.GOOS != "linux" {
			t.Skip("needs /proc/self/mem, whose first bytes nobody can read")
		}
		code, _, stderr := clitest.Hubdata(t, t.Context(), "check", path)
		if code != ui.ExitFailure || !strings.Contains(stderr, "input/output error") || strings.Contains(stderr, "broken") {
			t.Errorf("%s: exit code %d, %s", suffix, code, stderr)
		}
	}
}

// TestMessagesStayOnOneLine, and send nothing to the screen that it would obey.
func TestMessagesStayOnOneLine(t *testing.T) {
	code, _, stderr := clitest.Hubdata(t, t.Context(), "check", "no\nsuch\x1b[31m\u009bfile")
	if want := `hubdata: open no\nsuch\x1b[31m\u009bfile: no such file or directory` + "\n"; code != ui.ExitFailure || stderr != want {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// TestClosedStdout: a run whose output nobody reads any more leaves nothing.
func TestClosedStdout(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no such signal on Windows")
	}
	dir := clitest.FaultFolder(t)
	before := clitest.Tree(t, dir)
	for _, line := range []string{
		"merge -o DIR/x.json --id-map - DIR/coco.json DIR/coco2.json",
		"merge -o - --id-map DIR/x.json DIR/coco.json DIR/coco2.json",
		"check --fix -o - --changes DIR/changes.json DIR/coco.json",
		"convert DIR --per none -o -",
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("hubdata", strings.Fields(strings.ReplaceAll(line, "DIR", dir))...)
		var errw bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &errw
		_ = r.Close()
		_ = cmd.Run()
		_ = w.Close()
		if code := cmd.ProcessState.ExitCode(); code != ui.ExitNoReader || strings.Contains(errw.String(), "hubdata:") {
			t.Errorf("%s: exit code %d: %s", line, code, &errw)
		}
		if after := clitest.Tree(t, dir); !slices.Equal(after, before) {
			t.Errorf("%s: left %q", line, after)
		}
	}
}

// TestFewOpenFiles writes more files than may be open at a time.
func TestFewOpenFiles(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil || runtime.GOOS == "windows" {
		t.Skip("needs a shell with ulimit")
	}
	const slides = 90
	var tiles, outlines strings.Builder
	tiles.WriteString("id,source_wsi,dataset,i,j\n")
	for i := range slides {
		fmt.Fprintf(&tiles, "%012x,%d,1,0,%d\n", i, i+1, i*512)
		outlines.WriteString(clitest.OutlineLine(fmt.Sprintf("%012x", i), "blood_vessel", clitest.Square))
	}
	dir := clitest.Folder(t, map[string]string{"tile_meta.csv": tiles.String(), "polygons.jsonl": outlines.String()})
	limited := func(limit int, args ...string) (code int, stderr string) {
		// What this process has inherited, such as the pipes of make -j, would count too.
		script := fmt.Sprintf(`exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n %d; exec hubdata "$@"`, limit)
		cmd := exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
		var errw bytes.Buffer
		cmd.Stderr = &errw
		_ = cmd.Run()
		return cmd.ProcessState.ExitCode(), errw.String()
	}
	for _, args := range [][]string{
		{"convert", dir, "-o", filepath.Join(dir, "convert")},
		{"folds", dir, "-k", "45", "--method", "kfold", "-o", filepath.Join(dir, "folds")},
		{"demo", filepath.Join(dir, "demo")},
	} {
		if code, stderr := limited(64, args...); code != 0 {
			t.Errorf("%s: exit code %d: %s", args[0], code, stderr)
		}
	}
	if code, stderr := limited(4, "convert", dir, "-o", filepath.Join(dir, "few")); code != ui.ExitFailure || !strings.Contains(stderr, "too many open files") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("4 files: exit code %d: %s", code, stderr)
	}
	if files.Exists(filepath.Join(dir, "few")) {
		t.Error("something is left")
	}
}

func TestSplitFiles(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{"a": "", "b,c": "", "d": "", "d,e": "", "f,g,h": ""})
	t.Chdir(dir)
	for list, want := range map[string][]string{
		"a":               {"a"},
		"a,b,c":           {"a", "b,c"},
		"b,c,a":           {"b,c", "a"},
		"d,e":             {"d,e"},
		"a,f,g,h,d,none,": {"a", "f,g,h", "d", "none", ""},
		"none":            {"none"},
		"":                {""},
	} {
		if got := preds.SplitFiles(list); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}

// TestStdinCopy: the copy of standard input that is read twice leaves nothing, whether
// the run succeeds or fails.
func TestStdinCopy(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	text := strings.Replace(clitest.TinyCOCO, `"images": [`, `"images": [{"id": 2, "file_name": "b.png", "height": 64, "width": 64}, `, 1)
	for _, tt := range []struct {
		text string
		code int
	}{{text, 0}, {text[:len(text)/2], ui.ExitBadData}, {"", ui.ExitBadData}} {
		var errw bytes.Buffer
		code := app.Run(t.Context(), []string{"hubdata", "folds", "--coco", "-", "-k", "2", "-o", dir, "--quiet"}, strings.NewReader(tt.text), io.Discard, &errw)
		if code != tt.code {
			t.Errorf("%d bytes: exit code %d, want %d: %s", len(tt.text), code, tt.code, &errw)
		}
		if left, _ := os.ReadDir(temp); len(left) != 0 {
			t.Errorf("left %v", left)
		}
	}
}
