package slide

import (
	"bytes"
	"encoding/json"
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

// Members returns the members of an instance that is made of parts. Its score follows the
// rule, its votes are the most that a part has, its models are those of all parts, and the
// member parts lists the tiles and the ids there. Of other members, those that all parts
// have with one value stay; differ names those that do not.
func Members(parts []Part, rule ScoreRule) (members coco.Fields, differ []string, err error) {
	for i, f := range parts[0].Extra {
		if slices.ContainsFunc(parts[0].Extra[:i], func(o coco.Field) bool { return o.Key == f.Key }) {
			continue
		}
		value, err := joined(f.Key, parts, rule)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("%s: %w", f.Key, err)
		case f.Key == "parts" || f.Key == "whole":
		case value == nil:
			differ = append(differ, f.Key)
		default:
			members = append(members, coco.Field{Key: f.Key, Value: value})
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
				err = fmt.Errorf("found none in part %d of image %q, expected a number as in the others", i, p.Image)
			}
			if err != nil {
				return nil, err
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
