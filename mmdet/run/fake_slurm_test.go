package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A fakeJob is a job of the fake Slurm, a file of its number in the folder $RUN_FAKE_SLURM.
type fakeJob struct {
	State, Reason, Script string
	Args                  []string
}

func fakeSlurm(name string, args []string) int {
	dir := os.Getenv("RUN_FAKE_SLURM")
	refuse := func(text string) int {
		fmt.Fprintln(os.Stderr, text)
		return 1
	}
	if text := os.Getenv("RUN_FAKE_REFUSES"); strings.HasPrefix(text, name+":") {
		return refuse(text)
	}
	switch name {
	case "sbatch":
		for n := 1; ; n++ {
			// Exclusive, as two may be submitted at the same time.
			f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(n)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, os.ErrExist) {
				continue
			} else if err != nil {
				return refuse(err.Error())
			}
			time.Sleep(20 * time.Millisecond)
			err = json.NewEncoder(f).Encode(fakeJob{State: "PENDING", Reason: "Priority", Script: args[len(args)-1], Args: args})
			if err := errors.Join(err, f.Close()); err != nil {
				return refuse(err.Error())
			}
			fmt.Printf("%d;cluster\n", n)
			return 0
		}
	case "squeue":
		for n := 1; ; n++ {
			j, err := readFakeJob(dir, n)
			if err != nil {
				return 0
			}
			switch only := "--jobs=" + strconv.Itoa(n); {
			case j.State == "GONE":
			case args[1] == only:
				fmt.Println(j.State)
			case strings.HasPrefix(args[1], "--user="):
				fmt.Printf("%d|%s|%s|%s\n", n, j.State, j.Reason, j.Script)
			}
		}
	case "scancel":
		for _, id := range args[1:] {
			n, _ := strconv.Atoi(id)
			j, err := readFakeJob(dir, n)
			if err != nil {
				return refuse("scancel: error: Kill job error on job id " + id + ": Invalid job id specified")
			}
			if j.State == "PENDING" {
				j.State = "GONE"
				j.write(dir, n)
			}
		}
		return 0
	}
	if len(args) == 2 && args[0] == "requeue" { // scontrol
		n, _ := strconv.Atoi(args[1])
		j := fakeJob{State: "PENDING", Reason: "BeginTime"}
		j.write(dir, n)
		return 0
	}
	return refuse(name + ": error: " + strings.Join(args, " "))
}

func readFakeJob(dir string, n int) (fakeJob, error) {
	text, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(n)))
	var j fakeJob
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &j)
	}
	return j, err
}

func (j fakeJob) write(dir string, n int) {
	text, _ := json.Marshal(j)
	_ = os.WriteFile(filepath.Join(dir, strconv.Itoa(n)), text, 0o666)
}
