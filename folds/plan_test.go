package folds

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestPlanRoundTrip(t *testing.T) {
	p := &Plan{Info: []byte(`{"description":"x","images":[]}`), Method: "spatial", First: 0, K: 2, Buffer: 9,
		Entries: []Entry{
			{ID: "a", Fold: 0}, {ID: `b,"c`, Fold: 1}, {ID: "d", Fold: NoFold, Always: true},
			{ID: "e", Fold: NoFold, Why: "it is <bad>"},
		}, Apart: [][]string{{"d"}, {}}}
	var text bytes.Buffer
	if err := p.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPlanJSON(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text.Bytes())
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, want %+v", got, p)
	}
	text.Reset()
	if err := p.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	if want := "id,fold\na,0\n\"b,\"\"c\",1\nd,-1\ne,-1\n"; text.String() != want {
		t.Errorf("%q, want %q", text.String(), want)
	}
	got, err = ReadPlanCSV(&text)
	if err != nil || got.First != 0 || got.K != 2 || got.Entries[1] != p.Entries[1] || got.Entries[2].Fold != NoFold {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadPlans(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"id,fold\na,1\na,2\n", `row 2 (line 3), column "id": "a" is already in row 1 (line 2): remove one`},
		{"id,fold\na,1\nb,3\n", `no image is in fold 2, but some are in fold 3: number folds without gaps`},
		{"id,fold\na,2\nb,3\n", `the lowest fold is 2: number folds from 0 or 1`},
		{"id,fold\na,1\nb,1\n", `found 1 different folds, expected at least 2`},
		{"id,fold\na,x\n", `column "fold": "x" is not a whole number`},
		{"id,fold\na,-2\n", `found fold -2, expected 0 to`},
		{"id,split\na,1\n", `no column "fold": found "id, split"`},
		{"", "the file is empty"},
	} {
		if _, err := ReadPlanCSV(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.text, err, tt.want)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{`{"first_fold":1,"folds":2,"images":[{"id":"a","fold":1},{"id":"a","fold":2}]}`,
			`duplicate image "a", entries 1 and 2`},
		{`{"first_fold":1,"folds":2,"images":[{"id":"a","fold":1},{"id":"b","fold":3}]}`, "is in fold 3, expected 1 to 2"},
		{`{"first_fold":1,"folds":3,"images":[{"id":"a","fold":1},{"id":"b","fold":3}]}`, "fold 2 has no image"},
		{`{"first_fold":5,"folds":2,"images":[]}`, "expected 0 or 1"},
		{`{"first_fold":1,"folds":1,"images":[]}`, "found 1 folds, expected 2"},
		{`{"first_fold":1,"folds":2,"images":[{"id":"a","fold":1,"always_train":true},{"id":"b","fold":2}]}`,
			"cannot be always in training"},
		{`{"first_fold":1,"folds":2,"images":[{"id":"a","fold":1},{"id":"b","fold":2}],"kept_apart":[["a"],[]]}`,
			"both validated and kept apart"},
		{`{`, "invalid plan: byte"},
		{`{"first_fold":1,"folds":2,"images":[{"id":"a","fold":1},{"id":"b","fold":2}]} x`, "invalid plan: byte"},
	} {
		if _, err := ReadPlanJSON(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.text, err, tt.want)
		}
	}
}

func FuzzPlan(f *testing.F) {
	f.Add("id,fold\na,1\nb,2\n")
	f.Add("fold,id\n0,x\n1,\"y\n\"\n-1,z\n")
	f.Add("fold,id\n0,\"\r\r\n\"\n1,0") // the reader drops a CR
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPlanCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		lost := slices.ContainsFunc(p.Entries, func(e Entry) bool { return strings.Contains(e.ID, "\r\n") })
		if err := p.WriteCSV(&b); lost != (err != nil) {
			t.Fatalf("%+v is written: %v", p, err)
		}
		if lost {
			return
		}
		again, err := ReadPlanCSV(&b)
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%+v, %v, want %+v", again, err, p)
		}
	})
}

func BenchmarkStratifiedKFold(b *testing.B) {
	y := make([]int, 1_000_000)
	for i := range y {
		y[i] = i * 7 % 13
	}
	for b.Loop() {
		if _, err := StratifiedKFold(y, 5, &Options{Shuffle: true, Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
