package files

import (
	"strings"
	"testing"
)

// TestNotDevice: on Windows, no output is named like a device, whatever its folder and suffix.
func TestNotDevice(t *testing.T) {
	for path, device := range map[string]bool{
		"con.json": true, `out\Aux.csv.gz`: true, "out/lpt1": true, "nul.txt": true, "C:prn": true, `C:\data\COM1.json`: true, "con:stream": true, "./nul": true,
		"nul": false, "NUL": false, "console.json": false, `con\all.json`: false, "all.con": false, "com.json": false, "": false,
	} {
		err := notDevice("windows", path)
		if (err != nil) != device || device && !strings.Contains(err.Error(), "Windows takes") {
			t.Errorf("%q: %v", path, err)
		}
		if err := notDevice("linux", path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}
