package shapes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// told is what a reader says of a text: its tokens, with the lines after them, and the error. A text in several tokens
// is one.
func told(x *XML) string {
	var b strings.Builder
	chars := ""
	for {
		t, e, text, err := x.next()
		if err == nil && t == charData {
			if len(x.open) > 0 { // outside of the root it is of no use
				chars += text
			}
			continue
		}
		if chars != "" {
			fmt.Fprintf(&b, "%q\n", chars)
		}
		chars = ""
		switch {
		case err != nil:
			fmt.Fprintf(&b, "%v", err)
			return b.String()
		case t == startTag:
			fmt.Fprintf(&b, "%d <%s", x.Line(), e.Name)
			for _, a := range e.attributes {
				if a.name != "xmlns" {
					fmt.Fprintf(&b, " %s=%q", a.name, e.Attribute(a.name))
				}
			}
			b.WriteString(">\n")
		default:
			fmt.Fprintf(&b, "%d </>\n", x.Line())
		}
	}
}

// byEncodingXML says the same of a text that encoding/xml reads alone.
func byEncodingXML(r io.Reader) string {
	x, err := newXML(r)
	if err != nil {
		return err.Error()
	}
	x.beginOdd()
	return told(x)
}

func byOwn(r io.Reader) string {
	x, err := NewXML(r)
	if err != nil {
		return err.Error()
	}
	return told(x)
}

