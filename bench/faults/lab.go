//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A lab holds the data for the trials and their results.
type lab struct {
	bin, dir string
	data     string // a demo folder
	made     string // files created from it
	seed     uint64
	scale    string // scale of the data
	kills    int
	big      int64 // bytes
	rng      *rand.Rand
	commands []*command
	faults   int
	told     int // number of faults already in the table
}

// A command is a command line of hubdata that writes all its files into a
// folder OUT.
type command struct {
	name  string
	args  []string // OUT and IN are replaced by folders
	in    string   // the folder IN of an undisturbed run
	input string   // the file in IN to change during a run; empty: none
	code  int      // exit code of an undisturbed run
	want  tree     // files of an undisturbed run
	took  time.Duration
	tail  time.Duration // the part of took after the first file appears
}

// newLab creates the data.
func newLab(bin, dir, scale string, seed uint64, kills int) (*lab, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return nil, err
	}
	l := &lab{bin: bin, dir: dir, seed: seed, scale: scale + " size", kills: kills, data: filepath.Join(dir, "data"),
		made: filepath.Join(dir, "made")}
	if err := os.MkdirAll(l.made, 0o777); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(l.made, "s.csv")); err != nil {
		for _, line := range []string{
			"demo --scale " + scale + " --predictions 3 --no-convert --quiet --force DATA",
			"convert DATA -o MADE --quiet --class all",
			"merge -o MADE/all.json --quiet MADE/ds1.json MADE/ds2.json",
			"submission encode --force --quiet --tiles DATA/ds3_truth.json -o MADE/s.csv DATA/predictions/vit.segm.json DATA",
		} {
			line = strings.NewReplacer("DATA", l.data, "MADE", l.made).Replace(line)
			if out, err := exec.Command(l.bin, strings.Fields(line)...).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("hubdata %s: %w\n%s", line, err, out)
			}
		}
		if err := breakDataset(filepath.Join(l.made, "all.json"), filepath.Join(l.made, "broken.json")); err != nil {
			return nil, err
		}
	}
	l.commands = []*command{
		{name: "convert", args: []string{"convert", "IN", "-o", "OUT/coco", "--quiet"}, input: "polygons.jsonl"},
		{name: "folds", args: []string{"folds", "IN", "-k", "5", "-o", "OUT/folds", "--quiet"}, input: "polygons.jsonl"},
		{name: "folds --coco", args: []string{"folds", "--coco", "IN/all.json", "-k", "3", "-o", "OUT/sets", "--quiet"},
			input: "all.json"},
		{name: "pseudo", args: []string{"pseudo", "IN", "--thr", "0.4,0.5", "--merge", "IN/ds2.json", "--results",
			"OUT/fused.segm.json", "-o", "OUT/pseudo", "--class", "all", "--quiet"}, input: "predictions/vit.segm.json"},
		{name: "merge", args: []string{"merge", "-o", "OUT/all.json.gz", "--id-map", "OUT/ids.json", "--quiet", "IN/ds1.json",
			"IN/ds2.json"}, input: "ds2.json"},
		{name: "filter", args: []string{"filter", "--min-area", "30", "-o", "OUT/part.json.zst", "--quiet", "IN/all.json"},
			input: "all.json"},
		{name: "check --fix", args: []string{"check", "--quiet", "--fix", "-o", "OUT/sound.json", "--changes",
			"OUT/changes.json", "IN/broken.json"}, input: "broken.json"},
		{name: "submission encode", args: []string{"submission", "encode", "--force", "--quiet", "--dilate", "1", "--tiles",
			"IN/ds3_truth.json", "-o", "OUT/s.csv", "IN/predictions/vit.segm.json", "IN"}, input: "predictions/vit.segm.json"},
		{name: "submission decode", args: []string{"submission", "decode", "--force", "--quiet", "-o", "OUT/s.segm.json",
			"IN/s.csv"}, input: "s.csv"},
	}
	// All inputs are in one folder.
	in := l.input()
	if err := os.MkdirAll(in, 0o777); err != nil {
		return nil, err
	}
	for _, from := range []string{l.data, l.made} {
		entries, err := os.ReadDir(from)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(in, e.Name())); err != nil &&
				!errors.Is(err, fs.ErrExist) {
				return nil, err
			}
		}
	}
	for _, c := range l.commands {
		c.in = in
		if err := l.measure(c); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *lab) input() string { return filepath.Join(l.dir, "in") }

// reseed makes a trial independent of the trials that ran before it.
func (l *lab) reseed(name string) {
	h := fnv.New64a()
	h.Write([]byte(name))
	l.rng = rand.New(rand.NewPCG(l.seed, h.Sum64()))
}

// breakDataset copies a COCO file and adds faults to some of its annotations.
func breakDataset(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	for i, a := range d["annotations"].([]any) {
		switch a := a.(map[string]any); i % 50 {
		case 7:
			a["area"] = -1
		case 17:
			a["bbox"] = []int{0, 0, 0, 0}
		case 27:
			a["id"] = 1
		case 37:
			a["image_id"] = 987654321
		}
	}
	delete(d, "info") // then it does not look like a file of hubdata
	if text, err = json.Marshal(d); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o666)
}

