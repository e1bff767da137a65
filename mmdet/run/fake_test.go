package run

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this binary act as the programs that the tests start.
func TestMain(m *testing.M) {
	switch os.Getenv("RUN_FAKE") {
	case "":
		os.Exit(m.Run())
	case "programs":
		os.Exit(fakeProgram(filepath.Base(os.Args[0]), os.Args[1:]))
	}
}

// fakeProgram acts as hubdata or as a program of Slurm, according to its name,
// otherwise as Python.
func fakeProgram(name string, args []string) int {
	switch name {
	case "sbatch", "squeue", "scancel", "scontrol":
		return fakeSlurm(name, args)
	case "srun": // becomes the program after its own options
		for len(args) > 1 && strings.HasPrefix(args[0], "-") {
			args = args[1:]
		}
		fmt.Fprintln(os.Stderr, "srun: error:", syscall.Exec(args[0], args, os.Environ()))
		return 1
	case "hubdata":
		fmt.Println("scores of", args[0])
		if i := slices.Index(args, "--results"); i >= 0 {
			_ = os.WriteFile(args[i+1], []byte("[]"), 0o666)
		}
		return 0
	}
	for i, arg := range args {
		switch filepath.Base(arg) {
		case "train.py":
			return fakeTrain(args[i+1], args[i+2:])
		case "test.py":
			_ = os.WriteFile("results.segm.json", []byte("[]"), 0o666)
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, "no script in", args)
	return 2
}

var assigned = regexp.MustCompile(`(?m)^(\w+) = '(.*)'$`)

// fakeTrain trains three epochs, of which the second is the best, as MMDetection 2.x
// does. Words in the config change what it does.
func fakeTrain(config string, args []string) int {
	text, err := os.ReadFile(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	values := map[string]string{}
	for _, m := range assigned.FindAllStringSubmatch(string(text), -1) {
		values[m[1]] = m[2]
	}
	base, _ := os.ReadFile(values["_base_"])
	dir := values["work_dir"]
	fmt.Println("begins with", values["load_from"])
	first := 1
	if i := slices.Index(args, "--resume-from"); i >= 0 {
		n, _ := fmt.Sscanf(filepath.Base(args[i+1]), "epoch_%d.pth", &first)
		first += n
	}
	weights := []byte("PK\x03\x04 weights PK\x05\x06" + strings.Repeat("\x00", 18))
	before, _ := filepath.Glob(filepath.Join(dir, "*.log.json"))
	log, err := os.Create(filepath.Join(dir, fmt.Sprintf("20260101_%06d.log.json", len(before))))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if strings.Contains(string(base), "nothing at all") {
		fmt.Fprintln(os.Stderr, "ImportError: no module")
		return 1
	}
	scores := []float64{0.1, 0.3, 0.2}
	best := ""
	for e := first; e <= 3; e++ {
		fmt.Fprintf(log, `{"mode": "train", "epoch": %d, "iter": 1, "loss": 1.0}`+"\n", e)
		if e == 3 && strings.Contains(string(base), "crash") {
			if _, err := os.Stat(filepath.Join(dir, "crashed")); err != nil {
				_ = os.WriteFile(filepath.Join(dir, "crashed"), nil, 0o666)
				fmt.Fprintln(os.Stderr, "RuntimeError: CUDA out of memory")
				return 1
			}
		}
		if strings.Contains(string(base), "nothing") {
			if strings.Contains(string(base), "hangs") {
				fakeWait(dir)
			}
			continue
		}
		_ = os.WriteFile(filepath.Join(dir, fmt.Sprintf("epoch_%d.pth", e)), weights, 0o666)
		if e <= 2 {
			_ = os.Remove(best)
			best = filepath.Join(dir, fmt.Sprintf("best_segm_mAP_epoch_%d.pth", e))
			_ = os.WriteFile(best, weights, 0o666)
		}
		fmt.Fprintf(log, `{"mode": "val", "epoch": %d, "iter": 1, "segm_mAP": %v}`+"\n", e, scores[e-1])
		if strings.Contains(string(base), "hangs") {
			fakeWait(dir)
		}
	}
	return 0
}

// fakeWait waits until a signal ends this process, and says so.
func fakeWait(dir string) {
	_ = os.WriteFile(filepath.Join(dir, "waits"), []byte("waits"), 0o666)
	time.Sleep(time.Minute)
}

// write writes files into a folder.
func write(t *testing.T, dir string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
