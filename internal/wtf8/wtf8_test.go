package wtf8

import (
	"strconv"
	"testing"
)

func TestSurrogate(t *testing.T) {
	for r := rune(0xd800); r <= 0xdfff; r++ {
		s := string([]byte{0xe0 | byte(r>>12), 0x80 | byte(r>>6)&0xbf, 0x80 | byte(r)&0xbf})
		if half, ok := Surrogate(s + "x"); half != r || !ok {
			t.Fatalf("%x: got %x, %v", r, half, ok)
		}
		if at, half := Next("\xed\u7fff\ud7ff\xed" + s); at != 8 || half != r {
			t.Fatalf("%x: got %x at %d", r, half, at)
		}
	}
	for _, s := range []string{"", "a", "\xed", "\xed\xb3", "\ud7ff", "\ue000", "\xed\xb3z"} {
		if _, ok := Surrogate(s); ok {
			t.Errorf("%q is no surrogate", s)
		}
		if at, _ := Next(s); at >= 0 {
			t.Errorf("%q has no surrogate", s)
		}
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"caf\xed\xb3\xa9.png":          `"caf\udce9.png"`,
		"\xed\xb3\xa9\"\xed\xa0\x80\n": `"\udce9\"\ud800\n"`,
		"caf\xe9\xed\xb3":              `"caf\xe9\xed\xb3"`,
	} {
		if got := Quote(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
	for _, s := range []string{"", `a\udce9 "b"`, "café 血管\x1b\u202e\ufffd"} {
		if got := Quote(s); got != strconv.Quote(s) {
			t.Errorf("%q: got %s", s, got)
		}
	}
}
