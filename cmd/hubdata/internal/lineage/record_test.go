package lineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	sumA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sumB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	sumC = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
)

func info(description, command string, inputs string, more string) string {
	return fmt.Sprintf(`{"description":%q,"hubdata":{"version":"1.2.3","command":%q,"options":{"n":12345678901234567890},"inputs":[%s]}%s}`, description, command, inputs, more)
}

func named(name, sum string) string {
	return fmt.Sprintf(`{"name":%q,"bytes":7,"sha256":%q}`, name, sum)
}

// TestDecode: the text that files begin with becomes a record, with those that it keeps of its inputs.
func TestDecode(t *testing.T) {
	convert := info("set", "convert", named("polygons.jsonl", sumA), "")
	r, ok, err := decode(strings.NewReader(`{"info":`+
		info("part of a.json", "filter", named("a.json", sumB)+`,{"name":"t.csv","bytes":1,"sha256":"`+sumC+
			`","flag":"table"}`, `,"source":`+convert)+`,"images":[`), false)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if r.Command != "filter" || r.Version != "1.2.3" || r.Options["n"] != json.Number("12345678901234567890") ||
		len(r.Inputs) != 2 || r.Inputs[1].Flag != "table" {
		t.Errorf("record %+v", r)
	}
	if kept := r.Inputs[0].Kept; kept == nil || kept.Command != "convert" || kept.Inputs[0].SHA256 != sumA ||
		r.Inputs[1].Kept != nil {
		t.Errorf("kept %+v", kept)
	}
	r, ok, _ = decode(strings.NewReader(`{"info":`+info("merged from a.json, b.json", "merge", named("a.json", sumA)+","+
		named("b.json", sumB),
		`,"sources":[{"name":"x","file":"a.json"},{"name":"b","file":"b.json","info":`+convert+`}]`)+`}`), false)
	if !ok || r.Inputs[0].Kept != nil || r.Inputs[1].Kept == nil {
		t.Errorf("merge %+v", r)
	}
	r, ok, _ = decode(strings.NewReader(
		`{"info":{"hubdata":{"version":"1","command":"folds","options":{},"inputs":[],"csv":`+named("f.csv", sumA)+
			`,"results":`+named("r.json", sumB)+`,"output":`+named("s.csv", sumC)+`}}}`), false)
	if !ok || len(r.Of) != 3 || r.Of[2].SHA256 != sumC {
		t.Errorf("of %+v", r)
	}
	for _, text := range []string{"", "[]", "{", `{"images":[],"info":` + convert + "}", `{"info":3}`, `{"info":{}}`,
		`{"info":{"hubdata":{"version":""}}}`, `{"info":{"hubdata":{"version":"1","inputs":3}}}`, `{"info":{"hubdata"`} {
		if r, ok, err := decode(strings.NewReader(text), false); ok || r != nil || err != nil {
			t.Errorf("%s: record %+v, error %v", text, r, err)
		}
	}
}

// TestDecodeStage: the state of a stage names files, and texts that are none.
func TestDecodeStage(t *testing.T) {
	r, ok, err := decode(strings.NewReader(
		fmt.Sprintf(`{"version":1,"step":"s1","status":"interrupted","inputs":[{"name":"config /x/a.py","sum":%q},{"name":"overlay","sum":%q},
		{"name":"weights https://x","sum":"of a URL"},{"name":"weights C:\\w\\w.pth","sum":%q},{"name":"weights of s0","sum":%q},{"name":"dataset t","sum":%q},{"name":"result a of b.segm.json of s2","sum":%q}],
		"outputs":[{"file":"/x/y/r.json","sum":{"size":3,"sha256":%q}}],"choice":{"file":"best.pth","sum":{"size":9999999,"sha256":%q,"ends":true}}}`,
			sumA, sumA, sumA, sumB, sumC, sumA, sumB, sumC)), true)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	var got []string
	for _, in := range slices.Concat(r.Inputs, r.Of) {
		got = append(got, fmt.Sprint(in.String(), " ", in.Bytes, " ", in.Ends))
	}
	expected := []string{"a.py -1 false", "weights https://x -1 false", "w.pth -1 true", "weights of s0 -1 true", "dataset t -1 false",
		"a of b.segm.json -1 false", "r.json 3 false", "best.pth 9999999 true"}
	if !slices.Equal(got, expected) || r.Stage != "s1" || r.Unfinished != "interrupted" {
		t.Errorf("%q: %+v", got, r)
	}
	for _, text := range []string{`{}`, `{"version":2,"step":"a","status":"done"}`, `{"version":1`} {
		if _, ok, err := decode(strings.NewReader(text), true); ok || err != nil {
			t.Errorf("%s: %v, %v", text, ok, err)
		}
	}
}

// TestDeepRecords: records that keep records are read to a depth.
func TestDeepRecords(t *testing.T) {
	text := info("set", "convert", named("a.json", sumA), "")
	for range 3 * maxKept {
		text = info("part of a.json", "filter", named("a.json", sumA), `,"source":`+text)
	}
	r, ok, err := decode(strings.NewReader(`{"info":`+text+"}"), false)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	depth := 0
	for ; r != nil; depth++ {
		r = r.Inputs[0].Kept
	}
	if depth != maxKept {
		t.Errorf("read %d records, expected %d", depth, maxKept)
	}
}

// FuzzDecode: no text is more than read or refused, and what is read has inputs with names or labels.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"info":`+info("part of a.json", "filter", named("a.json", sumA),
		`,"source":`+info("s", "convert", "", ""))+"}"), false)
	f.Add([]byte(`{"version":1,"step":"a","status":"done","inputs":[{"name":"dataset t","sum":"`+sumA+`"}],"choice":{}}`),
		true)
	f.Add([]byte(`{"info":{"hubdata":{"version":"1","csv":null,"options":[]}}}`), false)
	f.Fuzz(func(t *testing.T, text []byte, state bool) {
		r, ok, err := decode(bytes.NewReader(text), state)
		if err != nil || ok != (r != nil) {
			t.Fatal(r, ok, err)
		}
		if ok && r.Made() == "" && r.Command != "" {
			t.Errorf("nothing made it: %+v", r)
		}
	})
}

func TestWordOptions(t *testing.T) {
	if got := WordOptions(map[string]any{"thr": 0.5, "set": "x", "datasets": "1,2",
		"fix": true}); got != "datasets=1,2 fix=true thr=0.5" {
		t.Error(got)
	}
}
