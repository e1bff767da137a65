package partials

import (
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// belongTogether refuses parts that are not of one run, or not all of its shards. It notes
// the images of a ground truth that no part has.
func belongTogether(paths []string, labels []*Label) (notes []string, err error) {
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
func oneResults(paths []string, labels []*Label) error {
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
func uncovered(labels []*Label) (notes []string) {
	for i, l := range labels { // at the first part of each ground truth
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
	return notes
}