// measure runs a command undisturbed, three times.
func (l *lab) measure(c *command) error {
	var took, tails []time.Duration
	for range 3 {
		out := l.fresh()
		cmd := l.start(c, c.in, out, nil)
		start := time.Now()
		if err := cmd.Start(); err != nil {
			return err
		}
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		first := waitForFile(out, func(string) bool { return true }, done)
		<-done
		c.code = cmd.ProcessState.ExitCode()
		took = append(took, time.Since(start))
		tails = append(tails, time.Since(first))
		got := readTree(out)
		if c.want != nil && !maps.Equal(c.want, got) {
			return fmt.Errorf("%s writes different files in every run", c.name)
		}
		c.want = got
		if c.code != 0 && c.code != 4 || len(got) == 0 {
			return fmt.Errorf("%s: exit code %d: %s", c.name, c.code, cmd.Stderr)
		}
	}
	slices.Sort(took)
	slices.Sort(tails)
	c.took, c.tail = took[0], tails[0] // slower runs waited for other processes
	fmt.Fprintf(os.Stderr, "%s: %d files, %s, the last %s from the first file on\n", c.name, len(c.want),
		c.took.Round(time.Millisecond), c.tail.Round(time.Millisecond))
	return nil
}

// waitForFile returns when the first wanted file appears in a folder, or when done is
// closed.
func waitForFile(dir string, wanted func(name string) bool, done <-chan struct{}) time.Time {
	for found := false; ; {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && wanted(path) {
				found = true
				return fs.SkipAll
			}
			return nil
		})
		if found {
			return time.Now()
		}
		select {
		case <-done:
			return time.Now()
		case <-time.After(100 * time.Microsecond):
		}
	}
}

// fresh returns an empty folder for outputs.
func (l *lab) fresh() string {
	out := filepath.Join(l.dir, "out")
	if err := os.RemoveAll(out); err != nil {
		panic(err)
	}
	if err := os.Mkdir(out, 0o777); err != nil {
		panic(err)
	}
	return out
}

// words returns the arguments with the folders filled in.
func (c *command) words(in, out string) []string {
	var words []string
	for _, a := range c.args {
		for name, dir := range map[string]string{"IN": in, "OUT": out} {
			if a == name {
				a = dir
			} else if before, rest, ok := strings.Cut(a, name+"/"); ok && (before == "" || strings.HasSuffix(before, "=")) {
				a = before + dir + "/" + rest
			}
		}
		words = append(words, a)
	}
	return words
}

// start prepares a command. before are words before the name of the program.
func (l *lab) start(c *command, in, out string, before []string) *exec.Cmd {
	words := append(append(slices.Clone(before), l.bin), c.words(in, out)...)
	return ready(words)
}

// runLimit is the time after which a run counts as hanging.
const runLimit = 3 * time.Minute

// ready prepares a program and captures both its outputs.
func ready(words []string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Cancel = func() error { cancel(); return cmd.Process.Kill() }
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	return cmd
}

// run runs a program.
func (l *lab) run(words ...string) (code int, stdout, stderr string) {
	cmd := ready(words)
	if err := cmd.Run(); cmd.ProcessState == nil {
		return -1, "", err.Error()
	}
	return cmd.ProcessState.ExitCode(), fmt.Sprint(cmd.Stdout), fmt.Sprint(cmd.Stderr)
}

// tree maps the names of the files in a folder to their checksums.
type tree map[string]string

func readTree(dir string) tree {
	t := tree{}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it has just disappeared, or is a folder
		}
		rel, _ := filepath.Rel(dir, path)
		t[rel] = "" // unreadable
		if text, err := os.ReadFile(path); err == nil {
			sum := sha256.Sum256(text)
			t[rel] = hex.EncodeToString(sum[:8])
		}
		return nil
	})
	return t
}

// difference describes how two trees differ.
func (t tree) difference(want tree) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		switch sum, ok := want[name]; {
		case !ok:
			out = append(out, name+" is unexpected")
		case sum != t[name]:
			out = append(out, name+" has different bytes")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := t[name]; !ok {
			out = append(out, name+" is missing")
		}
	}
	return strings.Join(out, ", ")
}

// fault records a deviation from the expected outcome.
func (l *lab) fault(format string, args ...any) {
	l.faults++
	fmt.Fprintf(os.Stderr, "FAULT: "+format+"\n", args...)
}

// row prints a row of the table.
func (l *lab) row(fault, upon string, runs int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if n := l.faults - l.told; n > 0 {
		text = fmt.Sprintf("**%d not as expected**; otherwise: %s", n, text)
		l.told = l.faults
	}
	fmt.Printf("| %s | %s | %d | %s |\n", fault, upon, runs, text)
}

// plain reports whether a message is meant for people, without a trace of a
// crash.
func plain(stderr string) bool {
	return strings.HasPrefix(stderr, "hubdata: ") && !strings.Contains(stderr, "goroutine ") &&
		!strings.Contains(stderr, "panic")
}
