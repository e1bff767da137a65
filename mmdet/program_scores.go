package mmdet

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// consoleName is the name of the file in a stage's folder with the output of its
// processes.
const consoleName = "hubdata/console.log"

// readScores reads the scores that a program has written. Without any, the log is empty.
func (p program) readScores(dir folder) (*Log, error) {
	log := &Log{}
	if p.s.Epochs > 0 {
		log.MaxEpochs = p.s.Epochs
	}
	o := p.s.Output.Scores
	if o == nil {
		return log, nil
	}
	file := o.File
	if o.Log != "" {
		file = consoleName
	}
	text, err := dir.read(file, maxLog)
	if errors.Is(err, fs.ErrNotExist) {
		return log, nil
	} else if err != nil {
		return nil, err
	}
	t := &scoreTable{file: dir.path(file), key: cmp.Or(o.Epoch, "epoch"), first: firstEpoch(o.FirstEpoch), epochs: map[int]*Epoch{}}
	switch {
	case o.Log != "":
		err = t.lines(text, o.Log)
	case path.Ext(file) == ".csv":
		err = t.csv(text)
	default:
		err = t.json(text)
	}
	if err != nil {
		return nil, err
	}
	for _, e := range t.epochs {
		log.Epochs = append(log.Epochs, *e)
	}
	slices.SortFunc(log.Epochs, func(a, b Epoch) int { return cmp.Compare(a.Number, b.Number) })
	if n := len(log.Epochs); n > 0 {
		run := Run{File: t.file, First: log.Epochs[0].Number, Last: log.Epochs[n-1].Number, Validated: n}
		log.Runs, log.Position = []Run{run}, Position{Epoch: run.Last, File: t.file, Line: log.Epochs[n-1].Line}
	}
	return log, nil
}

// scoreTable collects the scores of epochs.
type scoreTable struct {
	file   string
	key    string // of the epoch
	first  int    // number of the first epoch
	epochs map[int]*Epoch
}

func (t *scoreTable) fault(line int, format string, args ...any) error {
	return &LogError{t.file, line, fmt.Sprintf(format, args...)}
}

// add records the scores of a line. Those of an epoch that an earlier line has are
// replaced one by one, since some programs write several lines for an epoch.
func (t *scoreTable) add(line int, epoch float64, scores map[string]float64) error {
	if epoch != math.Trunc(epoch) || epoch < float64(t.first) || epoch > maxCount {
		return t.fault(line, "%s is %v, expected a whole number from %d: first_epoch in the recipe says how epochs are counted", t.key, epoch, t.first)
	}
	delete(scores, t.key)
	if len(scores) == 0 {
		return nil
	}
	n := int(epoch) + 1 - t.first
	e := t.epochs[n]
	if e == nil {
		e = &Epoch{Number: n, Scores: map[string]float64{}, File: t.file}
		t.epochs[n] = e
	}
	e.Line = line
	maps.Copy(e.Scores, scores)
	return nil
}

// csv reads a table with a header. Cells that are not numbers are not scores.
func (t *scoreTable) csv(text []byte) error {
	text = wholeLines(text)
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true
	var header []string
	var at int
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		line, _ := r.FieldPos(0)
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			return t.fault(bad.Line, "found %v, expected a CSV table", bad.Err)
		}
		if header == nil {
			header = slices.Clone(row)
			for i := range header {
				header[i] = strings.TrimSpace(header[i])
			}
			if at = slices.Index(header, t.key); at < 0 {
				return t.fault(line, "found the columns %s, expected a column %s: epoch in the recipe names it", strings.Join(header, ", "), t.key)
			}
			continue
		}
		if slices.ContainsFunc(row, func(v string) bool { return strings.TrimSpace(v) == t.key }) && len(row) == len(header) {
			continue // the header again, of a run that was resumed
		}
		scores := map[string]float64{}
		for i, cell := range row[:min(len(row), len(header))] {
			if v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64); err == nil {
				scores[header[i]] = v
			}
		}
		epoch, ok := scores[t.key]
		if !ok {
			return t.fault(line, "found no number in the column %s", t.key)
		}
		if err := t.add(line, epoch, scores); err != nil {
			return err
		}
	}
}

// wholeLines returns a text without its last line if that has no end, as a killed
// program leaves it.
func wholeLines(text []byte) []byte { return text[:bytes.LastIndexByte(text, '\n')+1] }

// json reads a file with an object per line. Numbers in objects and lists have dotted
// names, such as test.map or test.0.
func (t *scoreTable) json(text []byte) error {
	text = wholeLines(text)
	for n := 1; len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(line) > maxLogLine {
			return t.fault(n, "found a line of %d bytes, expected at most %d", len(line), maxLogLine)
		}
		v, err := decodeLine(line)
		if err != nil {
			return t.fault(n, "%v, expected a JSON object in each line: if the disk was full, delete the line", err)
		}
		scores := map[string]float64{}
		flatten(scores, "", map[string]any(v), 0)
		epoch, ok := scores[t.key]
		if !ok {
			continue // a line about something else
		}
		if err := t.add(n, epoch, scores); err != nil {
			return err
		}
	}
	return nil
}

// flatten adds the numbers of a value under dotted names.
func flatten(scores map[string]float64, name string, v any, depth int) {
	const deepest = 8
	if depth > deepest {
		return
	}
	member := func(key string) string {
		if name == "" {
			return key
		}
		return name + "." + key
	}
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			flatten(scores, member(key), e, depth+1)
		}
	case []any:
		for i, e := range v {
			flatten(scores, member(strconv.Itoa(i)), e, depth+1)
		}
	case float64:
		scores[name] = v
	case string:
		if f, ok := (logLine{"": v}).number(""); ok {
			scores[name] = f
		}
	}
}

// lines reads the lines of a program's output that match a pattern.
func (t *scoreTable) lines(text []byte, pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	t.key = "the group epoch"
	text = wholeLines(text)
	for n := 1; len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(line) > maxLogLine {
			continue
		}
		m := re.FindSubmatch(line)
		if m == nil {
			continue
		}
		scores := map[string]float64{}
		epoch := math.NaN()
		for i, name := range re.SubexpNames() {
			if name == "" || m[i] == nil {
				continue
			}
			v, err := strconv.ParseFloat(string(m[i]), 64)
			switch {
			case err != nil:
				return t.fault(n, "found %q for the group %s, expected a number: fix the pattern in output.scores.log", m[i], name)
			case name == "epoch":
				epoch = v
			default:
				scores[name] = v
			}
		}
		if err := t.add(n, epoch, scores); err != nil {
			return err
		}
	}
	return nil
}
