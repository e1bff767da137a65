package slide

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/coco"
)

// ScoreRule says what the score of an instance is whose parts have scores.
type ScoreRule uint8

// The rules.
const (
	ScoreArea ScoreRule = iota // the mean of its parts, weighed by their pixels
	ScoreMax
	ScoreMin
	ScoreMean
)

// Of returns the score of parts with these scores and areas in pixels.
func (r ScoreRule) Of(scores []float64, areas []int) float64 {
	switch r {
	case ScoreMax:
		return slices.Max(scores)
	case ScoreMin:
		return slices.Min(scores)
	}
	sum, weight := 0.0, 0.0
	for i, s := range scores {
		w := 1.0
		if r == ScoreArea {
			w = float64(areas[i])
		}
		sum += float64(s * w)
		weight += w
	}
	if weight == 0 {
		return slices.Max(scores)
	}
	// A mean of equal scores is that score.
	return min(max(sum/weight, slices.Min(scores)), slices.Max(scores))
}

// Part is a part of an instance on a slide: an annotation or result of a tile.
type Part struct {
	Image string // the name of the tile
	ID    coco.ID
	Area  int // pixels
	Extra coco.Fields
}

// PartError is an error of a part, by its index in the list of parts.
type PartError struct {
	Part int
	Err  error
}

func (e *PartError) Error() string { return fmt.Sprintf("part %d: %v", e.Part, e.Err) }

func (e *PartError) Unwrap() error { return e.Err }

// Members returns the members of an instance that is made of parts. Its score follows the
// rule, its votes are the most that a part has, its models are those of all parts, and the
// member parts lists the tiles and the ids there. Of other members, those that all parts
// have with one value stay; differ names those that do not. If some parts have a score and
// others do not, the error wraps a [*PartError].
func Members(parts []Part, rule ScoreRule) (members coco.Fields, differ []string, err error) {
	for _, key := range keysOf(parts) {
		value, err := joined(key, parts, rule)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("%s: %w", key, err)
		case key == "parts" || key == "whole":
		case value == nil:
			differ = append(differ, key)
		default:
			members = append(members, coco.Field{Key: key, Value: value})
		}
	}
	text := []byte{'['}
	for i, p := range parts {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, `{"image":`...)
		name, err := json.Marshal(p.Image)
		if err != nil {
			return nil, nil, err
		}
		text = append(append(text, name...), `,"id":`...)
		text = append(p.ID.AppendJSON(text), '}')
	}
	return append(members, coco.Field{Key: "parts", Value: append(text, ']')}), differ, nil
}

// keysOf returns the names of the members of parts, each once: those of the first part, then
// those that only others have.
func keysOf(parts []Part) []string {
	keys := make([]string, 0, len(parts[0].Extra))
	for _, p := range parts {
		for _, f := range p.Extra {
			if !slices.Contains(keys, f.Key) {
				keys = append(keys, f.Key)
			}
		}
	}
	return keys
}

// joined returns the value of a member for all parts; nil: they differ.
func joined(key string, parts []Part, rule ScoreRule) (json.RawMessage, error) {
	value := parts[0].Extra.Get(key)
	same := true
	for _, p := range parts[1:] {
		same = same && bytes.Equal(p.Extra.Get(key), value)
	}
	if same {
		return value, nil
	}
	switch key {
	case "score":
		scores, areas := make([]float64, len(parts)), make([]int, len(parts))
		for i, p := range parts {
			a := coco.Annotation{Extra: p.Extra}
			score, ok, err := a.Score()
			if err == nil && !ok {
				err = errors.New("found none, expected a number, which other parts of the instance have")
			}
			if err != nil {
				return nil, &PartError{i, err}
			}
			scores[i], areas[i] = score, p.Area
		}
		return strconv.AppendFloat(nil, rule.Of(scores, areas), 'g', -1, 64), nil
	case "votes":
		most := math.Inf(-1)
		for _, p := range parts {
			var n float64
			if json.Unmarshal(p.Extra.Get(key), &n) != nil {
				return nil, nil
			}
			most = max(most, n)
		}
		return strconv.AppendFloat(nil, most, 'f', -1, 64), nil
	case "models":
		var all []string
		for _, p := range parts {
			var list []string
			if json.Unmarshal(p.Extra.Get(key), &list) != nil {
				return nil, nil
			}
			for _, m := range list {
				if !slices.Contains(all, m) {
					all = append(all, m)
				}
			}
		}
		return json.Marshal(all)
	}
	return nil, nil
}
