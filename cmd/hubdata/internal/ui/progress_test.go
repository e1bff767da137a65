package ui

import (
	"bytes"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	begin := time.Unix(0, 0)
	for _, c := range []struct {
		total    int64
		steps    []int64 // every 60 ms
		expected string
	}{
		{40, []int64{1, 9}, "\rreading  [=======                       ]  25 %\r                                               \r"},
		{40, []int64{1}, ""},
		{40, []int64{1, 19, 1, 19}, "\rreading  [===============               ]  50 %\r                                               \r"},
		{0, []int64{0, 0}, ""},
		{-1, []int64{1000, 1000, 0, 3, 0, 1}, "\rreading  2,000\rreading  2,003\rreading  2,004\r              \r"},
	} {
		out.Reset()
		p := &progress{w: &out, what: "reading", total: c.total, shown: begin}
		for i, n := range c.steps {
			p.add(n, begin.Add(time.Duration(i+1)*60*time.Millisecond))
		}
		p.clear()
		p.clear()
		if got := out.String(); got != c.expected {
			t.Errorf("%v of %d: got %q, expected %q", c.steps, c.total, got, c.expected)
		}
	}
}
