package files

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

// TestProvenance reads back what was written, whatever stands behind it.
func TestProvenance(t *testing.T) {
	p := Provenance{Version: "1", Command: "convert", Dataset: "1,2", WSI: 3.0, Options: map[string]any{"fill": "<>"},
		Inputs: []FileInfo{{Name: "a.csv", Bytes: 5, SHA256: "00"}}, CSV: &FileInfo{Name: "b.csv", Bytes: 6, SHA256: "11"},
		Accounting: json.RawMessage(`{"fused":1}`)}
	info, err := p.Info("a & b", coco.Field{Key: "source"},
		coco.Field{Key: "sources", Value: json.RawMessage(`[ "<x>" ]`)})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"description":"a \u0026 b","hubdata":{"version":"1","command":"convert","dataset":"1,2","source_wsi":3,` +
		`"options":{"fill":"\u003c\u003e"},"inputs":[{"name":"a.csv","bytes":5,"sha256":"00"}],"csv":{"name":"b.csv","bytes":6,"sha256":"11"},` +
		`"accounting":{"fused":1}},"sources":[ "<x>" ]}`
	if string(info) != want {
		t.Errorf("info is\n%s, want\n%s", info, want)
	}
	if got, ok := ProvenanceIn(info); !ok || !reflect.DeepEqual(got, p) {
		t.Errorf("read back: %+v, %v", got, ok)
	}
	for text, want := range map[string]bool{
		`{"info":` + string(info) + `,"images":[`:          true, // the rest is not looked at
		`{"info":{"description":"COCO 2017"},"images":[]}`: false,
		`{"images":[],"info":` + string(info) + `}`:        false, // not at the beginning
		`{"info":{"hubdata":7}}`:                           false,
		`[]`:                                               false,
	} {
		dec := json.NewDecoder(strings.NewReader(text))
		first, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := provenanceAt(first, dec); ok != want || ok && !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{``, `null`, `{}`, `{"hubdata":{}}`, `[1]`} {
		if _, ok := ProvenanceIn(json.RawMessage(text)); ok {
			t.Errorf("%q is taken for hubdata's", text)
		}
	}
	if _, ok := ProvenanceIn(nil); ok {
		t.Error("no info is taken for hubdata's")
	}
	if text, err := (&Provenance{Options: map[string]any{}}).Info(""); err != nil ||
		string(text) != `{"description":"","hubdata":{"version":"","command":"","options":{},"inputs":null}}` {
		t.Errorf("an empty provenance: %s (%v)", text, err)
	}
}

func TestUnpackedName(t *testing.T) {
	for path, want := range map[string]string{
		"a.json": "a.json", "d.gz/a.json.gz": "d.gz/a.json", "a.json.zst": "a.json", "a.zst.gz": "a", "a.gz.zst": "a.gz",
		".gz": "", "a.GZ": "a",
	} {
		if got := UnpackedName(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
