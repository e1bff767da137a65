package coco

import (
	"strings"
	"testing"
)

func TestFileNameBytes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`"a/b.png"`, "a/b.png"},
		{`"caf\udce9.png"`, "caf\xe9.png"},
		{`"\udc80\udcbf\udcc0\udcff"`, "\x80\xbf\xc0\xff"},
		{`"\udcc3\udca9"`, "é"}, // as Python does
		{`"é\ud800x\udc7f\udd00"`, "é\xed\xa0\x80x\xed\xb1\xbf\xed\xb4\x80"},
		{`"\ud83d\ude00\udce9"`, "😀\xe9"},
	} {
		text := `{"images":[{"id":1,"file_name":` + tt.text + `}]}`
		d, err := Decode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := FileNameBytes(d.Images[0].FileName); got != tt.want {
			t.Errorf("%s is the file %q, want %q", tt.text, got, tt.want)
		}
		if out := string(encoded(t, d)); !strings.Contains(out, `"file_name":`+strings.NewReplacer(`\ud83d\ude00`, "😀").Replace(tt.text)) {
			t.Errorf("%s is written as %s", tt.text, out)
		}
	}
}
