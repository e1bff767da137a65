package checkcmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/coco"
)

// listed is what --json says of findings.
type listed struct {
	Errors int
	Counts []struct {
		Code  coco.Code
		Count int
	}
	Findings []coco.Finding
	Unlisted map[coco.Code]int
}

// TestCheckManyFindings: all findings are counted, the first 10,000 of each code are listed, and the report says how many
// are not.
func TestCheckManyFindings(t *testing.T) {
	const n = 10123
	var outlines, annotations strings.Builder
	for i := range n {
		fmt.Fprintf(&outlines, `{"id":"t%d","annotations":[]}`+"\n", i)
		fmt.Fprintf(&annotations, `,{"id":%d,"image_id":7,"category_id":1,"bbox":[0,0,5,5],"area":25,"iscrowd":0}`, i+1)
	}
	dir := clitest.Folder(t, map[string]string{
		"tile_meta.csv":  "id,source_wsi,dataset,i,j\na,1,3,0,0\n",
		"polygons.jsonl": outlines.String(),
		"all.json": `{"images":[{"id":1,"file_name":"a.png","height":9,"width":9}],"categories":[{"id":1,"name":"x"}],"annotations":[` +
			annotations.String()[1:] + `]}`,
	})
	for _, tt := range []struct {
		in, last string
		code     coco.Code
	}{
		{dir, "line 10000, ", "outline-invalid"},
		{filepath.Join(dir, "all.json"), "annotations[9999]", "image-unknown"},
	} {
		sarif := filepath.Join(t.TempDir(), "check.sarif")
		code, text, stderr := clitest.Hubdata(t, t.Context(), "check", "--json", "--sarif", sarif, tt.in)
		var r listed
		if err := json.Unmarshal([]byte(text), &r); err != nil || code != 3 {
			t.Fatalf("%s: exit code %d, %v: %s", tt.in, code, err, stderr)
		}
		last, of, count := "", 0, 0
		for _, row := range r.Counts {
			if row.Code == tt.code {
				count = row.Count
			}
		}
		for _, f := range r.Findings {
			if f.Code == tt.code {
				last, of = f.String(), of+1
			}
		}
		if r.Errors < n || count != n || of != 10000 || r.Unlisted[tt.code] != n-10000 || !strings.Contains(last, tt.last) {
			t.Errorf("%s: %d errors, counts %+v, %d of %s listed, the last %s, unlisted %v", tt.in, r.Errors, r.Counts, of, tt.code, last, r.Unlisted)
		}
		var log struct {
			Runs []struct {
				Results    []struct{}
				Properties listed
			}
		}
		if data, err := os.ReadFile(sarif); err != nil || json.Unmarshal(data, &log) != nil || len(log.Runs) != 1 {
			t.Fatal(err)
		}
		if run := log.Runs[0]; len(run.Results) != len(r.Findings) || run.Properties.Unlisted[tt.code] != n-10000 {
			t.Errorf("%s: SARIF of %d results, unlisted %v", tt.in, len(run.Results), run.Properties.Unlisted)
		}
		if _, text, _ := clitest.Hubdata(t, t.Context(), "check", "--all", tt.in); !strings.Contains(text, "\n   and 123 more\n") {
			t.Errorf("--all of %s does not say what it leaves out", tt.in)
		}
		if _, text, _ := clitest.Hubdata(t, t.Context(), "check", tt.in); !strings.Contains(text, "\n   and 10,120 more\n") {
			t.Errorf("%s does not say what it leaves out", tt.in)
		}
	}
}
