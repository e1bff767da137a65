package mmdet

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

var (
	// 2.x: "Epoch [3][20/201]"; 3.x: "Epoch(train)  [3][ 20/201]".
	trainLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`Epoch(?:\(train\))?\s+\[\s*(\d{1,9})\]\[\s*(\d{1,9})/(\d{1,9})\]`)
	})
	// 2.x: "Epoch(val) [3][29]	segm_mAP: 0.2634, ..."; 3.x: "Epoch(val)  [3][85/85]    coco/segm_mAP: 0.2634  ...".
	valLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`Epoch\(val\)\s+\[\s*(\d{1,9})\]\[[\s\d/]*\]\s+(.*)$`)
	})
	valScore = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(\S+): +(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|-?inf|nan)(?:,|\s|$)`)
	})
	maxEpochs = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\bmax: (\d{1,9}) epochs`)
	})
	// In a dumped config: train_cfg = dict(by_epoch=True, max_epochs=12, ...).
	trainCfg = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?ms)^train_cfg\s*=\s*dict\(.{0,400}?\bmax_epochs\s*=\s*(\d{1,9})`)
	})
)

// text reads what only the text log contains: the number of iterations per epoch, the
// last epoch of the training, and the weights that did not fit. Without a JSON log it
// reads the scores too. Its lines are written for people, so unknown ones are skipped.
func (r *logReader) text(path string, text []byte, run *Run) error {
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		text = rest
		if !whole {
			break // of a killed run
		}
		if len(line) > maxLogLine {
			continue
		}
		if bytes.Contains(line, []byte("Epoch")) {
			if m := trainLine().FindSubmatch(line); m != nil {
				run.reached(atoi(m[1]))
				r.log.IterPerEpoch = atoi(m[3])
				if r.textScores {
					r.log.Position = Position{Epoch: atoi(m[1]), Iter: atoi(m[2]), File: path, Line: n}
				}
			} else if m := valLine().FindSubmatch(bytes.TrimRight(line, "\r")); m != nil && r.textScores {
				r.validated(Epoch{Number: atoi(m[1]), Scores: textScores(m[2]), File: path, Line: n}, run)
			}
		}
		if bytes.Contains(line, []byte(" epochs")) {
			if m := maxEpochs().FindSubmatch(line); m != nil {
				r.log.MaxEpochs = atoi(m[1])
			}
		}
		r.log.Mismatch.add(line)
	}
	return nil
}

// textScores returns the scores of a line of a text log.
func textScores(line []byte) map[string]float64 {
	scores := map[string]float64{}
	for _, m := range valScore().FindAllSubmatch(line, -1) {
		name := string(m[1])
		if v, err := strconv.ParseFloat(string(m[2]), 64); err == nil && !notScores[name] && !strings.HasSuffix(name, "_copypaste") {
			scores[name] = v
		}
	}
	return scores
}

// config reads the last epoch of a training of 3.x from a dumped config.
func (r *logReader) config(_ string, text []byte, _ *Run) error {
	if m := trainCfg().FindSubmatch(text); m != nil {
		r.log.MaxEpochs = atoi(m[1])
	}
	return nil
}

// add counts the weights that did not fit according to a line.
func (m *Mismatch) add(line []byte) {
	listed := func(after string) int {
		_, list, ok := bytes.Cut(line, []byte(after))
		if list = bytes.TrimSpace(list); !ok || len(list) == 0 {
			return 0
		}
		return bytes.Count(list, []byte(", ")) + 1
	}
	m.Missing += listed("missing keys in source state_dict:")
	m.Unexpected += listed("unexpected key in source state_dict:")
	if bytes.HasPrefix(bytes.TrimSpace(line), []byte("size mismatch for ")) {
		m.Shape++
	}
}

// atoi converts digits matched by a pattern.
func atoi(digits []byte) int {
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}
