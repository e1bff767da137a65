package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestGraph(t *testing.T) {
	g := Graph{Title: "a <b>", Boxes: []Box{{"one", "first", "#fff"}, {"other", "first", "#fff"}, {"two", "last", "#eee"}},
		Links: []Link{{From: 0, To: 2, Text: "best"}, {From: 1, To: 2}}}
	text := drawn(t, g.SVG)
	checkContains(t, text, "<title>a &lt;b&gt;</title>", `width="185" height="132"`, // two columns, two rows
		`<rect x="10" y="10" width="50.15" height="40" rx="4" fill="#fff"`, `<rect x="10" y="66"`, `<rect x="133.17" y="10"`,
		`<text x="100.15" y="24" fill="#555">best</text>`)
	if n := strings.Count(text, "<path"); n != 2 {
		t.Errorf("%d links are drawn, want 2", n)
	}
	for dec := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	checkContains(t, drawn(t, (&Graph{}).SVG), `width="20" height="20"`)
}
