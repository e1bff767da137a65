// Command tables writes the tables of docs/performance.md, docs/exactness.md and
// docs/reliability.md:
//
//	go run ./bench/tables [ROOT]
//
// It writes the tables between <!-- table NAME --> and <!-- end -->. A performance table holds the rows of
// one section of bench/results/peers.json, which bench/peers.sh measures. NAME is the section, or "machine",
// "peers" or "summary". The table of faults is the output of bench/faults.sh in bench/results/faults.md. The
// table of fuzzing comes from bench/results/fuzz.tsv, which bench/fuzz.sh writes. The exactness table comes
// from reference/exactness.json and from the golden files themselves: the versions in their first line, and
// the number of their cases.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	for _, doc := range docs {
		path := filepath.Join(root, filepath.FromSlash(doc))
		old, err := os.ReadFile(path)
		if err == nil {
			var text []byte
			if text, err = fill(root, old); err == nil && !bytes.Equal(text, old) {
				err = os.WriteFile(path, text, 0o644)
			}
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
	}
}

// docs lists the files that contain tables.
var docs = []string{"docs/performance.md", "docs/exactness.md", "docs/reliability.md"}

const (
	open, shut = "<!-- table ", " -->"
	end        = "<!-- end -->"
)

// fill returns a document with its tables regenerated.
func fill(root string, text []byte) ([]byte, error) {
	m, err := readMeasured(root)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for rest := string(text); ; {
		before, after, ok := strings.Cut(rest, open)
		out.WriteString(before)
		if !ok {
			return []byte(out.String()), nil
		}
		name, after, ok := strings.Cut(after, shut)
		if !ok {
			return nil, fmt.Errorf("%q is not closed", open)
		}
		_, rest2, ok := strings.Cut(after, end)
		if !ok {
			return nil, fmt.Errorf("table %s has no %s", name, end)
		}
		table, err := m.table(root, name)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		out.WriteString(open + name + shut + "\n" + table + end)
		rest = rest2
	}
}

// measured holds what bench/peers.py wrote.
type measured struct {
	Machine struct {
		Processor string
		Cores     int
		MemoryGB  int `json:"memory_gb"`
		System    string
	}
	Versions map[string]string
	Measured map[string]struct {
		Day  string
		Load float64 `json:"load_before"`
	}
	Skipped []string
	Rows    []row
}

// row is the measurement of one tool doing some work.
type row struct {
	Section, Work, Tool, Unit string
	Value                     float64
	CPU                       float64 // processor seconds of all threads
	Inner                     float64 // seconds after a Python tool was imported; 0: it is none
	MB                        float64
	Rounds                    int
	Differs                   string
}

func readMeasured(root string) (*measured, error) {
	text, err := os.ReadFile(filepath.Join(root, "bench", "results", "peers.json"))
	if err != nil {
		return nil, err
	}
	m := new(measured)
	return m, json.Unmarshal(text, m)
}

func (m *measured) table(root, name string) (string, error) {
	switch name {
	case "exactness":
		return exactness(root)
	case "faults": // as printed by bench/faults.sh
		text, err := os.ReadFile(filepath.Join(root, "bench", "results", "faults.md"))
		return string(text), err
	case "fuzz":
		return fuzzing(root)
	case "machine":
		return m.machine(), nil
	case "peers":
		return m.peers(), nil
	case "summary":
		return m.summary()
	}
	return m.section(name)
}

// own is the tool with which all others are compared.
const own = "hubdata"

