package viewcmd

import (
	"context"
	"net/http"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/coco"
)

// findings are what "hubdata check" finds, once it was asked.
type findings struct {
	mu   sync.Mutex
	list *findingList // nil: not asked yet
}

// findingList is what the page shows of them.
type findingList struct {
	Codes    []findingCode `json:"codes"`
	Code     []int         `json:"code"`  // of each finding, its index
	Image    []int         `json:"image"` // its index
	At       [][2]float64  `json:"at"`    // where on the image
	Text     []string      `json:"text"`
	Index    []int32       `json:"index"`     // of the annotation; -1: none
	Nowhere  int           `json:"nowhere"`   // findings about no image
	NotShown int           `json:"not_shown"` // those beyond the limit
}

type findingCode struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
}

// mostFindings is how many findings of a code the page shows.
const mostFindings = 5000

// findings checks the dataset as "hubdata check" does, the first time it is asked.
func (s *session) findings(r *http.Request) (any, error) {
	s.found.mu.Lock()
	defer s.found.mu.Unlock()
	if s.found.list == nil {
		list, err := s.check(r.Context())
		if err != nil {
			return nil, err
		}
		s.found.list = list
	}
	return s.found.list, nil
}

func (s *session) check(ctx context.Context) (*findingList, error) {
	out := &findingList{Codes: []findingCode{}, Code: []int{}, Image: []int{}, At: [][2]float64{}, Text: []string{}, Index: []int32{}}
	if s.options.from.In == "-" {
		return out, nil
	}
	subject, err := checkcmd.Read(ctx, s.console, checkcmd.Options{In: s.options.from.In, TileMeta: s.options.from.TileMeta, Images: s.options.imageDir,
		Least: coco.SeverityNote, Most: mostFindings, Workers: s.options.from.Workers})
	if err != nil {
		return nil, err
	}
	report, err := subject.Check(ctx)
	if err != nil {
		return nil, err
	}
	codes := map[coco.Code]int{}
	for i := range report.Findings {
		f := &report.Findings[i]
		image, at, ok := s.scene.Locate(f, subject.IsFolder())
		if !ok {
			out.Nowhere++
			continue
		}
		k, known := codes[f.Code]
		if !known {
			k = len(out.Codes)
			codes[f.Code] = k
			info := findingCode{Code: string(f.Code), Severity: f.Severity.String()}
			if rule := checkcmd.Rule(f.Code); rule != nil {
				info.Title = rule.About
			}
			out.Codes = append(out.Codes, info)
		}
		x, y := float64(s.sizes[image].width)/2, 0.0
		if at >= 0 {
			a := &s.labels.Annotations[at]
			if b := paint.BoxOf(a.BBox, a.Missing); b != nil {
				x, y = b.X+float64(b.W/2), b.Y+float64(b.H/2)
			}
		}
		out.Code, out.Image, out.At = append(out.Code, k), append(out.Image, image), append(out.At, [2]float64{x, y})
		out.Text, out.Index = append(out.Text, f.Reason), append(out.Index, at)
	}
	return out, nil
}
