package flags

import (
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// ParseMaxDets reads limits of detections, the value of --max-dets.
func ParseMaxDets(text string) ([]int, error) {
	if text == "mmdet" {
		return []int{100, 300, 1000}, nil
	}
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return nil, ui.Usagef("--max-dets: %q is neither a list of numbers such as 1,10,100 nor mmdet", text)
		}
		out = append(out, n)
	}
	return out, nil
}
