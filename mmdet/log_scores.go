package mmdet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// scores reads the lines of a run's JSON log. It skips an incomplete last line, which a
// killed run leaves.
func (r *logReader) scores(path string, text []byte, run *Run) error {
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		text = rest
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if len(line) > maxLogLine {
			return &LogError{path, n, fmt.Sprintf("found a line of %d bytes, expected at most %d: if the disk was full, delete the line", len(line), maxLogLine)}
		}
		values, err := decodeLine(line)
		if err != nil {
			if !whole {
				return nil
			}
			return &LogError{path, n, fmt.Sprintf("%v, expected a JSON object in each line: if the disk was full, delete the line", err)}
		}
		if err := r.line(values, path, n, run); err != nil {
			return err
		}
	}
	return nil
}

// line processes one line.
func (r *logReader) line(v logLine, path string, n int, run *Run) error {
	mode, isMode := v["mode"].(string)
	_, hasLoss := v.number("loss")
	train := mode == "train"
	if !isMode && r.dialect != MMDet2 {
		_, hasIter := v.number("iter")
		train = hasLoss || hasIter
	}
	switch {
	case train:
		p := Position{File: path, Line: n}
		epoch, ok, err := v.count("epoch")
		if err != nil {
			return &LogError{path, n, err.Error()}
		}
		if !ok {
			return nil // by iteration: no epochs
		}
		p.Epoch = epoch
		if p.Iter, _, err = v.count("iter"); err != nil {
			return &LogError{path, n, err.Error()}
		}
		if r.dialect != MMDet2 && r.log.IterPerEpoch > 0 {
			// 3.x counts iterations across epochs.
			p.Iter = max(0, p.Iter-(epoch-1)*r.log.IterPerEpoch)
		} else if r.dialect != MMDet2 {
			p.Iter = 0
		}
		p.Loss, _ = v.number("loss")
		if hasLoss && (math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0)) && r.log.NaN == nil {
			first := p
			r.log.NaN = &first
		}
		r.log.Position = p
		run.reached(epoch)
	case mode == "val" || !isMode && r.dialect != MMDet2:
		key := "epoch"
		if !isMode {
			key = "step"
		}
		epoch, ok, err := v.count(key)
		if err != nil {
			return &LogError{path, n, err.Error()}
		}
		if !ok || epoch == 0 {
			return nil
		}
		e := Epoch{Number: epoch, Scores: map[string]float64{}, File: path, Line: n}
		for name := range v {
			if x, ok := v.number(name); ok && !notScores[name] {
				e.Scores[name] = x
			}
		}
		r.validated(e, run)
	}
	return nil
}

// notScores are the numbers of a line that are not scores.
var notScores = map[string]bool{"mode": true, "epoch": true, "iter": true, "lr": true, "step": true, "time": true, "data_time": true, "memory": true, "eta": true}

// validated records the scores of an epoch, unless they could not be computed.
func (r *logReader) validated(e Epoch, run *Run) {
	if len(e.Scores) == 0 {
		return
	}
	r.epochs[e.Number] = e
	run.reached(e.Number)
	run.Validated++
}

// logLine is the object of a line. NaN and infinities, which Python writes although
// JSON does not have them, are strings here.
type logLine map[string]any

func (v logLine) number(key string) (float64, bool) {
	switch x := v[key].(type) {
	case float64:
		return x, true
	case string:
		switch x {
		case "NaN", "Infinity", "-Infinity":
			f, err := strconv.ParseFloat(x, 64)
			return f, err == nil
		}
	}
	return 0, false
}

// maxCount is larger than any epoch or iteration.
const maxCount = 1 << 40

// count returns the non-negative integer of a key.
func (v logLine) count(key string) (n int, ok bool, err error) {
	x, present := v[key]
	if !present {
		return 0, false, nil
	}
	f, ok := x.(float64)
	if !ok || f < 0 || f > maxCount || f != math.Trunc(f) {
		return 0, false, fmt.Errorf("%q is %v, expected a whole number from 0", key, x)
	}
	return int(f), true, nil
}

func decodeLine(line []byte) (logLine, error) {
	var v logLine
	err := json.Unmarshal(line, &v)
	if err != nil {
		if quoted := quoteConstants(line); quoted != nil && json.Unmarshal(quoted, &v) == nil {
			return v, nil
		}
		return nil, fmt.Errorf("found %s", shorten(line))
	}
	if v == nil {
		return nil, fmt.Errorf("found %s", shorten(line))
	}
	return v, nil
}

// shorten returns the quoted beginning of a line.
func shorten(line []byte) string {
	const most = 60
	if len(line) > most {
		return strconv.Quote(string(line[:most])) + "..."
	}
	return strconv.Quote(string(line))
}

// quoteConstants quotes Python's NaN, Infinity and -Infinity where they are values. It
// returns nil if there are none.
func quoteConstants(line []byte) []byte {
	var out []byte
	inString := false
	from := 0
	for i := 0; i < len(line); i++ {
		switch {
		case inString && line[i] == '\\':
			i++
		case line[i] == '"':
			inString = !inString
		case !inString:
			for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
				if bytes.HasPrefix(line[i:], []byte(word)) {
					out = append(out, line[from:i]...)
					out = append(append(append(out, '"'), word...), '"')
					i += len(word) - 1
					from = i + 1
					break
				}
			}
		}
	}
	if out == nil {
		return nil
	}
	return append(out, line[from:]...)
}
