package traincmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// fakeJob is a job of the fake Slurm, a file of its number in $FAKE_SLURM.
type fakeJob struct {
	Args   []string `json:"args"`
	Script string   `json:"script"`
	After  []int    `json:"after"`
	Output string   `json:"output"`
	State  string   `json:"state"`
	Reason string   `json:"reason"`
	Runs   int      `json:"runs"`
}

func fakeJobFile(id int) string {
	return filepath.Join(os.Getenv("FAKE_SLURM"), strconv.Itoa(id))
}

func (j *fakeJob) write(id int) {
	text, _ := json.Marshal(j)
	_ = os.WriteFile(fakeJobFile(id), text, 0o666)
}

func readFakeJob(id int) (*fakeJob, bool) {
	text, err := os.ReadFile(fakeJobFile(id))
	if err != nil {
		return nil, false
	}
	j := new(fakeJob)
	return j, json.Unmarshal(text, j) == nil
}

const firstFakeJob = 1001

func fakeSbatch(args []string) int {
	if text := os.Getenv("FAKE_SBATCH_ERROR"); text != "" {
		fmt.Fprintln(os.Stderr, text)
		return 1
	}
	j := &fakeJob{Args: args, Script: args[len(args)-1], State: "PENDING", Reason: "Priority"}
	for _, a := range args {
		if list, ok := strings.CutPrefix(a, "--dependency=afterok:"); ok {
			for id := range strings.SplitSeq(list, ":") {
				n, _ := strconv.Atoi(id)
				j.After = append(j.After, n)
			}
		}
		if path, ok := strings.CutPrefix(a, "--output="); ok {
			j.Output = path
		}
	}
	id := firstFakeJob
	for ; ; id++ {
		if _, there := readFakeJob(id); !there {
			break
		}
	}
	j.write(id)
	fmt.Printf("%d;cluster\n", id)
	return 0
}

func fakeSqueue(args []string) int {
	for _, a := range args {
		if strings.HasPrefix(a, "--user=") {
			for id := firstFakeJob; ; id++ {
				j, there := readFakeJob(id)
				if !there {
					break
				}
				if j.State == "PENDING" || j.State == "RUNNING" {
					fmt.Printf("%d|%s|%s|%s\n", id, j.State, j.Reason, j.Script)
				}
			}
		}
		if text, ok := strings.CutPrefix(a, "--jobs="); ok {
			id, _ := strconv.Atoi(text)
			j, there := readFakeJob(id)
			if !there {
				fmt.Fprintln(os.Stderr, "slurm_load_jobs error: Invalid job id specified")
				return 1
			}
			if j.State == "PENDING" || j.State == "RUNNING" {
				fmt.Println(j.State)
			}
		}
	}
	return 0
}

// fakeScancel removes jobs that wait.
func fakeScancel(args []string) int {
	for _, a := range args {
		id, _ := strconv.Atoi(a)
		if j, there := readFakeJob(id); there && j.State == "PENDING" {
			j.State = "CANCELLED"
			j.write(id)
		}
	}
	return 0
}

func fakeScontrol(args []string) int {
	switch {
	case len(args) == 3 && args[0] == "show" && args[1] == "hostnames":
		fmt.Println("node7\nnode8")
		return 0
	case len(args) == 2 && args[0] == "requeue":
		id, _ := strconv.Atoi(args[1])
		if j, there := readFakeJob(id); there {
			j.State = "PENDING"
			j.write(id)
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, "scontrol: error", args)
	return 1
}

// fakeSrun takes its own options away and becomes the program that follows.
func fakeSrun(args []string) int {
	own := 0
	for own < len(args) && strings.HasPrefix(args[own], "-") {
		own++
	}
	fakeEvent(map[string]any{"event": "srun", "args": args[:own], "port": os.Getenv("MASTER_PORT")})
	path, err := exec.LookPath(args[own])
	if err != nil {
		fmt.Fprintln(os.Stderr, "srun: error:", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "srun: error:", syscall.Exec(path, args[own:], os.Environ()))
	return 2
}

// runFakeJobs runs the queue until nothing can be run. signalAfter sends a job the signal
// of its time being over, so long after it has begun to print; nil sends none.
func runFakeJobs(signalAfter func(id, run int) time.Duration) error {
	for progress := true; progress; {
		progress = false
		for id := firstFakeJob; ; id++ {
			j, there := readFakeJob(id)
			if !there {
				break
			}
			ready := j.State == "PENDING"
			for _, other := range j.After {
				o, there := readFakeJob(other)
				ready = ready && there && o.State == "COMPLETED"
				if there && (o.State == "FAILED" || o.State == "CANCELLED") && j.State == "PENDING" {
					j.State = "CANCELLED" // --kill-on-invalid-dep
					j.write(id)
				}
			}
			if !ready || j.Runs > 20 {
				continue
			}
			progress = true
			if err := j.run(id, signalAfter); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *fakeJob) run(id int, signalAfter func(id, run int) time.Duration) error {
	j.State, j.Runs = "RUNNING", j.Runs+1
	j.write(id)
	out, err := os.OpenFile(strings.ReplaceAll(strings.ReplaceAll(j.Output, "%j", strconv.Itoa(id)), "%%", "%"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command("sh", j.Script)
	cmd.Env = append(os.Environ(), "SLURM_JOB_ID="+strconv.Itoa(id), "SLURM_JOB_NODELIST=node[7-8]")
	cmd.Stdout, cmd.Stderr = out, out
	before, err := out.Stat()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if signalAfter != nil {
		if d := signalAfter(id, j.Runs); d > 0 {
			go func() {
				// On a busy machine it takes a while until a program can be asked to stop.
				for {
					now, err := os.Stat(out.Name())
					if err != nil || now.Size() > before.Size() {
						break
					}
					time.Sleep(time.Millisecond)
				}
				time.Sleep(d)
				_ = cmd.Process.Signal(fakeTimeOver)
			}()
		}
	}
	err = cmd.Wait()
	if now, there := readFakeJob(id); there && now.State == "PENDING" {
		return nil // requeued
	}
	j.State = "COMPLETED"
	if err != nil {
		j.State = "FAILED"
	}
	j.write(id)
	return nil
}
