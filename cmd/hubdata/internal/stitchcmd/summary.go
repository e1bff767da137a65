package stitchcmd

import (
	"bufio"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/wholes"
	"github.com/hubdata/hubdata/coco"
)

// summary is what a run reports.
type summary struct {
	Files      []ui.SummaryFile `json:"files"`
	Slides     int              `json:"slides"`
	Tiles      int              `json:"tiles"`
	Unlabelled int              `json:"unlabelled_tiles"` // of the table, on these slides
	Instances  int              `json:"instances"`        // that were read
	Dropped    map[string]int   `json:"dropped"`          // instances that were left out, by reason
	Wholes     int              `json:"wholes"`
	Joined     int              `json:"joined"`       // wholes of several parts
	Parts      int              `json:"joined_parts"` // their parts
	Most       int              `json:"most_parts"`
	Conflicts  int              `json:"conflicts"` // joins that would unite what lies on top of each other
	Ends       ends             `json:"open_ends"`
	Groups     *groupCounts     `json:"groups,omitempty"` // of --keep-tiles
	Differ     map[string]int   `json:"members_left_out"` // joined instances whose parts differ in a member
	Strangers  int              `json:"of_no_category"`   // instances that were read

	stranger string // the first
}

type ends struct {
	Instances  int `json:"instances"` // wholes with such ends
	Outside    int `json:"no_tile"`
	Unlabelled int `json:"no_labels"`
	Unmatched  int `json:"nothing_goes_on"`
}

// groupCounts counts the groups of tiles that share instances.
type groupCounts struct {
	Groups  int `json:"groups"`
	Largest int `json:"largest"` // tiles
}

// count counts the groups of tiles.
func (s *summary) count(groups []int64) {
	tiles := map[int64]int{}
	s.Groups = &groupCounts{}
	for _, g := range groups {
		tiles[g]++
		s.Groups.Largest = max(s.Groups.Largest, tiles[g])
	}
	s.Groups.Groups = len(tiles)
}

const withoutPixels = "without a pixel"

func newSummary(in *input, joined []wholes.Joined, empty int) *summary {
	s := &summary{Slides: len(joined), Tiles: len(in.set.Images), Unlabelled: in.placed.Unlabelled(), Instances: in.len(),
		Dropped: in.out, Differ: map[string]int{}, Strangers: in.strangers, stranger: in.stranger}
	if empty > 0 {
		s.Dropped[withoutPixels] += empty
	}
	for k := range joined {
		j := &joined[k]
		s.Wholes += len(j.Wholes)
		s.Conflicts += j.Conflicts
		for i := range j.Wholes {
			w := &j.Wholes[i]
			if n := len(w.Parts); n > 1 {
				s.Joined++
				s.Parts += n
				s.Most = max(s.Most, n)
			}
			if w.Open() > 0 {
				s.Ends.Instances++
			}
			s.Ends.Outside += w.Outside
			s.Ends.Unlabelled += w.Unlabelled
			s.Ends.Unmatched += w.Unmatched
		}
	}
	return s
}

// wrote adds the file of a slide.
func (s *summary) wrote(path string, _ *coco.Image, j *wholes.Joined) {
	s.Files = append(s.Files, ui.NewSummarySet(path, 1, len(j.Wholes)))
}

// WriteText writes the summary for people.
func (s *summary) WriteText(text *strings.Builder) {
	for _, f := range s.Files {
		if f.Path != "-" {
			ui.Fprintf(text, "wrote %s (%s)\n", f.Path, ui.Plural(f.Annotations, "instance", "instances"))
		}
	}
	ui.Fprintf(text, "%s on %s: %s became %s\n", ui.Plural(s.Tiles, "tile", "tiles"),
		ui.Plural(s.Slides, "slide", "slides"),
		ui.Plural(s.Instances, "instance", "instances"), ui.Thousands(s.Wholes))
	if s.Joined > 0 {
		ui.Fprintf(text, "joined: %s of %s, the largest of %d\n", ui.Plural(s.Joined, "instance", "instances"),
			ui.Plural(s.Parts, "part", "parts"), s.Most)
	} else {
		ui.Fprintf(text, "joined: none\n")
	}
	if s.Groups != nil {
		ui.Fprintf(text, "%s: %s of tiles that share no instance, the largest of %s\n", groupMember,
			ui.Plural(s.Groups.Groups, "group", "groups"), ui.Plural(s.Groups.Largest, "tile", "tiles"))
	}
	if s.Conflicts > 0 {
		ui.Fprintf(text, "not joined: %s that would unite instances which lie on top of each other on a tile\n",
			ui.Plural(s.Conflicts, "pair", "pairs"))
	}
	e := s.Ends
	if e.Instances > 0 {
		var of []string
		for _, part := range []struct {
			n    int
			what string
		}{{e.Outside, "where there is no tile"}, {e.Unlabelled, "where the next tile has no labels"},
			{e.Unmatched, "where nothing goes on"}} {
			if part.n > 0 {
				of = append(of, ui.Thousands(part.n)+" "+part.what)
			}
		}
		ui.Fprintf(text, "open ends: %s of %s: %s\n", ui.Plural(e.Outside+e.Unlabelled+e.Unmatched, "end", "ends"),
			ui.Plural(e.Instances, "instance", "instances"), strings.Join(of, ", "))
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Dropped)) {
		ui.Fprintf(text, "dropped: %s %s\n", ui.Plural(s.Dropped[reason], "instance", "instances"), reason)
	}
	if s.Strangers > 0 {
		ui.Fprintf(text, "%s of categories that the file lacks: kept as they are, first %s\n",
			ui.Plural(s.Strangers, "instance", "instances"), s.stranger)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Differ)) {
		ui.Fprintf(text, "left out: the member %s of %s, whose parts differ\n", name,
			ui.Plural(s.Differ[name], "joined instance", "joined instances"))
	}
}

// newBuffer returns a buffer that is large enough for slides of many instances.
func newBuffer(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 256<<10) }
