package showcmd

import (
	"context"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// labelled are the datasets whose tiles have outlines.
var labelled = checkcmd.Labelled

// isCode says whether "hubdata check" has a rule of that code.
func isCode(code coco.Code) bool { return checkcmd.Rule(code) != nil }

// found is what "hubdata check" finds in a dataset.
type found struct {
	list     []coco.Finding
	isFolder bool // places of annotations are those of the line, images are in another order
}

// findings checks the dataset as "hubdata check" does.
func findings(ctx context.Context, c *ui.Console, o *options) (*found, error) {
	s, err := checkcmd.Read(ctx, c, checkcmd.Options{In: o.in, TileMeta: o.rules.TileMeta, Images: o.images, Least: coco.SeverityNote, Workers: o.workers})
	if err != nil {
		return nil, err
	}
	r, err := s.Check(ctx)
	if err != nil {
		return nil, err
	}
	return &found{list: r.Findings, isFolder: s.IsFolder()}, nil
}

// marks says where in the scene findings of these codes are; elsewhere is how many
// belong to no image.
func (f *found) marks(s *paint.Scene, codes []coco.Code) (m *paint.Marks, elsewhere int) {
	m = &paint.Marks{Text: wordCodes(codes), Places: map[int]map[int32]bool{}, Codes: map[int][]string{}}
	for i := range f.list {
		finding := &f.list[i]
		if !slices.Contains(codes, finding.Code) {
			continue
		}
		if finding.Image == "" {
			elsewhere++
			continue
		}
		image, at, ok := s.Locate(finding, f.isFolder)
		if !ok {
			continue
		}
		if !slices.Contains(m.Codes[image], string(finding.Code)) {
			m.Codes[image] = append(m.Codes[image], string(finding.Code))
		}
		if at < 0 {
			continue
		}
		if m.Places[image] == nil {
			m.Places[image] = map[int32]bool{}
		}
		m.Places[image][at] = true
	}
	return m, elsewhere
}

func wordCodes(codes []coco.Code) string {
	text := ""
	for i, c := range codes {
		if i > 0 {
			text += " or "
		}
		text += string(c)
	}
	return text
}
