package wsi

import (
	"errors"
	"testing"
)

// endless gives bytes without a line feed for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestEndlessLine: a conversion that ends at a line above the limit does not look for the end of that line.
func TestEndlessLine(t *testing.T) {
	for _, workers := range []int{1, 4} {
		_, _, err := ConvertDataset(t.Context(), &Table{}, endless{}, &ConvertOptions{MaxLine: 1000, Workers: workers})
		if le := new(LineError); !errors.As(err, &le) || le.Line != 1 {
			t.Errorf("%d workers: error %v, expected one of line 1", workers, err)
		}
	}
}
