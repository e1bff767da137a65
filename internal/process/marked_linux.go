package process

import (
	"bytes"
	"os"
	"strconv"
)

// Marked returns the numbers of the processes that have a variable with a value in their
// environment. A process inherits it from the one that starts it, also in another session or
// group. This process is not among them, and neither are those of other users. A process that
// overwrites its environment is not found.
func Marked(variable, value string) []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }() // only read
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	mark := []byte("\x00" + variable + "=" + value + "\x00")
	var found []int
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() {
			continue
		}
		// The text is empty for a process that has ended but whose parent has not waited for it.
		text, err := os.ReadFile("/proc/" + name + "/environ")
		if err == nil && (bytes.Contains(text, mark) || bytes.HasPrefix(text, mark[1:])) {
			found = append(found, pid)
		}
	}
	return found
}
