package partials

import (
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
)

// TestBelongTogether refuses parts that were not made from the same inputs with the same options.
func TestBelongTogether(t *testing.T) {
	file := func(name, sum string) files.FileInfo { return files.FileInfo{Name: name, Bytes: 9, SHA256: sum} }
	shard := func(i, of int, change func(l *Label)) *Label {
		l := &Label{Version: "1", Truth: []files.FileInfo{file("gt.json", "g")}, Results: file("dt.json", "d"), Elsewhere: 5,
			Shard: shards.Shard{I: i, Of: of}, Divided: "ids", All: 4, Metric: "all", Ious: []float64{.6}}
		l.Remarks.Images = 2
		if of == 0 {
			l.Shard, l.Divided = shards.Shard{}, ""
		}
		if change != nil {
			change(l)
		}
		return l
	}
	other := func(f func(l *Label)) []*Label {
		return []*Label{shard(1, 2, nil), shard(2, 2, f)}
	}
	for _, c := range []struct {
		name   string
		labels []*Label
		part   string // of the error; empty: none
	}{
		{"fine", other(nil), ""},
		{"renamed results", other(func(l *Label) { l.Results.Name = "copy.json" }), ""},
		{"version", other(func(l *Label) { l.Version = "2" }), "b: it was made with version 2, and a with 1"},
		{"old", other(func(l *Label) { l.Version = "" }), "b: it does not say what it was made of"},
		{"metric", other(func(l *Label) { l.Metric = "coco" }), "b: it was made with other --metric"},
		{"stale truth", other(func(l *Label) { l.Truth = []files.FileInfo{file("gt.json", "x")} }), "b: its gt.json is another file than that of a"},
		{"another truth", other(func(l *Label) { l.Truth = []files.FileInfo{file("new.json", "x")} }), "b: its ground truth is another than that of a"},
		{"stale results", other(func(l *Label) { l.Results.SHA256 = "x" }), "b: its dt.json is another file than that of a"},
		{"other results", other(func(l *Label) { l.Results = file("new.json", "x") }), "b: it was made from new.json, and a from dt.json, of which 5 detections are on other images"},
		{"own results", []*Label{shard(1, 2, func(l *Label) { l.Elsewhere = 0 }),
			shard(2, 2, func(l *Label) { l.Results, l.Elsewhere = file("new.json", "x"), 0 })}, ""},
		{"own results of one", []*Label{shard(1, 2, func(l *Label) { l.Elsewhere = 0 }),
			shard(2, 2, func(l *Label) { l.Results, l.Elsewhere = file("new.json", "x"), 1 })}, "a: it was made from dt.json, and b from new.json, of which 1 detection is on"},
		{"other images", other(func(l *Label) { l.Divided = "others" }), "b: its shards divide other images than those of a"},
		{"a table", other(func(l *Label) { l.More = []files.FileInfo{file("t.csv", "t")} }), "b: its shards divide other images than those of a"},
		{"twice", []*Label{shard(1, 2, nil), shard(1, 2, nil)}, "b: it is shard 1/2, and so is a"},
		{"missing", []*Label{shard(1, 2, nil)}, "missing of 2 shards: 2"},
		{"of more", []*Label{shard(1, 2, nil), shard(2, 3, nil)}, "b: it is shard 2/3, and a is shard 1/2"},
		{"no shard", []*Label{shard(1, 2, nil), shard(0, 0, nil)}, "b: it is no shard, and a is shard 1/2"},
		{"slides of one file", []*Label{shard(0, 0, nil), shard(0, 0, nil)}, ""},
		{"slides of two runs", []*Label{shard(0, 0, nil), shard(0, 0, func(l *Label) { l.Results = file("new.json", "x") })}, "b: it was made from new.json"},
		{"slides with files of their own", []*Label{shard(0, 0, nil), shard(0, 0, func(l *Label) {
			l.Truth, l.Results = []files.FileInfo{file("gt2.json", "y")}, file("dt2.json", "x")
		})}, ""},
		{"two standard inputs", []*Label{shard(0, 0, func(l *Label) { l.Truth = []files.FileInfo{file("standard input", "x")} }),
			shard(0, 0, func(l *Label) { l.Truth = []files.FileInfo{file("standard input", "y")} })}, ""},
	} {
		_, err := belongTogether([]string{"a", "b"}[:len(c.labels)], c.labels)
		if (err == nil) != (c.part == "") || err != nil && !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: error %v, expected %q", c.name, err, c.part)
		}
	}
}
