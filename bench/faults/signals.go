//go:build linux

package main

import (
	"fmt"
	"maps"
	"strings"
	"syscall"
	"time"
)

// signals interrupts runs at random moments. Each ends soon, with all of its files or none, and says which.
func signals(l *lab) {
	const wait = 10 * time.Second // a second, on a machine with nothing else to do
	for _, stop := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		runs, none, all := 0, 0, 0
		var longest time.Duration
		for i := range max(3*len(l.commands), l.kills/6) {
			c := l.commands[i%len(l.commands)]
			out := l.fresh()
			// env resets a signal that is ignored here, as after nohup.
			cmd := l.start(c, c.in, out, []string{"env", "--default-signal"})
			must(cmd.Start())
			done := make(chan struct{})
			go func() { _ = cmd.Wait(); close(done) }()
			sleep(time.Duration(l.rng.Int64N(int64(c.took))), done)
			begun := time.Now()
			_ = cmd.Process.Signal(stop)
			sleep(wait, done)
			longest = max(longest, time.Since(begun))
			select {
			case <-done:
			default:
				l.fault("%s: %v did not end it in %s", c.name, stop, wait)
				_ = cmd.Process.Kill()
				<-done
			}
			runs++
			got, stderr := readTree(out), fmt.Sprint(cmd.Stderr)
			switch {
			case code(cmd) == c.code && maps.Equal(got, c.want): // it had ended, or was about to
				all++
			case code(cmd) == 130 && strings.Contains(stderr, "nothing was written") && len(got) == 0:
				none++
			case code(cmd) == 130 && !strings.Contains(stderr, "nothing was written") && maps.Equal(got, c.want):
				all++
			case code(cmd) == -1 && len(got) == 0: // before the program could hear it
				none++
			default:
				l.fault("%s, %v: exit code %d: %s: %s", c.name, stop, code(cmd), got.difference(c.want), stderr)
			}
		}
		l.row(fmt.Sprintf("%s at a random moment", signalNames[stop]), fmt.Sprintf("each of the %d commands", len(l.commands)), runs,
			"%d wrote nothing, %d all of their files; each ended within %s", none, all, longest.Round(10*time.Millisecond))
	}
}

var signalNames = map[syscall.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "SIGHUP"}
