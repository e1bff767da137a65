package evalcmd

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// A partialLabel is what a file of --partial-out says of itself, in addition to its numbers.
type partialLabel struct {
	Version   string           `json:"version"` // of the program
	Truth     []files.FileInfo `json:"truth"`   // the files of the ground truth
	Results   files.FileInfo   `json:"results"`
	Elsewhere int              `json:"elsewhere"`      // detections of the results on images of the ground truth that are not in the part
	More      []files.FileInfo `json:"more,omitempty"` // further files that say which images there are, and what ids mean
	Shard     shards.Shard     `json:"shard"`
	Divided   string           `json:"divided,omitempty"` // sum of the ids of the images that the shards divide
	All       int              `json:"all"`               // images of the ground truth, whether they are in the part or not
	Metric    string           `json:"metric"`
	Ious      []float64        `json:"ious"`
	By        []labelKey       `json:"by,omitempty"`
	Remarks   remarks          `json:"remarks"`
	Notes     []string         `json:"notes,omitempty"` // of the run
}

// A labelKey is a value of --by.
type labelKey struct {
	Name string `json:"name"`
	None int    `json:"none,omitempty"` // images of the part without a value
}

// newLabel returns the label of a part, without what is known only once it is scored.
func newLabel(c *ui.Console, o *options, truth *preds.Truth) (*partialLabel, error) {
	l := &partialLabel{Version: ui.Version, Shard: o.shard, All: truth.Names.All.Len(), Metric: o.Metric, Ious: o.Ious}
	var err error
	if l.Truth, err = sums(c, truth.Stdin, truth.Files...); err != nil {
		return nil, err
	}
	for _, path := range []string{o.images, o.table, o.plan, o.rules.ImagesFrom} {
		if path == "" {
			continue
		}
		more, err := sums(c, files.FileInfo{Name: "standard input"}, path)
		if err != nil {
			return nil, err
		}
		l.More = append(l.More, more...)
	}
	return l, nil
}

// sums identifies files by their content; stdin is standard input, which has been read.
func sums(c *ui.Console, stdin files.FileInfo, paths ...string) ([]files.FileInfo, error) {
	list := []files.FileInfo{}
	for _, path := range paths {
		if path == "-" {
			list = append(list, stdin)
			continue
		}
		in, err := files.OpenInput(c, path)
		if err != nil {
			return nil, err
		}
		info, err := in.ReadToEnd()
		in.Close()
		if err != nil {
			return nil, err
		}
		list = append(list, info)
	}
	return list, nil
}

// divide adds to the label what the part has of the images: those from the first up to the second index. The truth has
// all images that the shards divide.
func (s *Scorer) divide(l *partialLabel, from, to int) ([]eval.Grouping, error) {
	if l.Shard.Of > 0 {
		sum := sha256.New()
		for i := range s.Truth.Images {
			sum.Write(append(s.Truth.Images[i].ID.AppendJSON(nil), '\n'))
		}
		l.Divided = hex.EncodeToString(sum.Sum(nil))
	}
	var out []eval.Grouping
	for _, by := range s.By {
		if !grouped(by) {
			continue
		}
		column, err := s.groups(by)
		if err != nil {
			return nil, err
		}
		none := 0
		for i := from; i < to; i++ {
			if !column.Has(i) {
				none++
			}
		}
		l.By = append(l.By, labelKey{by, none})
		out = append(out, eval.Grouping{Name: by, Groups: column.Values[from:to]})
	}
	return out, nil
}

// grouped reports whether a value of --by divides the images, and not the instances.
func grouped(by string) bool { return by != "category" && by != "size" }

// noteBy says how many images of all parts have no value of a key; empty: all have one.
func noteBy(by string, labels []*partialLabel) string {
	none, images := 0, 0
	for _, l := range labels {
		images += l.Remarks.Images
		for _, k := range l.By {
			if k.Name == by {
				none += k.None
			}
		}
	}
	if slices.Contains(slicings, by) {
		return ""
	}
	key, err := imagekey.Parse("by", by)
	if err != nil {
		return ""
	}
	if note := imagekey.Note(key, none, images); note != "" {
		return "--by " + by + ": " + note
	}
	return ""
}

