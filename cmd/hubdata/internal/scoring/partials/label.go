package partials

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// A Label is what a file of --partial-out says of itself, in addition to its numbers.
type Label struct {
	Truth   []files.FileInfo `json:"truth"` // the files of the ground truth
	Results files.FileInfo   `json:"results"`
	Shard   shards.Shard     `json:"shard"`
	All     int              `json:"all"` // images of the ground truth, whether they are in the part or not
	Metric  string           `json:"metric"`
	Ious    []float64        `json:"ious"`
	Remarks scoring.Remarks  `json:"remarks"`
	Notes   []string         `json:"notes,omitempty"` // of the run
}

// NewLabel labels what a scorer evaluates of a file of results. It is of no shard.
func NewLabel(c *ui.Console, s *scoring.Scorer, results string) (*Label, error) {
	l := &Label{All: s.Truth.Names.All.Len(), Metric: s.Metric, Ious: s.Ious}
	var err error
	if l.Truth, err = sums(c, s.Truth.Files...); err != nil {
		return nil, err
	}
	list, err := sums(c, results)
	if err != nil {
		return nil, err
	}
	l.Results = list[0]
	return l, nil
}

// sums identifies files by their content; standard input has been read.
func sums(c *ui.Console, paths ...string) ([]files.FileInfo, error) {
	list := []files.FileInfo{}
	for _, path := range paths {
		if path == "-" {
			list = append(list, files.FileInfo{Name: "standard input"})
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

// Write evaluates detections, and writes what they add to a score. It fills the remarks of the label.
func Write(ctx context.Context, s *scoring.Scorer, d *preds.Detections, label *Label, w io.Writer) error {
	p, err := s.Partial(ctx, d)
	if err != nil {
		return err
	}
	label.Remarks = p.Remarks
	places := []uint64{}
	for i := range s.Truth.Images {
		places = append(places, uint64(s.Truth.Names.Place(i)))
	}
	if len(s.Truth.Images) == label.All && label.Shard.Of == 0 {
		places = nil // a ground truth of the part alone
	}
	text, err := json.Marshal(label)
	if err != nil {
		return err
	}
	return p.Write(w, places, text)
}

// belongTogether refuses parts that are not of one run, or not all of its shards. It notes
// the images of a ground truth that no part has.
func belongTogether(paths []string, labels []*Label) (notes []string, err error) {
	first := labels[0]
	known := map[string]int{} // files by name: the first part that was made from one
	refuse := func(part int, format string, args ...any) ([]string, error) {
		return nil, ui.Failf(ui.ExitBadData, "%s: %s", paths[part], fmt.Sprintf(format, args...))
	}
	of := map[string]files.FileInfo{}
	there := map[int]int{}
	for i, l := range labels {
		if l.Metric != first.Metric || !slices.Equal(l.Ious, first.Ious) || len(l.Ious) == 0 {
			return refuse(i, "it was made with other --metric or --iou than %s: make all parts with the same options", paths[0])
		}
		if len(l.Truth) == 0 {
			return refuse(i, "it does not say what it was made of")
		}
		for _, info := range append(slices.Clone(l.Truth), l.Results) {
			if k, ok := known[info.Name]; !ok {
				known[info.Name], of[info.Name] = i, info
			} else if of[info.Name] != info {
				return refuse(i, "its %s is another file than that of %s: one of the two parts is stale, make it again", info.Name, paths[k])
			}
		}
		if l.Shard.Of != first.Shard.Of {
			return refuse(i, "it is %s, and %s is %s: merge the parts of one run", l.Shard.Describe(), paths[0], first.Shard.Describe())
		}
		if l.Shard.Of == 0 {
			continue
		}
		if k, ok := there[l.Shard.I]; ok {
			return refuse(i, "it is shard %s, and so is %s: leave out one of them", l.Shard, paths[k])
		}
		there[l.Shard.I] = i
		if !slices.Equal(l.Truth, first.Truth) {
			return refuse(i, "its ground truth is another than that of %s: make all shards from one", paths[0])
		}
	}
	if missing := shards.Missing(first.Shard.Of, there); len(missing) > 0 {
		return nil, ui.Failf(ui.ExitBadData, "missing of %d shards: %s", first.Shard.Of, shards.List(missing)).
			Hint("make them with \"hubdata eval --partial-out FILE --shard I/%d GT DT\"", first.Shard.Of)
	}
	for i, l := range labels { // of each ground truth, at its first part
		if slices.ContainsFunc(labels[:i], func(o *Label) bool { return slices.Equal(o.Truth, l.Truth) }) {
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
	return notes, nil
}
