package ui

import (
	"errors"
	"strings"
	"testing"
)

func TestFprintf(t *testing.T) {
	type named string
	for _, tt := range []struct {
		format string
		args   []any
		want   string
	}{
		{"a\tb\n", nil, "a\tb\n"},
		{"%s %v|%d %.1f %5d|\n", []any{"x\n", "\x1b[m", 3, 0.25, 7}, `x\n \x1b[m|3 0.2     7|` + "\n"},
		{"%q %q", []any{"x\n", "\u202e"}, `"x\n" "\u202e"`},
		{"%v %s", []any{errors.New("a\rb"), named("\t")}, `a\rb \t`},
		{"%v %+v", []any{[]string{"a\x07"}, struct{ A string }{"\u2028"}}, `[a\a] {A:\u2028}`},
		{"%-4s|%4s|%*s|%.2s", []any{"\n", "é", 3, "x", "abc"}, `\n  |   é|  x|ab`},
		{"%v %v %x", []any{nil, true, "ab"}, "<nil> true 6162"},
	} {
		var b strings.Builder
		Fprintf(&b, tt.format, tt.args...)
		if b.String() != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.format, tt.args, b.String(), tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	for align, want := range map[Align]string{
		Right: "  tile   n\n  血管  10\n   a\\n   3 wide\n",
		Left:  "tile  n   \n血管  10  \na\\n   3   wide\n",
	} {
		var b strings.Builder
		tw := NewTable(&b, align)
		Fprintf(tw, "tile\tn\t\n")
		Fprintf(tw, "%s\t%d\t\n", "血管", 10)
		Fprintf(tw, "%s\t%d\t", "a\n", 3)
		if align == Right {
			Fprintf(tw, " ")
		}
		Fprintf(tw, "wide\n")
		if err := tw.Flush(); err != nil || b.String() != want {
			t.Errorf("%v: %q, want %q; %v", align, b.String(), want, err)
		}
	}
}
