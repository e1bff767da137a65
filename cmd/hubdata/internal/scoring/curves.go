package scoring

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/plot"
)

// CurveLine is a curve of precision over recall.
type CurveLine struct {
	Name, File string
	IoU        float64
	Points     []eval.CurvePoint
}

// Curves are the curves of precision over recall: of one file at several IoU, of
// several files at the first of --iou.
func Curves(reports []*Report) []CurveLine {
	var lines []CurveLine
	for _, r := range reports {
		name := filepath.Base(r.File)
		if len(reports) == 1 {
			for _, v := range []float64{0.5, 0.75} {
				if points := r.Evaluation().Curve(eval.Select{IoU: v}); points != nil {
					lines = append(lines, CurveLine{fmt.Sprintf("IoU %v", v), r.File, v, points})
				}
			}
			name = fmt.Sprintf("IoU %v", r.IoU)
			if slices.ContainsFunc(lines, func(l CurveLine) bool { return l.IoU == r.IoU }) {
				continue
			}
		}
		lines = append(lines, CurveLine{name, r.File, r.IoU, r.single().Curve(eval.Select{IoU: r.IoU})})
	}
	return lines
}

// Line is the curve as it is drawn.
func (l *CurveLine) Line() plot.Line {
	line := plot.Line{Name: l.Name}
	for _, p := range l.Points {
		line.Points = append(line.Points, [2]float64{p.Recall, p.Precision})
	}
	return line
}

// CurveChart is a chart for such curves.
func CurveChart() plot.Chart {
	return plot.Chart{Title: "Precision over recall", X: "recall", Y: "precision"}
}
