package clitest

import "strings"

// HostileNames are what an input may give wherever it has a name, id or other text: a path out of the folder, a command,
// a format, what a terminal obeys, what a page or a table takes for its own, or what is no text. root is a folder that
// holds the one in which a run works. A name that shows control characters has [Forged] after a line end.
func HostileNames(root string) []string {
	return []string{
		"../evil", "../../evil", `..\evil`, root + "/evil", `C:\evil`, "~/evil", "a/../../evil", "sub/evil", "evil/", ".", "..", "",
		"a\x00evil", "a\n" + Forged, "evil\r" + Forged, "NUL", "con", "aux.json", "COM1", "evil.", "evil ", "-o evil", "--out=evil",
		"$(touch evil)", "`touch evil`", "a;touch evil", "%s%n", strings.Repeat("e", 300), "\xff\xfe",
		"\x1b]0;evil\x07\x1b[2J\x1b[31m", "\u009b31m\u0085\u0080\x7f", "ev\u202eli\u2066\u2069\u200e\u200f\u061c", "a\u2028b\u2029c\ufeff",
		"a\tb\vc\fd\x08e", `</text></title></script><script>alert("evil")</script><!--`, "]]>&evil;'\"\\", "=evil()",
		"a: [b, {c", "血管\u3000🙂", "\U000e0001\U000e0041",
	}
}

// Forged begins a line that a name would make if its line end were printed.
const Forged = "forged: line"
