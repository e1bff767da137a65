package process

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"
)

func TestAlive(t *testing.T) {
	self := Self()
	if !self.Alive() {
		t.Error("this process is not alive")
	}
	if (ID{PID: 0}).Alive() || (ID{PID: -5}).Alive() || (ID{PID: 99999999}).Alive() {
		t.Error("a process that cannot be is alive")
	}
	if runtime.GOOS == "linux" {
		other := self
		other.Start = "1"
		if other.Alive() {
			t.Error("a process with another start is taken for this one")
		}
	}
	cmd := exec.Command("go", "version")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	child := Of(cmd.Process.Pid)
	_ = cmd.Wait()
	if child.Alive() {
		t.Error("a process that has ended is alive")
	}
}

// TestMarked finds a process in a session of its own whose parent has ended.
func TestMarked(t *testing.T) {
	if runtime.GOOS != "linux" {
		if got := Marked("A", "b"); got != nil {
			t.Errorf("found %d", got)
		}
		return
	}
	value := t.Name() + strconv.Itoa(os.Getpid())
	// The shell ends at once. The process that it leaves has only the standard files.
	cmd := exec.Command("sh", "-c", "setsid sleep 600 >/dev/null 2>&1 </dev/null & echo")
	cmd.Env = append(os.Environ(), "PROCESS_TEST="+value)
	if err := cmd.Run(); err != nil {
		t.Skip(err)
	}
	var found []int
	for range 20_000 { // setsid becomes sleep, which is found throughout
		if found = Marked("PROCESS_TEST", value); len(found) == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if len(found) != 1 {
		t.Fatalf("found %d, expected one process", found)
	}
	for _, other := range []string{value[1:], value + "x", ""} {
		if got := Marked("PROCESS_TEST", other); got != nil {
			t.Errorf("%q: found %d", other, got)
		}
	}
	p, err := os.FindProcess(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		if found = Marked("PROCESS_TEST", value); len(found) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("found %d after the kill", found)
}
