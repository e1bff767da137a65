package process

import (
	"bytes"
	"os"
	"strconv"
)

// start returns the start time of a process, in ticks since the system booted. It
// returns "" if that is unknown.
func start(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The second field is a name in brackets, which may have brackets and spaces.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const state, began = 0, 19 // indices in the fields after the name
	if len(fields) <= began {
		return ""
	}
	if s := fields[state][0]; s == 'Z' || s == 'X' {
		return ended
	}
	return string(fields[began])
}
