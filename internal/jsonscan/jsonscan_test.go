package jsonscan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// tree reads any value with the cursor and returns it in the form of
// encoding/json.
func tree(c *Cursor) (any, error) {
	switch c.Peek() {
	case '{':
		m := map[string]any{}
		err := c.Object(func(key []byte) error {
			v, err := tree(c)
			m[string(key)] = v
			return err
		})
		return m, err
	case '[':
		l := []any{}
		err := c.Array(func(i int) error {
			if i != len(l) {
				return errors.New("wrong index")
			}
			v, err := tree(c)
			l = append(l, v)
			return err
		})
		return l, err
	case '"':
		s, err := c.String()
		return string(s), err
	case 't', 'f':
		return c.Bool()
	case 'n':
		if !c.Null() {
			return nil, c.Unexpected("a value")
		}
		return nil, nil
	}
	return c.Float()
}

func depth(text []byte) int {
	d, most := 0, 0
	for _, b := range text {
		switch b {
		case '[', '{':
			d++
			most = max(most, d)
		case ']', '}':
			d--
		}
	}
	return most
}

// check compares the cursor with encoding/json on one text.
func check(t *testing.T, text []byte) {
	t.Helper()
	if depth(text) > maxDepth {
		return // encoding/json accepts up to 10,000 levels
	}
	want := json.Valid(text) && utf8.Valid(text)
	finite := AppendFinite(nil, text)
	c := New(text)
	raw, err := c.Raw()
	if err == nil {
		err = c.End()
	}
	if valid := json.Valid(finite) && utf8.Valid(text); (err == nil) != valid {
		t.Fatalf("Skip of %q: error %v, want valid %v", text, err, valid)
	}
	if err == nil && HasNonFinite(text) == want {
		t.Fatalf("%q has numbers that are not finite: %v, want %v", text, !want, want)
	}
	var syntax *SyntaxError
	if err != nil && !errors.As(err, &syntax) {
		t.Fatalf("Skip of %q: error of type %T", text, err)
	}
	if err != nil && (syntax.Offset < 0 || syntax.Offset > int64(len(text))) {
		t.Fatalf("Skip of %q: offset %d", text, syntax.Offset)
	}
	var wantTree any
	jerr := json.Unmarshal(text, &wantTree)
	c = New(text)
	got, terr := tree(c)
	if terr == nil {
		terr = c.End()
	}
	// Both reject numbers that are valid but beyond the range of float64.
	if (terr == nil) != (want && jerr == nil) {
		t.Fatalf("reading %q: error %v, want valid %v (%v)", text, terr, want, jerr)
	}
	if got, distinct := replaced(got); terr == nil && distinct && !reflect.DeepEqual(got, wantTree) {
		t.Fatalf("reading %q: %v, want %v", text, got, wantTree)
	}
	if want && strings.TrimSpace(string(raw)) != strings.Trim(string(text), " \n\r\t") {
		t.Fatalf("Raw of %q: %q", text, raw)
	}
	// For a list of numbers, the special readers must agree with the general
	// one.
	list := New(text)
	n, err := list.SkipNumbers()
	if err == nil {
		err = list.End()
	}
	floats, ferr := New(text).AppendFloats(nil)
	values, isList := wantTree.([]any)
	allNumbers := want && isList
	for _, v := range values {
		if _, ok := v.(float64); !ok {
			allNumbers = false
		}
	}
	if jerr == nil && want && (err == nil) != allNumbers {
		t.Fatalf("SkipNumbers of %q: error %v", text, err)
	}
	if allNumbers && jerr == nil && (n != len(values) || len(floats) != len(values) || ferr != nil) {
		t.Fatalf("%q: skipped %d, read %d numbers (%v), want %d", text, n, len(floats), ferr, len(values))
	}
}

// replaced returns a tree as encoding/json reads it: with U+FFFD for a surrogate without
// its other half. It reports false if that makes two names of an object equal. Strings
// are written and read again on the way.
func replaced(v any) (out any, distinct bool) {
	distinct = true
	switch v := v.(type) {
	case string:
		again, err := New(AppendString(nil, v)).String()
		if err != nil || string(again) != v {
			return fmt.Errorf("%q was written and read as %q: %v", v, again, err), true
		}
		var out strings.Builder
		for i := 0; i < len(v); {
			if _, ok := wtf8.Surrogate(v[i:]); ok {
				out.WriteRune(utf8.RuneError)
				i += wtf8.Length
				continue
			}
			out.WriteByte(v[i])
			i++
		}
		return out.String(), true
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var ok bool
			list[i], ok = replaced(v[i])
			distinct = distinct && ok
		}
		return list, distinct
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			name, _ := replaced(key)
			value, ok := replaced(value)
			distinct = distinct && ok
			out[name.(string)] = value
		}
		return out, distinct && len(out) == len(v)
	}
	return v, true
}

