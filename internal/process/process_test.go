package process

import (
	"os/exec"
	"runtime"
	"testing"
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