// belongTogether refuses parts that are not of one run, or not all of its shards. It notes
// the images of a ground truth that no part has.
func belongTogether(paths []string, labels []*partialLabel) (notes []string, err error) {
	first := labels[0]
	known := map[string]int{} // files by name: the first part that was made from one
	of := map[string]files.FileInfo{}
	there := map[int]int{}
	for i, l := range labels {
		refuse := func(format string, args ...any) ([]string, error) {
			return nil, ui.Failf(ui.ExitBadData, "%s: %s", paths[i], fmt.Sprintf(format, args...))
		}
		if len(l.Truth) == 0 || l.Version == "" {
			return refuse("it does not say what it was made of: make it again with this version")
		}
		if l.Version != first.Version {
			return refuse("it was made with version %s, and %s with %s: make all parts with the same version", l.Version, paths[0], first.Version)
		}
		if l.Metric != first.Metric || !slices.Equal(l.Ious, first.Ious) || len(l.Ious) == 0 {
			return refuse("it was made with other --metric or --iou than %s: make all parts with the same options", paths[0])
		}
		for _, info := range slices.Concat(l.Truth, []files.FileInfo{l.Results}, l.More) {
			if info.Name == "standard input" {
				continue
			}
			if k, ok := known[info.Name]; !ok {
				known[info.Name], of[info.Name] = i, info
			} else if of[info.Name] != info {
				return refuse("its %s is another file than that of %s: one of the two parts is stale, make it again", info.Name, paths[k])
			}
		}
		if l.Shard.Of != first.Shard.Of {
			return refuse("it is %s, and %s is %s: merge the parts of one run", l.Shard.Describe(), paths[0], first.Shard.Describe())
		}
		if l.Shard.Of == 0 {
			continue
		}
		if k, ok := there[l.Shard.I]; ok {
			return refuse("it is shard %s, and so is %s: leave out one of them", l.Shard, paths[k])
		}
		there[l.Shard.I] = i
		if !sameContent(l.Truth, first.Truth) {
			return refuse("its ground truth is another than that of %s: make all shards from one", paths[0])
		}
		if l.Divided != first.Divided || !sameContent(l.More, first.More) {
			return refuse("its shards divide other images than those of %s: make all shards with the same options", paths[0])
		}
	}
	if err := oneResults(paths, labels); err != nil {
		return nil, err
	}
	if missing := shards.Missing(first.Shard.Of, there); len(missing) > 0 {
		return nil, ui.Failf(ui.ExitBadData, "missing of %d shards: %s", first.Shard.Of, shards.List(missing)).
			Hint("make them with \"hubdata eval --partial-out FILE --shard I/%d GT DT\"", first.Shard.Of)
	}
	return uncovered(labels), nil
}

// oneResults refuses parts of one ground truth that were made from different results, if some of these have detections
// on images of other parts: these would be lost, and those of another run would take their place.
func oneResults(paths []string, labels []*partialLabel) error {
	for i, l := range labels {
		if l.Elsewhere == 0 {
			continue
		}
		for k, other := range labels {
			if sameContent(l.Truth, other.Truth) && !sameContent([]files.FileInfo{l.Results}, []files.FileInfo{other.Results}) {
				return ui.Failf(ui.ExitBadData, "%s: it was made from %s, and %s from %s, of which %s on other images of the ground truth: make both parts from the same results",
					paths[k], other.Results.Name, paths[i], l.Results.Name, ui.Plural(l.Elsewhere, "detection is", "detections are")).
					Hint("parts with results of their own need results with no other detections than those on their images")
			}
		}
	}
	return nil
}

// sameContent reports whether files have the same bytes, whatever their names.
func sameContent(a, b []files.FileInfo) bool {
	return slices.EqualFunc(a, b, func(a, b files.FileInfo) bool { return a.Bytes == b.Bytes && a.SHA256 == b.SHA256 })
}

// uncovered notes the images of each ground truth that are in no part.
func uncovered(labels []*partialLabel) (notes []string) {
	for i, l := range labels { // at the first part of each ground truth
		if slices.ContainsFunc(labels[:i], func(o *partialLabel) bool { return slices.Equal(o.Truth, l.Truth) }) {
			continue
		}
		n := 0
		for _, o := range labels {
			if slices.Equal(o.Truth, l.Truth) {
				n += o.Remarks.Images
			}
		}
		if n < l.All {
			notes = append(notes, fmt.Sprintf("%s of %s of %s in no part", ui.Thousands(l.All-n), ui.Plural(l.All, "image", "images"), l.Truth[0].Name+map[bool]string{true: " is", false: " are"}[l.All-n == 1]))
		}
	}
	return notes
}
