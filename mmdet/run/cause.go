package run

import (
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// linesFrom returns the lines of a file from an offset on, at most those of its last MiB.
func linesFrom(f *os.File, from int64) []string {
	const most = 1 << 20
	st, err := f.Stat()
	if err != nil {
		return nil
	}
	from = max(from, st.Size()-most)
	text, err := io.ReadAll(io.NewSectionReader(f, from, max(0, st.Size()-from)))
	if err != nil {
		return nil
	}
	whole := strings.TrimRight(strings.ToValidUTF8(string(text), "\ufffd"), "\r\n")
	if whole == "" {
		return nil
	}
	return strings.Split(whole, "\n")
}

// maxCause is the maximum number of lines that show the cause of a failure.
const maxCause = 20

// causeIn returns the lines of a program's output that show why it failed. If several
// processes wrote them, that is the exception of the one that failed first, or what is
// known of the signal that killed it. Otherwise it is the end of the output.
func causeIn(lines []string) []string {
	if failed := failedIn(lines); failed != nil {
		if cause := firstCause(failed, tracebacks(lines)); cause != nil {
			return cause
		}
	}
	return lines[max(0, len(lines)-maxCause):]
}

// firstCause returns the cause of the failure of several processes, the first of which is
// said to have failed first. That is not certain: an exception that only says that another
// process is gone is not the cause if there is something else.
func firstCause(failed []failedProcess, all []traceback) []string {
	last := func(of []traceback) []string { return of[len(of)-1].last() } // a process ends with its last one
	own := func(p failedProcess, follows bool) []traceback {
		return slices.DeleteFunc(slices.Clone(all), func(t traceback) bool { return t.rank != p.rank || t.follows() != follows })
	}
	first := failed[0]
	if found := own(first, false); len(found) > 0 {
		return last(found)
	}
	if first.signal {
		return first.last()
	}
	for _, t := range all { // of another process, or of one that is not known
		if !t.follows() {
			return t.last()
		}
	}
	for _, p := range failed[1:] {
		if p.signal {
			return p.last()
		}
	}
	if len(all) > 0 {
		return all[0].last()
	}
	return nil
}

// failedProcess is a process of several, as what started them reports it.
type failedProcess struct {
	rank   string // its number, from 0
	signal bool   // a signal killed it, not one that ends the others once one has failed
	lines  []string
}

func (p failedProcess) last() []string { return p.lines[max(0, len(p.lines)-maxCause):] }

var (
	// torchrun lists all processes in a table, the first one that it saw fail at the end.
	tableEntry = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\[\d+\]:$`) })
	entryRank  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*rank\s*: (\d+)`) })
	entryExit  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*exitcode\s*: (-?\d+)`) })
	// srun reports each process: "srun: error: node1: task 0: Exited with exit code 1".
	srunTask = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^srun: error: .*: tasks? (\d+)[\d,-]*: (.*)`)
	})
	// rankPrefix is how PyTorch and torchrun mark the lines of a process.
	rankPrefix = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\[[A-Za-z_]+(\d+)\]: ?`) })
)

// failedIn returns the processes that have failed, first the one that did so first. It
// returns nil if the output does not say so: it is that of one process.
func failedIn(lines []string) []failedProcess {
	const root = "Root Cause (first observed failure):"
	var out []failedProcess
	entry, first := -1, 0 // indices of the process whose entry is read, and of the first one
	for i, line := range lines {
		line = strings.TrimRight(line, " \r")
		m := srunTask().FindStringSubmatch(line)
		switch {
		case m != nil:
			signal := !strings.HasPrefix(m[2], "Exited") && m[2] != "Terminated"
			out = append(out, failedProcess{m[1], signal, lines[max(0, i-maxCause+1) : i+1]})
		case line == root:
			first = len(out)
		case tableEntry().MatchString(line):
			entry = len(out)
			out = append(out, failedProcess{lines: lines[i : i+1]})
		case entry < 0:
		case strings.HasPrefix(line, "----") || strings.HasPrefix(line, "===="):
			entry = -1
		default:
			p := &out[entry]
			p.lines = lines[i-len(p.lines) : i+1]
			if m := entryRank().FindStringSubmatch(line); m != nil {
				p.rank = m[1]
			}
			if m := entryExit().FindStringSubmatch(line); m != nil {
				p.signal = m[1][0] == '-' && m[1] != "-15"
			}
		}
	}
	if first < len(out) {
		out[0], out[first] = out[first], out[0]
	}
	return out
}

// A traceback is the text of an exception in Python, with those that it followed from.
type traceback struct {
	rank    string // of the process; empty: the lines have none
	lines   []string
	message int // index of the line with the last exception
}

const tracebackBegins = "Traceback (most recent call last):"

// chained are the lines between two exceptions of one traceback.
var chained = []string{
	"During handling of the above exception, another exception occurred:",
	"The above exception was the direct cause of the following exception:",
}

func (t traceback) last() []string { return t.lines[max(0, len(t.lines)-maxCause):] }

// follows reports whether an exception says only that another process is gone.
func (t traceback) follows() bool {
	message := t.lines[t.message:]
	return slices.ContainsFunc([]string{"Connection closed by peer", "Connection reset by peer", "Socket Timeout", "Broken pipe",
		"remote process exited", "ncclRemoteError", "DistBackendError", "DistNetworkError"}, func(text string) bool {
		return slices.ContainsFunc(message, func(line string) bool { return strings.Contains(line, text) })
	})
}

// tracebacks returns the tracebacks in an output in the order in which they end. Those of
// torchrun itself, which say that a process has failed, are left out.
func tracebacks(lines []string) []traceback {
	type reader struct {
		lines   []string // nil: in no traceback
		message int      // index of the last exception
		state   string   // frames, message or between
	}
	readers := map[string]*reader{}
	var out []traceback
	end := func(rank string, r *reader) {
		// Blank lines may have been read in the hope of another exception.
		for len(r.lines) > 0 && strings.TrimSpace(r.lines[len(r.lines)-1]) == "" {
			r.lines = r.lines[:len(r.lines)-1]
		}
		if r.lines != nil && r.state != "frames" {
			out = append(out, traceback{rank, r.lines, r.message})
		}
		*r = reader{}
	}
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		rank, text := "", line
		if m := rankPrefix().FindStringSubmatch(line); m != nil {
			rank, text = m[1], line[len(m[0]):]
		}
		r := readers[rank]
		if r == nil {
			r = &reader{}
			readers[rank] = r
		}
		switch {
		case text == tracebackBegins:
			if r.state != "between" {
				end(rank, r)
			}
			r.state = "frames"
		case r.lines == nil:
			continue
		case r.state == "frames" && !indented(text):
			r.state, r.message = "message", len(r.lines)
		case r.state == "frames", r.state == "message" && indented(text):
		case strings.TrimSpace(text) == "":
		case slices.Contains(chained, text):
			r.state = "between"
		default:
			end(rank, r)
			continue
		}
		r.lines = append(r.lines, line)
	}
	for _, rank := range slices.Sorted(maps.Keys(readers)) {
		end(rank, readers[rank])
	}
	return slices.DeleteFunc(out, func(t traceback) bool {
		return slices.ContainsFunc(t.lines, func(line string) bool { return strings.HasPrefix(line, "torch.distributed.elastic.") })
	})
}

// indented reports whether a line belongs to the one above it.
func indented(line string) bool {
	return strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
}
