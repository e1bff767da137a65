package scoring

import (
	"bytes"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// mistakes is what went wrong, by TIDE's kinds.
type mistakes struct {
	IoU        float64       `json:"iou"`
	Background float64       `json:"background_iou"`
	AP         float64       `json:"ap"` // TIDE's, 0 to 1
	Kinds      []mistakeKind `json:"kinds"`
	FalsePos   float64       `json:"gain_without_false_positives"`
	FalseNeg   float64       `json:"gain_without_misses"`
	List       []mistake     `json:"list"`
}

// mistakeKind is a kind of mistake, and the AP gain if all of it were fixed.
type mistakeKind struct {
	Kind  string  `json:"kind"`
	Count int     `json:"count"`
	Gain  float64 `json:"gain"` // of AP
}

// mistake is one mistake.
type mistake struct {
	Kind      string  `json:"kind"`
	Tile      string  `json:"tile"`
	Detection int32   `json:"detection"` // position in the results; -1: missed
	Truth     int32   `json:"truth"`     // position in the ground truth's annotations; -1: none near
	IoU       float64 `json:"iou"`
}

// ErrorTexts explain the kinds.
var ErrorTexts = map[eval.MistakeKind]string{
	eval.MistakeClass:        "right place, wrong class",
	eval.MistakeLocalisation: "right class, outline too far off",
	eval.MistakeBoth:         "wrong class, outline too far off",
	eval.MistakeDuplicate:    "already found by a better detection",
	eval.MistakeBackground:   "nothing there to find",
	eval.MistakeMissed:       "in the ground truth, not found",
}

// newMistakes words mistakes on the ground truth's images.
func newMistakes(m *eval.Mistakes, d *preds.Detections, images imagenames.Names) *mistakes {
	out := &mistakes{
		IoU: m.Options.Positive, Background: m.Options.Background, AP: m.AP,
		FalsePos: m.GainPositive, FalseNeg: m.GainNegative, List: make([]mistake, len(m.List)),
	}
	for k, n := range m.Counts {
		out.Kinds = append(out.Kinds, mistakeKind{eval.MistakeKind(k).String(), n, m.Gain[k]})
	}
	for i := range m.List {
		e := &m.List[i]
		at := e.Detection
		if at >= 0 {
			at = int32(d.Position(int(at)))
		}
		out.List[i] = mistake{e.Kind.String(), images.Name(int(e.Image)), at, e.Truth, e.IoU}
	}
	return out
}

func (e *mistakes) print(text *bytes.Buffer) {
	ui.Fprintf(text, "\nwhat went wrong, at IoU %v (below %v: background); TIDE's AP is %.3f\n", e.IoU, e.Background, e.AP)
	tw := ui.NewTable(text, ui.Left)
	fmt.Fprintln(tw, "kind\tcount\tAP gain if fixed\t")
	for k, kind := range e.Kinds {
		ui.Fprintf(tw, "%s\t%s\t%+.3f\t%s\n", kind.Kind, ui.Thousands(kind.Count), kind.Gain, ErrorTexts[eval.MistakeKind(k)])
	}
	ui.Fprintf(tw, "all false detections\t\t%+.3f\t\n", e.FalsePos)
	ui.Fprintf(tw, "all missed\t\t%+.3f\t\n", e.FalseNeg)
	_ = tw.Flush()
	fmt.Fprintln(text, "AP gain if fixed: how much TIDE's AP, from 0 to 1, would rise")
}
