package jsonscan

import (
	"encoding/json"
	"testing"
)

// textKey is a key, and a value, that writes itself as text.
type textKey struct{ Name string }

func (k textKey) MarshalText() ([]byte, error) { return []byte("<" + k.Name + ">"), nil }

type embedded struct {
	Title string `json:"title"`
}

type marshalled struct {
	embedded
	Name   string          `json:"name"`
	Empty  string          `json:"empty,omitempty"`
	List   []string        `json:"list"`
	Pair   [2]string       `json:"pair"`
	Byname map[string]any  `json:"by_name"`
	Bykey  map[textKey]int `json:"by_key"`
	Next   *marshalled     `json:"next,omitempty"`
	Raw    json.RawMessage `json:"raw"`
	Any    any             `json:"any"`
	hidden map[string]chan int
}

func TestMarshal(t *testing.T) {
	const half = "caf\xed\xb3\xa9"
	for _, c := range []struct {
		value any
		want  string
	}{
		{half, `"caf\udce9"`},
		{"caf\xe9 \ufffd \ue000dce9 \\ufffd <", `"caf\udce9 ` + "\ufffd \ue000" + `dce9 \\ufffd \u003c"`},
		{marshalled{
			embedded: embedded{half}, Name: half, List: []string{"a", half}, Pair: [2]string{half, "\xed\xa0\x80"},
			Byname: map[string]any{half: half, "n": nil}, Bykey: map[textKey]int{{half}: 1},
			Next: &marshalled{Name: "\xff", Any: []any{half, 1.5, true}}, Raw: json.RawMessage(`{"\ufffd":"\udce9"}`), Any: textKey{half},
			hidden: map[string]chan int{half: nil},
		}, `{"title":"caf\udce9","name":"caf\udce9","list":["a","caf\udce9"],"pair":["caf\udce9","\ud800"],` +
			`"by_name":{"caf\udce9":"caf\udce9","n":null},"by_key":{"\u003ccaf\udce9\u003e":1},` +
			`"next":{"title":"","name":"\udcff","list":null,"pair":["",""],"by_name":null,"by_key":null,"raw":null,"any":["caf\udce9",1.5,true]},` +
			`"raw":{"\ufffd":"\udce9"},"any":"\u003ccaf\udce9\u003e"}`},
	} {
		got, err := Marshal(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s\n%v", c.value, got, c.want, err)
		}
	}
	if got, err := MarshalText([]string{"<&>", half}); err != nil || string(got) != `["<&>","caf\udce9"]` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := Marshal(make(chan int)); err == nil {
		t.Error("a channel has no JSON")
	}
}

// TestMarshalAlike: what is UTF-8 is written as encoding/json writes it.
func TestMarshalAlike(t *testing.T) {
	for _, v := range []any{nil, "", "é\u2028<\ufffd", []string(nil), map[string]any{"b": 1, "a": []any{}}, marshalled{Name: "x", Bykey: map[textKey]int{{"a"}: 1}}} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Marshal(v); err != nil || string(got) != string(want) {
			t.Errorf("got %s, want %s; %v", got, want, err)
		}
	}
}

// FuzzMarshal: a string reads back as Python's surrogateescape would have it.
func FuzzMarshal(f *testing.F) {
	for _, s := range []string{"", "caf\xe9", "caf\xed\xb3\xa9", "\ue000\xff\\ufffd", "\xed\xa0\xbd\xed\xb8\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := MarshalText([]string{s})
		if err != nil {
			t.Fatal(err)
		}
		want, err := New(AppendString(nil, s)).String()
		if err != nil {
			t.Fatal(err)
		}
		c := New(got)
		if err := c.Array(func(int) error {
			read, err := c.String()
			if err == nil && string(read) != string(want) {
				t.Errorf("%q: %s reads as %q, want %q", s, got, read, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
