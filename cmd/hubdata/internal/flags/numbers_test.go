package flags

import (
	"fmt"
	"testing"
)

func TestParseNumbers(t *testing.T) {
	tests := []struct {
		text string
		want string // of 0..9; "" for an error
	}{
		{"1", "[1]"},
		{"1,3", "[1 3]"},
		{"6-8", "[6 7 8]"},
		{" 1 , 3 - 4 ", "[1 3 4]"},
		{"<3", "[0 1 2]"},
		{"<=3", "[0 1 2 3]"},
		{">7", "[8 9]"},
		{">=7", "[7 8 9]"},
		{"<1,>8", "[0 9]"},
		{"<0", "[]"},
		{"5-5", "[5]"},
		{"", ""},
		{"1,", ""},
		{"x", ""},
		{"9-6", ""},
		{"-1", ""},
		{"1-", ""},
		{"<", ""},
		{"<x", ""},
		{">x", ""},
		{"<=x", ""},
		{">=x", ""},
		{"1.5", ""},
	}
	for _, tt := range tests {
		n, err := ParseNumbers(tt.text)
		got := []int{}
		for v := range 10 {
			if n.Has(v) {
				got = append(got, v)
			}
		}
		if tt.want == "" {
			if err == nil {
				t.Errorf("%q: no error, holds %v", tt.text, got)
			}
		} else if err != nil || fmt.Sprint(got) != tt.want {
			t.Errorf("%q: %v %v, want %s", tt.text, got, err, tt.want)
		}
	}
}
