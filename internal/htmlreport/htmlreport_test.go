package htmlreport

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// evil is text that would be markup, the end of an attribute or a script if it
// were not escaped.
const evil = `<img src=x onerror=alert(1)>"'</script><b>&lt;{{.}}` + "`javascript:"

// whole returns a report with every part, in which every text is the given
// text.
func whole(text string) *Report {
	cells := func(n int) []Cell {
		row := make([]Cell, n)
		for i := range row {
			row[i] = Cell{Text: text, Sort: text, Code: i == 1}
		}
		row[0].Level = Warning
		row[n-1].Share = 0.3337
		return row
	}
	table := &Table{Caption: text, Columns: []Column{{Name: text, About: text}, {Name: text}, {Name: text, Numbers: true}},
		Rows: [][]Cell{cells(3), cells(3), cells(3)}, Foot: cells(3), Shown: 1}
	picture := NewPicture("image/png", []byte{1, 2, 3})
	picture.Alt, picture.Caption, picture.Width, picture.Height = text, text+"\n"+text, 3, 4
	remarks := []Remark{{Level: Bad, Text: text, About: "one"}, {Level: Good, Text: text}}
	facts := []Fact{{text, text, text}}
	chart := &Charts{Keys: []Key{{Sample: `<svg aria-hidden="true"></svg>`, Text: text}},
		Items: []Chart{{SVG: `<svg role="img" aria-label="x"></svg>`, Caption: text}}}
	return &Report{Title: text, About: text, Version: text, Glance: remarks, Facts: facts, Sections: []Section{
		{ID: "one", Title: text,
			Blocks: []Block{{Heading: text, Text: text, Remarks: remarks, Facts: facts, Table: table, Charts: chart,
				Gallery: &Gallery{Keys: chart.Keys, Pictures: []Picture{picture}},
				Folded:  &Folded{Summary: text, Blocks: []Block{{Table: table}, {Text: text}}}}}},
		{ID: "two", Title: text, Absent: &Absent{Reason: text, Command: text}},
		{ID: "three", Title: text, Absent: &Absent{Reason: text, Failed: true}},
	}}
}

func write(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// element is an element of the page with its own text.
type element struct {
	name  string
	attrs map[string]string
	text  string
	path  string // names of the enclosing elements
}

var (
	// raw matches elements whose contents an XML parser cannot read as text.
	raw  = regexp.MustCompile(`(?s)(<(?:script|style)>).*?(</(?:script|style)>)`)
	void = regexp.MustCompile(`<(meta|img)([^>]*)>`)
	flag = regexp.MustCompile(` hidden>`)
)

// parse reads a page strictly: every element must be closed in the right place.
func parse(t *testing.T, page string) []*element {
	t.Helper()
	text, ok := strings.CutPrefix(page, "<!DOCTYPE html>\n")
	if !ok {
		t.Fatalf("the page begins with %.40q", page)
	}
	text = raw.ReplaceAllString(text, "$1$2")
	text = void.ReplaceAllString(text, "<$1$2/>")
	text = flag.ReplaceAllString(text, ` hidden="">`)
	dec := xml.NewDecoder(strings.NewReader(text))
	var all, open []*element
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v, near %.200s", err, text[max(0, int(dec.InputOffset())-150):])
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attrs: map[string]string{}}
			for _, o := range open {
				e.path += o.name + " "
			}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			}
		case xml.Comment, xml.ProcInst:
			t.Errorf("found %T", token)
		}
	}
	return all
}

// known lists the elements and attributes of the page.
var known = map[string]string{
	"html": "lang", "head": "", "meta": "charset name content http-equiv", "title": "", "style": "", "body": "",
	"script": "",
	"a":      "class href", "header": "", "div": "class role tabindex aria-label", "h1": "", "h2": "id", "h3": "",
	"p": "class hidden", "nav": "aria-label", "ol": "", "ul": "class", "li": "class",
	"main": "id tabindex", "section": "id aria-labelledby", "button": "type id class hidden", "footer": "",
	"pre": "tabindex", "code": "class", "span": "class", "small": "",
	"dl": "class", "dt": "", "dd": "", "table": "", "caption": "", "thead": "", "tbody": "", "tfoot": "", "tr": "class",
	"th": "scope class title data-sort", "td": "class data-sort",
	"svg": "class viewBox preserveAspectRatio aria-hidden aria-label role", "rect": "class width height", "figure": "",
	"figcaption": "", "img": "src width height alt decoding", "details": "", "summary": "",
}