var texts = []string{
	`{"\udce9":"\udcea\ud800"}`, `{"a":NaN,"b":[-Infinity,"NaN\"Infinity"],"c":Infinity}`, `NaNx`, `--Infinity`,
	`[1,NaN,1]`, `Nan`,
	``, ` `, `0`, `-0`, `00`, `01`, `-01`, `1.`, `.5`, `1.5`, `1e5`, `1E+5`, `1e`, `1e-`, `-`, `+1`, `1e308`, `1e309`,
	`-1e999`, `1e-999`,
	`123456789012345678901234567890`, `0.1`, `2.5e-8`, `702.1057499999998`, `9007199254740993`, `9007199254740992.5`,
	`[1,2,3]`, `[1,2,3`, `[1,2,]`, `[1 2]`, `[,]`, `[01,2,3,4,5,6]`, `[1.2.3,4,5,6,7]`, `[1..2,3,4,5]`, `[12345678,1,1,1]`,
	`[1234567,1,1,1]`,
	`[239.97,260.24,222.04,270.49]`, `[239.97, 260.24, 222.04, 270.49]`, `[ 1 , 2 ]`, `[-1,-2.5,3]`, `[0.5,00.5,1,1]`,
	`[0,0,0,0,0,0,0,0]`,
	`[1,"a",2,3,4,5,6]`, `[1,[2],3,4,5,6,7,8]`, `[1, ,2,3,4,5,6,7]`, `[1,2,3,4,5,6,7,8,]`, `[1,2,3,4,5,6,7,8} `,
	`[1.,2,3,4,5,6,7]`, `[1:2,3,4,5]`,
	`""`, `"a`, `"a\n"`, `"a` + "\n" + `"`, `"\u00e9\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`,
	`"\ude00\ud83d"`, `"\u12"`, `"\u12G4"`, `"\x"`, `"\`,
	`"\"\\\/\b\f\n\r\t"`, `"é😀"`, "\"\xff\"", "\"abcdefgh\xc3\"", "\"abcdefg\x01\"", "\"\xed\xa0\x80\"", "\"\x7f\"",
	`"abcdefghijklmnop"`, `"abcdefg"x`,
	`{}`, `{"a":1}`, `{"a":1,}`, `{"a" 1}`, `{"a":}`, `{a:1}`, `{"a":1,"b":{"c":[]}}`, `{"a":1 "b":2}`, `{"a":1`, `{,}`,
	`{"\u0061":1}`, `{"a":1]`,
	`true`, `false`, `null`, `tru`, `nullx`, `[true,false,null]`, `NaN`, `[NaN]`, `[Infinity]`, `[-Infinity]`, `1 2`,
	`{} x`,
	"\ufeff{}", " \t\r\n[ ] ", "\x00", `[`, `]`, `[]]`, `[[[[]]]]`, `[[1,2],[3.5,4]]`, `{"a":[1,2,3,4,5,6,7,8,9,10]}`,
}

func TestAgainstEncodingJSON(t *testing.T) {
	for _, text := range texts {
		t.Run(strconv.Quote(text), func(t *testing.T) { check(t, []byte(text)) })
	}
}

func FuzzCursor(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { check(t, text) })
}

// FuzzNumber compares single numbers with strconv. The numbers are in a list,
// so that the fast paths are used.
func FuzzNumber(f *testing.F) {
	for _, n := range []string{"0", "12", "239.97", "1e5", "-0", "-0.0", "0.1", "1234567", "123.4567", "64.00", "1e0",
		"-1.0", "9007199254740991.0", "9007199254740992.0", "6.45e1", "64.5", "1e-1", "00", "1.2.3", "9223372036854775807",
		"-9223372036854775808", "9223372036854775808"} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n string) {
		if !json.Valid([]byte(n)) || n[0] != '-' && !isDigit(n[0]) || strings.TrimSpace(n) != n {
			return
		}
		want, perr := strconv.ParseFloat(n, 64)
		for _, text := range []string{"[" + n + "]", "[" + n + ",1,1,1,1]", "[ " + n + " , 1 ]"} {
			got, err := New([]byte(text)).AppendFloats(nil)
			if (err == nil) != (perr == nil) {
				t.Fatalf("%q: error %v, want %v", text, err, perr)
			}
			if err == nil && math.Float64bits(got[0]) != math.Float64bits(want) {
				t.Fatalf("%q: %v, want %v", text, got[0], want)
			}
		}
		wantInt, ierr := strconv.ParseInt(n, 10, 64)
		whole, point, err := New([]byte(n)).Whole()
		switch {
		case ierr == nil && (err != nil || point || whole != wantInt):
			t.Fatalf("%q as a whole number: %v, %v, %v, want %v", n, whole, point, err, wantInt)
		case ierr != nil && strings.ContainsAny(n, ".eE") &&
			(err == nil) != (perr == nil && want == math.Trunc(want) && math.Abs(want) < 1<<53):
			t.Fatalf("%q as a whole number: %v, %v, want that of %v", n, whole, err, want)
		case ierr != nil && err == nil && (!point || float64(whole) != want):
			t.Fatalf("%q as a whole number: %v, %v, want %v", n, whole, point, want)
		}
		if got, err := New([]byte(n)).Int(); (err == nil) != (ierr == nil) || err == nil && got != wantInt {
			t.Fatalf("%q: %v, %v, want %v, %v", n, got, err, wantInt, ierr)
		}
	})
}

func TestErrors(t *testing.T) {
	read := map[string]func(c *Cursor) error{
		"skip":   func(c *Cursor) error { return c.Skip() },
		"int":    func(c *Cursor) error { _, err := c.Int(); return err },
		"whole":  func(c *Cursor) error { _, _, err := c.Whole(); return err },
		"float":  func(c *Cursor) error { _, err := c.Float(); return err },
		"string": func(c *Cursor) error { _, err := c.String(); return err },
		"object": func(c *Cursor) error { return c.Object(func([]byte) error { return c.Skip() }) },
		"bool":   func(c *Cursor) error { _, err := c.Bool(); return err },
	}
	tests := []struct {
		name, read, text, want string
	}{
		{"not a number", "float", `NaN`,
			"byte 100: found NaN, which is not valid JSON (Python's json module writes it for numbers that are not finite), expected a number"},
		{"minus infinity", "float", `-Infinity`,
			"byte 100: found -Infinity, which is not valid JSON (Python's json module writes it for numbers that are not finite), expected a number"},
		{"cut list", "skip", `[1, 2`, "byte 105: found the end of the text, expected ',' or ']'"},
		{"cut string", "skip", `"abc`, "byte 104: found the end of the text, expected the closing quote of a string"},
		{"cut escape", "skip", `"\u00`, "byte 105: found the end of the text, expected the rest of an escape"},
		{"escape", "skip", `"\q"`, `byte 101: found the escape "\\q", expected one of \" \\ \/ \b \f \n \r \t \u0000`},
		{"leading zero", "skip", `012`, "byte 100: found a number with a leading zero, expected a value"},
		{"float for int", "int", `1.0`,
			"byte 100: found the number 1.0, expected an integer without decimal point or exponent"},
		{"fraction", "whole", `64.5`, "byte 100: found the number 64.5, expected an integer"},
		{"big whole", "whole", `1e300`,
			"byte 100: found the number 1e300, expected an integer, or a whole number below 2^53"},
		{"string for int", "int", `"1"`, "byte 100: found a string, expected an integer"},
		{"big int", "int", `9223372036854775808`,
			"byte 100: found the number 9223372036854775808, expected a 64-bit integer"},
		{"big float", "float", `1e309`,
			"byte 100: found the number 1e309, expected a number within the range of float64 (below 1.8e308)"},
		{"list for object", "object", `[]`, "byte 100: found a list, expected an object"},
		{"number for string", "string", `-5`, "byte 100: found the number -5, expected a string"},
		{"word", "bool", ` nope`, "byte 101: found nope, expected true or false"},
		{"control character", "skip", "\"a\nb\"",
			`byte 102: found the control character 0x0a, expected an escape sequence such as \n inside a string`},
		{"not UTF-8", "skip", "\"a\xe9b\"", "byte 102: found byte 0xe9, which is not UTF-8, expected UTF-8 text"},
		{"no quotes", "skip", `{a: 1}`, "byte 101: found a, expected a member name in quotes"},
		{"single quotes", "skip", `{'a': 1}`, `byte 101: found '\'', expected a member name in quotes`},
		{"trailing comma", "skip", `{"a": 1,}`, "byte 108: found '}', expected a member name in quotes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Cursor
			c.Reset([]byte(tt.text), 100)
			err := read[tt.read](&c)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v\nwant  %v", err, tt.want)
			}
			if cut := strings.Contains(tt.want, "the end of the text"); errors.Is(err, io.ErrUnexpectedEOF) != cut {
				t.Errorf("io.ErrUnexpectedEOF: %v, want %v", !cut, cut)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	for _, open := range []string{"[", `{"a":`} {
		end := map[string]string{"[": "]", `{"a":`: "}"}[open]
		nest := func(n int) *Cursor {
			return New([]byte(strings.Repeat(open, n) + "1" + strings.Repeat(end, n)))
		}
		if err := nest(maxDepth).Skip(); err != nil {
			t.Errorf("%d levels of %s: %v", maxDepth, open, err)
		}
		if err := nest(maxDepth + 1).Skip(); err == nil {
			t.Errorf("%d levels of %s: no error", maxDepth+1, open)
		}
		if err := nest(1e6).Skip(); err == nil {
			t.Errorf("a million levels of %s: no error", open)
		}
	}
}
