//go:build unix

package showcmd

import (
	"os"
	"syscall"
	"time"

	"github.com/hubdata/hubdata/internal/termimage"
	"golang.org/x/term"
)

// askTime is how long a terminal may take to answer.
const askTime = 200 * time.Millisecond

// askTerminal asks the terminal whether it shows sixels. Where reading cannot be
// given up after a time it is not asked.
func askTerminal() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer func() { _ = tty.Close() }()
	if err := tty.SetReadDeadline(time.Now().Add(askTime)); err != nil {
		return false
	}
	raw, err := tty.SyscallConn()
	if err != nil {
		return false
	}
	yes := false
	_ = raw.Control(func(fd uintptr) {
		old, err := term.MakeRaw(int(fd))
		if err != nil {
			return
		}
		defer func() { _ = term.Restore(int(fd), old) }()
		yes = termimage.Ask(tty)
	})
	return yes
}
