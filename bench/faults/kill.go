//go:build linux

package main

import (
	"maps"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// kills kills runs at random moments: a third at any time, a third after the first unfinished
// file appears, and a third just when files become visible. All visible files must be
// complete, and the next run must write what an undisturbed run does.
func kills(l *lab) {
	// Many files take a while to become visible.
	many := &command{name: "convert, 200 slides", args: []string{"convert", "IN", "-o", "OUT", "--quiet"}, in: l.manyTiles(2000, 200)}
	must(l.measure(many))
	commands := append([]*command{many}, l.commands...)
	for i, c := range commands {
		took := c.took // of the last complete run, because the load of the machine changes
		n := (l.kills + i) / len(commands)
		var landed, runs, early, unfinished, some, all int
		for landed < n && runs < 4*n+40 { // a run may end before it is killed
			runs++
			out := l.fresh()
			cmd := l.start(c, c.in, out, nil)
			if err := cmd.Start(); err != nil {
				l.fault("%s: %v", c.name, err)
				return
			}
			done := make(chan struct{})
			go func() { _ = cmd.Wait(); close(done) }()
			switch runs % 3 {
			case 0:
				sleep(time.Duration(l.rng.Int64N(int64(took))), done)
			case 1:
				waitForFile(out, func(string) bool { return true }, done)
				sleep(time.Duration(l.rng.Int64N(int64(float64(took)*float64(c.tail)/float64(c.took))+1)), done)
			case 2:
				waitForFile(out, func(name string) bool { return !temporary(name) }, done)
				sleep(time.Duration(l.rng.Int64N(int64(time.Millisecond))), done)
			}
			_ = cmd.Process.Kill()
			<-done
			if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !ws.Signaled() {
				continue // the run ended first
			}
			landed++
			left, finals := readTree(out), 0
			for name, sum := range left {
				if temporary(name) {
					continue
				}
				finals++
				if sum != c.want[name] {
					l.fault("%s, kill %d: %s is visible and not whole", c.name, landed, name)
				}
			}
			switch {
			case len(left) == 0:
				early++
			case finals == 0:
				unfinished++
			case maps.Equal(left, c.want):
				all++
			default:
				some++
			}
			start := time.Now()
			code, _, stderr := l.run(append([]string{l.bin}, c.words(c.in, out)...)...)
			took = time.Since(start)
			if got := readTree(out); code != c.code || !maps.Equal(got, c.want) {
				l.fault("%s, kill %d: the next run: exit code %d, want %d: %s%s", c.name, landed, code, c.code, got.difference(c.want), stderr)
			}
		}
		if landed < n {
			l.fault("%s: only %d of %d kills came in time", c.name, landed, n)
		}
		l.row("SIGKILL at a random moment, then a run to the end", c.name+", "+l.scale, landed,
			"%d before the first file, %d with unfinished ones, %d between two, %d after the last; the same bytes, nothing else left",
			early, unfinished, some, all)
	}
}

// sleep sleeps for d, or until done is closed.
func sleep(d time.Duration, done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(d):
	}
}

// temporary reports whether a file is an unfinished file of hubdata.
func temporary(name string) bool {
	base := filepath.Base(name)
	return strings.HasPrefix(base, ".") && strings.HasSuffix(base, ".hubdata-tmp")
}