// section returns the table of the tools of a section, work by work.
func (m *measured) section(name string) (string, error) {
	var rows []row
	cpu, inner, memory, differs := false, false, false, false
	for _, r := range m.Rows {
		if r.Section == name {
			rows = append(rows, r)
			cpu = cpu || r.CPU > 0
			inner = inner || r.Inner > 0
			memory = memory || r.MB > 0
			differs = differs || r.Differs != ""
		}
	}
	if len(rows) == 0 {
		return "", fmt.Errorf("bench/results/peers.json has no row of this section")
	}
	var out strings.Builder
	head := []string{"work", "tool", "median", "hubdata is faster by"}
	if inner {
		head = append(head, "after its import", "faster by")
	}
	if cpu {
		head = append(head, "processor time", "by processor time")
	}
	if memory {
		head = append(head, "peak memory")
	}
	if differs {
		head = append(head, "results")
	}
	line(&out, head)
	line(&out, slices.Repeat([]string{"---"}, len(head)))
	last := ""
	for _, r := range rows {
		k := slices.IndexFunc(rows, func(o row) bool { return o.Work == r.Work && o.Tool == own })
		if k < 0 {
			return "", fmt.Errorf("no row of %s for %q", own, r.Work)
		}
		work := r.Work
		if work == last {
			work = ""
		}
		last = r.Work
		cells := []string{work, r.Tool, amount(r.Value, r.Unit), ""}
		if r.Tool != own {
			cells[3] = times(r.Value / rows[k].Value)
		}
		if inner {
			cells = append(cells, "", "")
			if r.Inner > 0 {
				cells[len(cells)-2], cells[len(cells)-1] = amount(r.Inner, "s"), times(r.Inner/rows[k].Value)
			}
		}
		if cpu {
			cells = append(cells, amount(r.CPU, "s"), "")
			if r.Tool != own {
				cells[len(cells)-1] = times(r.CPU / rows[k].CPU)
			}
		}
		if memory {
			cells = append(cells, grouped(strconv.FormatFloat(r.MB, 'f', 0, 64))+" MB")
		}
		if differs {
			cells = append(cells, "equal")
			if r.Differs != "" {
				cells[len(cells)-1] = r.Differs
			}
		}
		line(&out, cells)
	}
	return out.String(), nil
}

// summarized lists the prefixes of the works in the summary.
var summarized = []string{
	"outlines to COCO, the full demo",
	"AP segm, hubmap",
	"AP segm, like val2017, 367,810",
	"AP bbox, like val2017, 367,810",
	"five stratified folds",
	"dataset 1 and 2 of the full demo",
	"pseudo-labels, the full demo",
	"WBF, 5 models x 60",
	"encode a submission, 5,400",
	"decode a submission, 5,400",
	"fill as pycocotools, polygons",
	"IoU of a pair, 100 x 100 vessels",
	"dilate a vessel",
}

// summary returns the table with one line for each summarized work.
func (m *measured) summary() (string, error) {
	var out strings.Builder
	line(&out, []string{"work", own, "peers take"})
	line(&out, slices.Repeat([]string{"---"}, 3))
	for _, begin := range summarized {
		var mine *row
		var peers []string
		for i, r := range m.Rows {
			switch {
			// the first matching work counts
			case !strings.HasPrefix(r.Work, begin), mine != nil && mine.Work != r.Work:
				continue
			case r.Tool == own:
				mine = &m.Rows[i]
				continue
			case mine == nil:
				return "", fmt.Errorf("no row of %s before %s for %q", own, r.Tool, r.Work)
			}
			text := r.Tool + " " + times(r.Value/mine.Value)
			if r.MB > 0 {
				text += ", " + times(r.MB/mine.MB) + " the memory"
			}
			peers = append(peers, text)
		}
		if mine == nil {
			return "", fmt.Errorf("no work begins with %q", begin)
		}
		text := amount(mine.Value, mine.Unit)
		if mine.MB > 0 {
			text += ", " + grouped(strconv.FormatFloat(mine.MB, 'f', 0, 64)) + " MB"
		}
		line(&out, []string{mine.Work, text, strings.Join(peers, "; ")})
	}
	return out.String(), nil
}

func line(out *strings.Builder, cells []string) {
	out.WriteString("|")
	for _, c := range cells {
		if c == "---" {
			out.WriteString("---|")
		} else {
			out.WriteString(" " + c + " |")
		}
	}
	out.WriteString("\n")
}

// amount formats a number with three digits and the unit. Seconds below one
// become milliseconds.
func amount(v float64, unit string) string {
	if unit == "s" && v < 1 {
		v, unit = v*1000, "ms"
	}
	return digits(v) + " " + unit
}

func times(v float64) string { return digits(v) + "x" }

// digits formats a number with three digits, or with all digits before the
// point, in groups of three.
func digits(v float64) string {
	after := 0
	if v > 0 {
		after = max(0, 2-int(math.Floor(math.Log10(v))))
	}
	return grouped(strconv.FormatFloat(v, 'f', min(after, 2), 64))
}

func grouped(s string) string {
	whole, rest, found := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		whole += "." + rest
	}
	return whole
}

