package rle

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestJSONForms(t *testing.T) {
	tests := []struct {
		name       string
		h, w       int
		runs       []uint32
		compressed string
		counts     string
	}{
		{"plain", 2, 3, []uint32{1, 2, 3}, `{"size":[2,3],"counts":"123"}`, `{"size":[2,3],"counts":[1,2,3]}`},
		{"full", 2, 3, []uint32{0, 6}, `{"size":[2,3],"counts":"06"}`, `{"size":[2,3],"counts":[0,6]}`},
		{"no pixels", 0, 3, nil, `{"size":[0,3],"counts":"0"}`, `{"size":[0,3],"counts":[0]}`},
		// 12 is one group with more to follow, 48+12+32 = '\\'.
		{"backslashes", 1, 140, []uint32{44, 44, 44, 8}, `{"size":[1,140],"counts":"\\1\\1\\1lN"}`, `{"size":[1,140],"counts":[44,44,44,8]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Mask{h: tt.h, w: tt.w, runs: tt.runs}
			if got := string(m.AppendJSON([]byte("x"))); got != "x"+tt.compressed {
				t.Errorf("compressed %s, want x%s", got, tt.compressed)
			}
			if got := string(m.AppendCountsJSON([]byte("x"))); got != "x"+tt.counts {
				t.Errorf("counts %s, want x%s", got, tt.counts)
			}
			for _, text := range []string{tt.compressed, tt.counts} {
				var back Mask
				if err := json.Unmarshal([]byte(text), &back); err != nil || !back.Equal(m) {
					t.Errorf("%s: read %v, %v", text, back, err)
				}
			}
		})
	}
}

func TestJSONRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	backslashes := 0
	for range 3000 {
		m := randomMask(rng)
		// The standard library quotes the same text.
		text, _ := m.AppendText(nil)
		var quoted strings.Builder
		enc := json.NewEncoder(&quoted)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(string(text)); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`{"size":[%d,%d],"counts":%s}`, m.h, m.w, strings.TrimSpace(quoted.String()))
		if got := string(m.AppendJSON(nil)); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		backslashes += strings.Count(want, `\\`)
		marshalled, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{want, string(marshalled), string(m.AppendCountsJSON(nil))} {
			var back Mask
			if err := json.Unmarshal([]byte(form), &back); err != nil || !back.Equal(m) {
				t.Fatalf("%s: read %v, %v", form, back, err)
			}
		}
	}
	if backslashes < 1000 {
		t.Errorf("only %d backslashes in all cases", backslashes)
	}
}

func TestUnmarshalJSON(t *testing.T) {
	tests := []struct {
		name, text string
		err        string // part of the error; "" means none
	}{
		{"spaces and other keys", `{ "counts" : [ 1 , 2,3 ] , "id":7, "size" : [ 2 , 3 ] }`, ""},
		{"zero runs", `{"size":[2,3],"counts":[0,0,6]}`, ""},
		{"escaped characters", `{"size":[2,3],"counts":"\u0036"}`, ""},
		{"no pixels", `{"size":[0,0],"counts":[]}`, ""},
		{"not JSON", `{"size":`, "unexpected end"},
		{"not an object", `[1]`, "cannot unmarshal"},
		{"no size", `{"counts":[6]}`, `expected an object with "size" and "counts"`},
		{"no counts", `{"size":[2,3]}`, `expected an object with "size" and "counts"`},
		{"null", `{"size":[2,3],"counts":null}`, "counts are null"},
		{"number", `{"size":[2,3],"counts":6}`, "counts are 6"},
		{"null in list", `{"size":[2,3],"counts":[null,6]}`, "number 0 is null"},
		{"points", `{"size":[2.0,3],"counts":[0.0,6.00]}`, ""},
		{"exponents", `{"size":[2,3e0],"counts":[0,60e-1]}`, ""},
		{"fraction", `{"size":[2,3],"counts":[6.5]}`, "number 0 is 6.5"},
		{"exponent", `{"size":[2,3],"counts":[0,6e-1]}`, "number 1 is 6e-1"},
		{"large exponent", `{"size":[2,3],"counts":[0,6e9]}`, "number 1 is 6e9"},
		{"negative", `{"size":[2,3],"counts":[7,-1]}`, "number 1 is -1"},
		{"too large", `{"size":[2,3],"counts":[4294967296]}`, "number 0 is 4294967296"},
		{"list in list", `{"size":[2,3],"counts":[[6]]}`, "number 0 is [6]"},
		{"string in list", `{"size":[2,3],"counts":["6"]}`, `number 0 is "6"`},
		{"sum", `{"size":[2,3],"counts":[5]}`, "sum to 5"},
		{"size of one", `{"size":[6],"counts":[6]}`, "size has 1 numbers"},
		{"size of three", `{"size":[2,3,1],"counts":[6]}`, "size has 3 numbers"},
		{"size is a number", `{"size":6,"counts":[6]}`, "size: found 6"},
		{"size is null", `{"size":null,"counts":[6]}`, "size: found null"},
		{"size with a fraction", `{"size":[2,3.5],"counts":[6]}`, "size: number 1 is 3.5"},
		{"negative size", `{"size":[-2,3],"counts":[6]}`, "size: number 0 is -2"},
		{"huge size", `{"size":[4294967295,4294967295],"counts":[6]}`, "bad mask size"},
		{"not ASCII", `{"size":[2,3],"counts":"\u00e9"}`, "character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := Mask{h: 1, w: 1, runs: []uint32{0, 1}}
			m := before
			err := json.Unmarshal([]byte(tt.text), &m)
			if tt.err == "" {
				if err != nil || m.Equal(before) {
					t.Fatalf("mask %v, error %v", m, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want it to say %q", err, tt.err)
			}
			if !m.Equal(before) {
				t.Errorf("the mask changed to %v", m)
			}
		})
	}
}

func FuzzUnmarshalJSON(f *testing.F) {
	f.Add([]byte(`{"size":[2,3],"counts":"123"}`))
	f.Add([]byte(`{"size":[1,140],"counts":"\\1\\1\\1lN"}`))
	f.Add([]byte(`{"size":[2,3],"counts":[1,2,3]}`))
	f.Add([]byte(`{"size":[0,3],"counts":[]}`))
	f.Add([]byte(`{"size":[2,3],"counts":[null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m Mask
		err := m.UnmarshalJSON(text)
		if err != nil {
			return
		}
		checkCanonical(t, m)
		for _, form := range [][]byte{m.AppendJSON(nil), m.AppendCountsJSON(nil)} {
			var back Mask
			if err := json.Unmarshal(form, &back); err != nil || !back.Equal(m) {
				t.Fatalf("%s: read %v, %v", form, back, err)
			}
		}
		// Compare with encoding/json, where it accepts the text.
		var plain struct {
			Size   []int
			Counts any
		}
		if json.Unmarshal(text, &plain) == nil && (len(plain.Size) != 2 || plain.Size[0] != m.h || plain.Size[1] != m.w) {
			t.Fatalf("%s: size %d x %d, want %v", text, m.h, m.w, plain.Size)
		}
	})
}

// checkCanonical fails unless the runs follow the rules in the package comment.
func checkCanonical(t testing.TB, m Mask) {
	t.Helper()
	sum := uint64(0)
	for i, r := range m.runs {
		if r == 0 && (i > 0 || len(m.runs) == 1) {
			t.Fatalf("runs %v: zero at %d", m.runs, i)
		}
		sum += uint64(r)
	}
	if sum != uint64(m.h)*uint64(m.w) || errors.Is(checkSize(m.h, m.w), ErrSize) {
		t.Fatalf("runs %v sum to %d on %d x %d", m.runs, sum, m.h, m.w)
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	m := benchMask()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = m.AppendJSON(buf[:0])
	}
}
