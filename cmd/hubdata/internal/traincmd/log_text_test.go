package traincmd

import (
	"strings"
	"testing"
)

// TestLogText: a log is shown the same however it is cut into writes.
func TestLogText(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"09/01 - mmengine - \x1b[4m\x1b[97mINFO\x1b[0m - loss: 0.5\n": "09/01 - mmengine - INFO - loss: 0.5\n",
		"[>  ] 1/3\r[>> ] 2/3\r\n\tdone 血é\n":                         "[>  ] 1/3\n[>> ] 2/3\n\tdone 血é\n",
		"\x1b]0;title\x07\x1b[2J\u009b31m\u202e\xff":                  `\x1b]0;title\a\x1b[2J\u009b31m\u202e\xff`,
		"ends with a part\x1b[3":                                      `ends with a part\x1b[3`,
		"ends with a byte\xe8\xa1":                                    `ends with a byte\xe8\xa1`,
		"ends with a return\r":                                        "ends with a return\n",
	} {
		for step := 1; step <= len(text)+1; step++ {
			var b strings.Builder
			l := newLogText(&b)
			for rest := text; rest != ""; {
				n := min(step, len(rest))
				if _, err := l.Write([]byte(rest[:n])); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := l.end(); err != nil || b.String() != want {
				t.Errorf("%q in steps of %d: %q, want %q; %v", text, step, b.String(), want, err)
			}
		}
	}
}
