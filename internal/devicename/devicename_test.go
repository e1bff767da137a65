package devicename

import "testing"

func TestIs(t *testing.T) {
	for name, expected := range map[string]bool{
		"con": true, "CON": true, "nul.txt": true, "con.json": true, "Aux.tar.gz": true, "prn ": true, "nul .png": true,
		"com1": true, "LPT9.png": true, "COM²": true, "conout$": true,
		"": false, "console": false, "a.con": false, "com": false, "com10": false, "nul_txt": false, "_nul.txt": false, "auxiliary.json": false,
	} {
		if Is(name) != expected {
			t.Errorf("Is(%q) = %v", name, !expected)
		}
	}
}