// TestEscape checks that whatever the texts are, the page has the same elements,
// only known ones, and shows the texts literally.
func TestEscape(t *testing.T) {
	tame, wild := parse(t, write(t, whole("tame"))), parse(t, write(t, whole(evil)))
	if len(tame) != len(wild) {
		t.Fatalf("%d elements, of evil texts %d", len(tame), len(wild))
	}
	said := 0
	for i, e := range wild {
		o := tame[i]
		if e.name != o.name || e.path != o.path {
			t.Fatalf("element %d is %s%s, of tame texts %s%s", i, e.path, e.name, o.path, o.name)
		}
		attrs, ok := known[e.name]
		if !ok {
			t.Errorf("element %s", e.name)
		}
		for name, v := range e.attrs {
			if !slices.Contains(strings.Fields(attrs), name) {
				t.Errorf("%s has attribute %s=%q", e.name, name, v)
			}
			if want := strings.ReplaceAll(o.attrs[name], "tame", evil); v != want && !strings.HasPrefix(name, "content") {
				t.Errorf("%s %s is %q, want %q", e.name, name, v, want)
			}
		}
		if want := strings.ReplaceAll(o.text, "tame", evil); e.text != want && e.name != "script" && e.name != "style" {
			t.Errorf("%s says %q, want %q", e.name, e.text, want)
		}
		said += strings.Count(e.text, evil)
	}
	if said < 40 {
		t.Errorf("the texts are said %d times only", said)
	}
}

// TestStructure checks the structure that keyboard and screen reader users
// depend on.
func TestStructure(t *testing.T) {
	page := write(t, whole("text"))
	ids, links := map[string]bool{}, []string{}
	for _, e := range parse(t, page) {
		if id, ok := e.attrs["id"]; ok {
			if ids[id] {
				t.Errorf("duplicate id %s", id)
			}
			ids[id] = true
		}
		switch e.name {
		case "a":
			links = append(links, e.attrs["href"])
		case "img":
			if e.attrs["alt"] == "" || !strings.HasPrefix(e.attrs["src"], "data:image/png;base64,AQID") {
				t.Errorf("picture %v", e.attrs)
			}
		case "th":
			if e.attrs["scope"] == "" {
				t.Errorf("head %q without scope", e.text)
			}
		case "caption", "summary", "figcaption", "h2":
			if strings.TrimSpace(e.text) == "" && e.name != "figcaption" {
				t.Errorf("empty %s", e.name)
			}
		}
	}
	for _, l := range links {
		if id, ok := strings.CutPrefix(l, "#"); !ok || !ids[id] {
			t.Errorf("link to %s", l)
		}
	}
	for _, want := range []string{`<th scope="col" class="n"><`, `data-sort="text"`, `class="rest"`,
		`width="33.4" height="6"`, ">show 2 more<", `class="missing failed"`} {
		if want = strings.TrimSuffix(want, "<"); !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestPolicy checks that the page allows its own style and script, by their
// hashes, and nothing from elsewhere.
func TestPolicy(t *testing.T) {
	page := write(t, whole("text"))
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("no policy")
	}
	said := strings.ReplaceAll(policy[1], "&#39;", "'")
	said = strings.ReplaceAll(said, "&#43;", "+")
	if !strings.HasPrefix(said, "default-src 'none'; img-src data:; ") || strings.Contains(said, "unsafe") ||
		strings.Contains(said, "http") {
		t.Errorf("policy %s", said)
	}
	for _, kind := range []string{"style", "script"} {
		_, text, _ := strings.Cut(page, "<"+kind+">")
		text, _, ok := strings.Cut(text, "</"+kind+">")
		if !ok || text == "" {
			t.Fatalf("no %s", kind)
		}
		sum := sha256.Sum256([]byte(text))
		if want := fmt.Sprintf("%s-src 'sha256-%s'", kind, base64.StdEncoding.EncodeToString(sum[:])); !strings.Contains(said,
			want) {
			t.Errorf("%s, not in %s", want, said)
		}
		for _, bad := range []string{"http:", "https:", "url(", "@import", "fetch(", "XMLHttp", "innerHTML", "eval("} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %s", kind, bad)
			}
		}
	}
}

// TestSameBytes checks that the same report gives the same bytes, and that an empty
// report is a valid page.
func TestSameBytes(t *testing.T) {
	first := write(t, whole(evil))
	if second := write(t, whole(evil)); second != first {
		t.Error("two pages differ")
	}
	page := write(t, &Report{Title: "nothing"})
	if n := len(parse(t, page)); n < 15 || strings.Contains(page, "At a glance") {
		t.Errorf("%d elements", n)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add(evil)
	f.Add("\x00\xff<")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range text {
			if r == 0xfffd || r < ' ' || r > 0xd7ff {
				t.Skip() // not valid XML text, which this test needs
			}
		}
		tame, wild := parse(t, write(t, whole("tame"))), parse(t, write(t, whole(text)))
		if text != "" && strings.TrimSpace(text) != "" && len(tame) != len(wild) {
			t.Errorf("%d elements, want %d", len(wild), len(tame))
		}
	})
}
