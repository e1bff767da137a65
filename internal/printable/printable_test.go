package printable

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestText(t *testing.T) {
	for s, want := range map[string]string{
		"":                              "",
		"plain café 血管 🙂 \ufffd":        "plain café 血管 🙂 \ufffd",
		"a\\nb":                         `a\nb`,
		"\x1b[31mred\x07":               `\x1b[31mred\a`,
		"a\r\n\tb\x00\x7f":              `a\r\n\tb\x00\x7f`,
		"\u0080\u009b31m\u009f":         `\u0080\u009b31m\u009f`,
		"\u202aev\u202eil\u2066\u2069":  `\u202aev\u202eil\u2066\u2069`,
		"\u200e\u200f\u061c":            `\u200e\u200f\u061c`,
		"a\u2028b\u2029c\ufeffd":        `a\u2028b\u2029c\ufeffd`,
		"zero\u200bwidth\u2060":         `zero\u200bwidth\u2060`,
		"\U000e0041":                    `\U000e0041`,
		"caf\xe9\xff":                   `caf\xe9\xff`,
		"caf\xed\xb3\xa9.\xed\xa0":      `caf\udce9.\xed\xa0`, // a surrogate, and a part of one
		"\xed\xb3\xa9\xed\xa0\x80é\x1b": `\udce9\ud800é\x1b`,
		"👩\u200d🔬 می\u200cخواهم":        "👩\u200d🔬 می\u200cخواهم",
		"\u0600١":                       "\u0600١",
	} {
		got := Text(s)
		if got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		if again := Text(got); again != got {
			t.Errorf("%q: %q escaped again is %q", s, got, again)
		}
	}
}

func TestLines(t *testing.T) {
	for s, want := range map[string]string{"a\tb\n": "a\tb\n", "a\r\n\t\x1b\n\nb\u2028": "a\\r\n\t\\x1b\n\nb\\u2028", "\x07": `\a`} {
		if got := Lines(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestWriter: what is shown does not depend on how the text is cut.
func TestWriter(t *testing.T) {
	for s, want := range map[string]string{"a血é\x1b🙂\n": "a血é\\x1b🙂\n", "a\xed\xb3\xa9\xed": `a\udce9\xed`, "\xff\xe8\xa1": `\xff\xe8\xa1`, "\u202e\xf0\x9f\x99": `\u202e\xf0\x9f\x99`, "\xe8a\xf0\x9fb": `\xe8a\xf0\x9fb`} {
		for step := 1; step <= len(s); step++ {
			var b strings.Builder
			w := &Writer{W: &b}
			for rest := []byte(s); len(rest) > 0; {
				n := min(step, len(rest))
				if got, err := w.Write(rest[:n]); got != n || err != nil {
					t.Fatal(got, err)
				}
				rest = rest[n:]
			}
			if err := w.Flush(); err != nil || b.String() != want {
				t.Errorf("%q in steps of %d: %q, want %q; %v", s, step, b.String(), want, err)
			}
		}
	}
}

// TestAllCharacters: what is left of any character is visible.
func TestAllCharacters(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for _, left := range Text(string(r)) {
			if unicode.IsControl(left) || unicode.Is(unicode.Bidi_Control, left) || unicode.In(left, unicode.Zl, unicode.Zp) || left == '\ufeff' {
				t.Errorf("%U gives %U", r, left)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": "b"}` + "\n":                     `{"a": "b"}` + "\n",
		"[\n\t\"\x7f\u009bx\u202e\u2028\"\n]\n": "[\n\t\"" + `\u007f\u009bx\u202e\u2028` + "\"\n]\n",
		"\"\U000e0041é\"":                       `"\udb40\udc41é"`,
	} {
		got := JSON([]byte(text))
		if string(got) != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		var a, b any
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &b); err != nil {
			t.Fatal(err)
		}
		if x, y := string(mustJSON(a)), string(mustJSON(b)); x != y {
			t.Errorf("%q: another value, %s", text, y)
		}
	}
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "血管": 4, "e\u0301": 1, "é": 1, "🙂": 2, "👩\u200d🔬": 2} {
		if got := Width(s); got != want {
			t.Errorf("%q: %d columns, want %d", s, got, want)
		}
	}
}