// fuzzing returns the table of the fuzz targets that bench/fuzz.sh ran.
func fuzzing(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "bench", "results", "fuzz.tsv"))
	if err != nil {
		return "", err
	}
	out := "| package | target | time | inputs | seeds |\n|---|---|---|---|---|\n"
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 6 || f[2] != "held" {
			return "", fmt.Errorf("bench/results/fuzz.tsv, line %d: found %q, expected a target that held, with its counts", i+1, line)
		}
		out += fmt.Sprintf("| %s | %s | %s | %s | %s |\n", f[0], f[1], f[3], grouped(f[4]), f[5])
	}
	return out, nil
}

// machine describes where and when the figures were measured.
func (m *measured) machine() string {
	var days []string
	load := 0.0
	for _, s := range m.Measured {
		days = append(days, s.Day)
		load = max(load, s.Load)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	return fmt.Sprintf("%d cores of %s, %d GB, %s; %s; load average when a section began at most %.1f.\n",
		m.Machine.Cores, m.Machine.Processor, m.Machine.MemoryGB, m.Machine.System, strings.Join(days, ", "), load)
}

// peers lists the versions of the peers.
func (m *measured) peers() string {
	var names []string
	for n := range m.Versions {
		names = append(names, n)
	}
	slices.Sort(names)
	for i, n := range names {
		names[i] = n + " " + strings.TrimPrefix(m.Versions[n], "go")
	}
	return strings.Join(names, ", ") + ".\n"
}

// comparison is a row of the exactness table.
type comparison struct {
	What, Reference, Golden string
	Versions                string   // file with the versions, if they are not in the first line of the golden file
	Having                  []string // members; cases with the first, the second, ... are counted...
	Cases, Differences      string
}

func exactness(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "reference", "exactness.json"))
	if err != nil {
		return "", err
	}
	var list []comparison
	if err := json.Unmarshal(text, &list); err != nil {
		return "", err
	}
	var out strings.Builder
	line(&out, []string{"what", "reference", "committed cases", "differences"})
	line(&out, slices.Repeat([]string{"---"}, 4))
	for _, c := range list {
		reference, cases := c.Reference, c.Cases
		versions := map[string]any{}
		if c.Golden != "" {
			var counts []int
			if versions, counts, err = goldenFile(filepath.Join(root, filepath.FromSlash(c.Golden)), c.Having); err != nil {
				return "", fmt.Errorf("%s: %w", c.Golden, err)
			}
			for i, n := range counts {
				if n == 0 {
					return "", fmt.Errorf("%s: no case has %q", c.Golden, c.Having[i])
				}
				cases = strings.ReplaceAll(cases, fmt.Sprintf("{%d}", i), grouped(strconv.Itoa(n)))
			}
		}
		if c.Versions != "" {
			text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.Versions)))
			if err != nil {
				return "", err
			}
			if err := json.Unmarshal(text, &versions); err != nil {
				return "", fmt.Errorf("%s: %w", c.Versions, err)
			}
		}
		for name, v := range versions {
			if s, ok := v.(string); ok {
				reference = strings.ReplaceAll(reference, "{"+name+"}", s)
			}
		}
		if strings.Contains(reference+cases, "{") {
			return "", fmt.Errorf("%s: %q and %q: a placeholder is not in the golden file", c.What, reference, cases)
		}
		line(&out, []string{c.What, reference, cases, c.Differences})
	}
	return out.String(), nil
}

// goldenFile returns the versions with which a golden file was created, and the number
// of its cases with each of the given members. "" counts all cases.
func goldenFile(path string, having []string) (versions map[string]any, counts []int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, err
	}
	counts = make([]int, len(having))
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	for n := 0; lines.Scan(); n++ {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(lines.Bytes(), &members); err != nil && n == 0 {
			return nil, nil, err
		}
		if n == 0 { // also a case if the versions are elsewhere
			versions = map[string]any{}
			if err := json.Unmarshal(lines.Bytes(), &versions); err != nil {
				return nil, nil, err
			}
			if nested, ok := versions["versions"].(map[string]any); ok {
				versions = nested
			}
		}
		for i, name := range having {
			if _, ok := members[name]; ok || name == "" && n > 0 {
				counts[i]++
			}
		}
	}
	return versions, counts, lines.Err()
}
