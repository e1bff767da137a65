package partials

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// A Label is what a file of --partial-out says of itself, in addition to its numbers.
type Label struct {
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
	Remarks   scoring.Remarks  `json:"remarks"`
	Notes     []string         `json:"notes,omitempty"` // of the run
}

// A labelKey is a value of --by.
type labelKey struct {
	Name string `json:"name"`
	None int    `json:"none,omitempty"` // images of the part without a value
}

// label returns the label of a part, without what is known only once it is scored.
func (r *Run) label(c *ui.Console) (*Label, error) {
	truth := r.Scorer.Truth
	l := &Label{Version: ui.Version, Shard: r.Shard, All: truth.Names.All.Len(), Metric: r.Scorer.Metric, Ious: r.Scorer.Ious}
	var err error
	if l.Truth, err = sums(c, truth.Stdin, truth.Files...); err != nil {
		return nil, err
	}
	for _, path := range r.More {
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

// divide adds to the label what the part has of the images: those from the first up to the second index. The truth of
// the scorer has all images that the shards divide.
func (l *Label) divide(s *scoring.Scorer, from, to int) ([]eval.Grouping, error) {
	if l.Shard.Of > 0 {
		sum := sha256.New()
		for i := range s.Truth.Images {
			sum.Write(append(s.Truth.Images[i].ID.AppendJSON(nil), '\n'))
		}
		l.Divided = hex.EncodeToString(sum.Sum(nil))
	}
	var out []eval.Grouping
	for _, by := range s.By {
		if !scoring.Grouped(by) {
			continue
		}
		column, err := s.Groups(by)
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

// withoutGroup counts the images of all parts without a group, by value of --by.
func withoutGroup(labels ...*Label) map[string]int {
	none := map[string]int{}
	for _, l := range labels {
		for _, k := range l.By {
			none[k.Name] += k.None
		}
	}
	return none
}
