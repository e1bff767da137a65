//go:build !unix

package traincmd_test

import (
	"os"
	"os/exec"
)

func fakeSession(*exec.Cmd) {}

var fakeTimeOver = os.Interrupt
