package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hubdata/hubdata/internal/process"
	"github.com/hubdata/hubdata/mmdet"
)

// A trainer is a process that a stage has started, the leader of its own process group.
type trainer struct {
	cmd   *exec.Cmd
	mark  string // of all processes that it starts
	grace time.Duration
}

// ending describes how a process ended.
type ending struct {
	code    int  // exit code; -1: killed by a signal
	stopped bool // this run was asked to stop, and stopped the process
	requeue bool // asked by Slurm, because the job's time is over
}

// start starts a command under the lock of its stage. Its output goes to out.
func (r *Runner) start(c *mmdet.Command, lock *lock, out io.Writer) (*trainer, error) {
	program := c.Argv[0]
	if program == hubdata && r.o.Hubdata != "" {
		program = r.o.Hubdata
	}
	path, err := lookPath(program, c.Dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, c.Argv[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append(environment(r.o.Env, c), markVariable+"="+lock.owner.Mark)
	cmd.Stdout, cmd.Stderr = out, out
	if life := lock.inherited(); life != nil {
		// It is an empty file. Python closes all files but the standard ones in the
		// processes that it starts, so it takes the place of the standard input too.
		cmd.Stdin, cmd.ExtraFiles = life, []*os.File{life}
	}
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t := &trainer{cmd: cmd, mark: lock.owner.Mark, grace: r.o.Grace}
	if err := lock.started(cmd.Process.Pid); err != nil {
		t.kill()
		_ = cmd.Wait()
		return nil, err
	}
	return t, nil
}

// environment returns env with the changes of a command.
func environment(env []string, c *mmdet.Command) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(c.Unset, name)
	})
	return append(env, c.Env...)
}

// wait waits for the process to end. It passes signals to this process on to the group.
// It kills all processes if the first one does not end in time, at a second signal, and
// when it has ended.
func (t *trainer) wait(ctx context.Context, signals <-chan os.Signal) (ending, error) {
	done := make(chan error, 1)
	go func() { done <- t.cmd.Wait() }()
	var (
		end   ending
		late  <-chan time.Time
		asked = ctx.Done()
	)
	stop := func(s os.Signal) {
		if end.stopped {
			t.kill()
			return
		}
		end.stopped, end.requeue = true, isRequeue(s)
		if end.requeue || s == nil {
			s = syscall.SIGTERM
		}
		t.signal(s)
		late = time.After(t.grace)
	}
	for {
		select {
		case err := <-done:
			t.kill() // what remains
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return end, err
			}
			end.code = t.cmd.ProcessState.ExitCode()
			return end, nil
		case s := <-signals:
			asked = nil // it is the same request
			stop(s)
		case <-asked:
			asked = nil
			select {
			case s := <-signals:
				stop(s)
			case <-time.After(50 * time.Millisecond): // the signal that ended ctx may be about to arrive
				if !end.stopped && len(signals) == 0 {
					stop(nil)
				}
			}
		case <-late:
			t.kill()
		}
	}
}

// kill kills the process and all that it has started, also those that have left its
// group. It returns when they have ended, or cannot be killed.
func (t *trainer) kill() {
	t.killGroup()
	killMarked(t.mark)
}

// killMarked kills all processes with a mark. They may be starting others, so it looks
// again until there are none.
func killMarked(mark string) {
	for range 200 {
		left := process.Marked(markVariable, mark)
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
				_ = p.Release()
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// text describes how a process ended.
func (t *trainer) text() string {
	return fmt.Sprint(t.cmd.ProcessState) // such as "exit status 1" or "signal: killed"
}

// hubdata is the program for stages that need no GPU.
const hubdata = "hubdata"

// lookPath finds a program. If the name is a path, the file must exist.
func lookPath(name, dir string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		var look *exec.Error
		if errors.As(err, &look) {
			return "", err
		}
		return "", &exec.Error{Name: name, Err: err}
	}
	if dir != "" {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			return "", &InfrastructureError{fmt.Sprintf("%s: no such folder, but %s must run in it", dir, name), "set tool.root in the recipe"}
		}
	}
	return path, nil
}