var xmlTexts = []string{
	"",
	" \n",
	"text",
	"text\n<",
	"text\n<a>\n<",
	"<a/>",
	"<a></a>",
	"<a/>\n<b/>",
	"<a/> text",
	"\xef\xbb\xbf<a/>",
	"\xff\xfe<\x00",
	`<?xml version="1.0"?><a/>`,
	`<?xml version="1.0" encoding="utf-8" standalone="yes"?>` + "\r\n<a>\r\n</a>\r\n",
	`<?xml version="1.1"?><a/>`,
	`<?xml version="1.0" encoding="latin-1"?><a/>`,
	`<?xml  version = "1.0" ?><a/>`,
	`<?pi x?><a><?pi y?></a>`,
	"<a b=\"1\" c='2'\n d = \"3\"/>",
	"<a b=\"1\"c=\"2\" b=\"3\"/>",
	`<a b="&lt;&gt;&amp;&quot;&apos;">&lt;x&amp;</a>`,
	`<a b="&#10;&#x41;">&#65;</a>`,
	`<a b="&x;"/>`, `<a b="&lt"/>`, `<a b="& "/>`, `<a>&</a>`, `<a>&lt</a>`,
	`<a b="<"/>`, `<a b=1/>`, `<a b/>`, `<a b="1/>`, `<a b"c"/>`, `<a "c"/>`, `<a b="1" / >`, `<a / >`, `<a/`, `<a`, `<`,
	`< a/>`, `<a/b>`, `<1/>`, `<a.b-c_1/>`, `<-a/>`,
	"<a b='x\r\ny\rz'>p\r\nq\rr</a>",
	"<a b=\"\u00fc\u2028\U0001f600\ufffd\">\u00fc</a>", "<\u00fc/>", "<a \u00fc='1'/>", "<a\u00fc/>",
	"<a b=\"\xff\"/>", "<a>\xff</a>", "<a>\xed\xa0\x80</a>", "<a>\x00</a>", "<a>\x7f</a>", "<a>\ufffe</a>",
	"<a b='\x1b'/>",
	`<a>]]></a>`, `<a>]] ></a>`, `<a b="]]>"/>`, `<a><![CDATA[<x>]]>y</a>`, `<a><![CDATA[x</a>`,
	`<a><!-- x > y --><b/><!----></a>`, `<a><!-- x -- y --></a>`, `<a><!--->--></a>`, `<a><!-- x`, `<!- x ->`,
	"<a><!--\n\n--><b></a>",
	`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
	`<a><b></a></b>`, `<a><b></b>`, `<a></ a>`, "<a></a\n>", `<a></a b>`, `<a></ab>`, `<ab></a>`, `</a>`, `<a></a></a>`,
	`<a>text`,
	`<a xmlns="u"><b c="1"/></a>`, `<p:a xmlns:p="u" p:b="1" c="2"><p:d/></p:a>`, `<a xml:lang="de" b="1"/>`,
	`<a><b:c/>x</a>`,
	"<a>\n<b>\n<c d='1'>\n</c>\n&#65;\n<e></f>",
	strings.Repeat("<a>", 64) + strings.Repeat("</a>", 64), strings.Repeat("<a>", 65), strings.Repeat("<a>\n", 64) +
		"<a/>", strings.Repeat("<p:a>", 65),
	"<a b='" + strings.Repeat("x", 300) + "' c='short'>" + strings.Repeat("y", 1<<17) + "</a>",
}

// TestXMLAsEncodingXML: what is read here is what encoding/xml reads, wherever the text is cut into pieces, with the
// same
// lines and errors.
func TestXMLAsEncodingXML(t *testing.T) {
	for _, text := range xmlTexts {
		expected := byEncodingXML(strings.NewReader(text))
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
			"the end with the data": iotest.DataErrReader(strings.NewReader(text)),
		} {
			if len(text) > 1<<16 && name == "byte by byte" {
				continue
			}
			if got := byOwn(r); got != expected {
				t.Errorf("%.200q, %s: found\n%.2000s\nexpected\n%.2000s", text, name, got, expected)
			}
		}
		broken := io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("broken disk")))
		if got := byOwn(broken); !strings.Contains(got, "broken disk") && !strings.Contains(expected, "line") &&
			!strings.Contains(expected, "UTF-16") {
			t.Errorf("%.200q: %s, expected the error of the disk", text, got)
		}
	}
}

// TestXMLIsPlain: files as editors write them are read without encoding/xml.
func TestXMLIsPlain(t *testing.T) {
	for _, text := range []string{
		"<?xml version=\"1.0\"?>\n<ASAP_Annotations>\n<Annotations><Annotation Name=\"A &amp; B [1]\" PartOfGroup=\"Gef\u00e4\u00df\"><Coordinates>\r\n<Coordinate Order=\"0\" X=\"1.5\" Y=\"2\" />" +
			"</Coordinates></Annotation></Annotations></ASAP_Annotations>\n",
		"<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<annotations>\n<!-- x --><ndpviewstate id=\"1\"><title>a ]</title></ndpviewstate></annotations>",
	} {
		x, err := NewXML(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := told(x); x.odd != nil || !strings.HasSuffix(got, "\nEOF") {
			t.Errorf("%q: read by encoding/xml: %s", text, got)
		}
	}
}

// TestXMLBounded: a tag without end does not fill the memory before it is refused.
func TestXMLBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`<a b="`), io.LimitReader(newlines{}, maxPlain), strings.NewReader(`"/>`))
	x, err := NewXML(endless)
	if err != nil {
		t.Fatal(err)
	}
	start, err := x.Root()
	if err != nil || len(start.Attribute("b")) != maxPlain || x.odd == nil || cap(x.buf) > maxPlain {
		t.Errorf("%d bytes, %v, a buffer of %d", len(start.Attribute("b")), err, cap(x.buf))
	}
	if x.Line() != maxPlain+1 {
		t.Errorf("line %d", x.Line())
	}
}

// FuzzXML compares the reader with encoding/xml.
func FuzzXML(f *testing.F) {
	for _, text := range xmlTexts {
		if len(text) < 1<<10 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		expected := byEncodingXML(bytes.NewReader(text))
		if got := byOwn(bytes.NewReader(text)); got != expected {
			t.Fatalf("found\n%s\nexpected\n%s", got, expected)
		}
	})
}

// BenchmarkXML reads a million points, as ASAP writes them.
func BenchmarkXML(b *testing.B) {
	var text bytes.Buffer
	text.WriteString("<a>\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "<Coordinate Order=\"%d\" X=\"%d.5\" Y=\"%d\" />\n", i, i*7, i*3)
	}
	text.WriteString("</a>")
	for name, read := range map[string]func(*XML){"own": func(*XML) {}, "encoding/xml": (*XML).beginOdd} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				x, err := NewXML(bytes.NewReader(text.Bytes()))
				if err != nil {
					b.Fatal(err)
				}
				read(x)
				if _, err := x.Root(); err != nil {
					b.Fatal(err)
				}
				n := 0
				err = x.Elements(func(e Element) error {
					n += len(e.Attribute("X"))
					return x.Skip()
				})
				if err != nil || n == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
