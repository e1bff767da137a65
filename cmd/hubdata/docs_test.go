package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/coco"
)

// docsNotRun are the command lines of README.md and docs/how-to that cannot be run here,
// by their beginnings, with the reasons.
var docsNotRun = map[string]string{
	"hubdata train check":                       "needs MMDetection's configs",
	"hubdata train plan":                        "needs MMDetection's configs",
	"hubdata train run":                         "trains",
	"hubdata train status":                      "needs trainings that were run",
	"hubdata train submit":                      "needs Slurm",
	"hubdata train logs":                        "needs trainings that were run",
	"hubdata view":                              "serves a page until it is ended",
	"hubdata filter --decisions":                "needs a review",
	"hubdata pseudo --preset winner --wsi '<8'": "needs trainings that were run",
	"hubdata pseudo --preset winner ...":        "abbreviates a longer command line",
}

// A docCommand is a command line in a document.
type docCommand struct {
	line    int
	text    string
	session bool     // its output follows
	want    []string // of a session, with ... for what is left out
}

// docBlocks are the blocks of code of a document that have command lines of hubdata.
func docBlocks(text string) [][]docCommand {
	var blocks [][]docCommand
	var block []docCommand
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		code, ok := strings.CutPrefix(line, "    ")
		last := len(block) - 1
		switch {
		case !ok || fenced:
			if len(block) > 0 {
				blocks, block = append(blocks, block), nil
			}
		case last >= 0 && strings.HasSuffix(block[last].text, "\\"):
			block[last].text += "\n" + code
		case strings.HasPrefix(code, "$ "):
			block = append(block, docCommand{line: i + 1, text: code[2:], session: true})
		case last >= 0 && block[last].session:
			block[last].want = append(block[last].want, code)
		case strings.HasPrefix(code, "hubdata "):
			block = append(block, docCommand{line: i + 1, text: code})
		}
	}
	return blocks
}

// TestDocsCommands runs the command lines of README.md and of the how-tos in a synthetic folder, and compares the
// output of sessions.
func TestDocsCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a folder of the competition's size")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell sh to run them")
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "how-to", "*.md"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%v: %d how-tos", err, len(files))
	}
	notRun := map[string]bool{}
	made := docsHome(t)
	for _, file := range append(files, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		home := filepath.Join(t.TempDir(), "home")
		if err := os.CopyFS(home, os.DirFS(made)); err != nil {
			t.Fatal(err)
		}
		for _, block := range docBlocks(string(text)) {
			dir := filepath.Join(home, "hubmap")
			for _, c := range block {
				place := fmt.Sprintf("%s:%d: %s", filepath.Base(file), c.line, c.text)
				if why := docNotRun(c.text); why != "" {
					notRun[why] = true
					continue
				}
				if to, ok := strings.CutPrefix(c.text, "cd "); ok {
					dir = filepath.Join(dir, to)
					continue
				}
				command, _, _ := strings.Cut(c.text, " | jq")
				cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "HOME="+home)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v\n%s", place, err, out)
				} else if c.session && !docMatches(string(out), c.want) {
					t.Errorf("%s: shows\n%s\nprinted\n%s", place, strings.Join(c.want, "\n"), out)
				}
			}
		}
	}
	for start := range docsNotRun {
		if !notRun[start] {
			t.Errorf("no document has the command line %q", start)
		}
	}
}

// docNotRun is the entry of docsNotRun for a command line, the longest of several.
func docNotRun(text string) string {
	found := ""
	for start := range docsNotRun {
		if strings.HasPrefix(text, start) && len(start) > len(found) {
			found = start
		}
	}
	return found
}

// docMatches reports whether the output has the lines of want in their order, with
// others only where want has a line of three dots.
func docMatches(printed string, want []string) bool {
	got := strings.Split(strings.TrimRight(printed, "\n"), "\n")
	if printed == "" {
		got = nil
	}
	skip := false
	for _, line := range want {
		if line == "..." {
			skip = true
			continue
		}
		at := slices.Index(got, line)
		if at < 0 || at > 0 && !skip {
			return false
		}
		got, skip = got[at+1:], false
	}
	return skip || len(got) == 0
}

// docsHome makes a home with a synthetic folder hubmap, which has the files that the documents mention.
func docsHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	dir := filepath.Join(home, "hubmap")
	hub := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "hubdata", args...)
		if args[0] != "demo" {
			cmd.Dir = dir
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	hub("demo", "--quiet", dir)
	set := filepath.Join("coco_data", "coco")
	hub("folds", "--quiet", "-k", "5")
	hub("merge", "--quiet", "-o", "all.json", filepath.Join(set, "ds1.json"), filepath.Join(set, "ds2.json"))
	hub("submission", "encode", "--quiet", "--tiles", "ds3_truth.json", "-o", "val.csv",
		filepath.Join("predictions", "vit.segm.json"))
	for to, from := range map[string]string{
		"ds1.json": filepath.Join(set, "ds1.json"), "ds2.json": filepath.Join(set, "ds2.json"), "broken.json": "all.json",
		"truth.json": "ds3_truth.json", "val.json": "ds3_truth.json",
		"folds.csv": filepath.Join("coco_data", "folds5.csv"), "folds5.csv": filepath.Join("coco_data", "folds5.csv"),
		"folds5.json":       filepath.Join("coco_data", "folds5.json"),
		"results.segm.json": filepath.Join("predictions", "cascade.segm.json"),
		"new.segm.json":     filepath.Join("predictions", "cascade.segm.json"),
		"old.segm.json":     filepath.Join("predictions", "detectors.segm.json"),
		"a.segm.json":       filepath.Join("predictions", "cascade.segm.json"),
		"b.segm.json":       filepath.Join("predictions", "detectors.segm.json"),
		"c.segm.json":       filepath.Join("predictions", "vit.segm.json"),
	} {
		clitest.CopyFile(t, filepath.Join(dir, from), filepath.Join(dir, to))
	}
	// The test set is the tiles of dataset 3.
	f, err := os.Open(filepath.Join(dir, "ds3_truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := coco.Decode(f)
	if err := errors.Join(err, f.Close(), os.Mkdir(filepath.Join(dir, "test"), 0o777)); err != nil {
		t.Fatal(err)
	}
	for i := range truth.Images {
		name := coco.ImageName(&truth.Images[i]) + ".tif"
		clitest.CopyFile(t, filepath.Join(dir, "train", name), filepath.Join(dir, "test", name))
	}
	hub("pseudo", "--quiet", "-o", filepath.Join(home, "fused.json"), "--results", "fused.segm.json")
	if err := os.CopyFS(filepath.Join(home, "study"),
		os.DirFS(filepath.Join("..", "..", "testdata", "patients"))); err != nil {
		t.Fatal(err)
	}
	return home
}
