package submissioncmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
)

func TestParseEncode(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HUBDATA_DATA", dir)
	for _, tt := range []struct {
		args string
		want string // out, top, score, tiles, steps; or of the error
	}{
		{"--tiles t r.json", "submission.csv 0 0 t []"},
		{"--tiles t --top 3 --min-score 0.5 -o x.csv --post fill --dilate 2 r.json", "x.csv 3 0.5 t [fill dilate:cross:1:2]"},
		{"--tiles t --top 0 r.json", "--top: 0 is not positive"},
		{"--tiles t --min-score 2 r.json", "--min-score: 2 is not from 0 to 1"},
		{"--tiles t --dilate 1001 r.json", "--dilate: 1001 is more than 1000"},
		{"--tiles t --dilate -1 r.json", "--dilate: -1 is negative"},
		{"--tiles - -", "only one input can be standard input"},
		{"", "submission encode takes a file of predictions"},
		{"r.json", "no folder test and no sample_submission.csv in"},
	} {
		o, err := flagtest.Parse(t, encodeCommand(nil), parseEncode, strings.Fields(tt.args)...)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(o.out, " ", o.top, " ", o.minScore, " ", o.tiles.path, " ", o.post)
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%q: %s, want %s", tt.args, got, tt.want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "sample_submission.csv.gz"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if o, err := flagtest.Parse(t, encodeCommand(nil), parseEncode, "r.json"); err != nil || o.tiles.path != filepath.Join(dir, "sample_submission.csv.gz") {
		t.Errorf("%+v (%v)", o, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "test"), 0o777); err != nil {
		t.Fatal(err)
	}
	if o, err := flagtest.Parse(t, encodeCommand(nil), parseEncode, "r.json"); err != nil || o.tiles.path != filepath.Join(dir, "test") {
		t.Errorf("%+v (%v)", o, err)
	}
}

// TestEncodeSummary: only what happened has a line.
func TestEncodeSummary(t *testing.T) {
	for want, sum := range map[string]encodeSummary{
		"": {Predictions: 7},
		"dropped: 1 prediction of another class\ndropped: 2 predictions below --min-score\ndropped: 3 predictions without a pixel\ndropped: 4 predictions beyond --top\n1 tile without an instance\n": {
			OtherClass: 1, LowScore: 2, Gone: 3, BeyondTop: 4, Empty: 1},
	} {
		var text strings.Builder
		if sum.WriteText(&text); text.String() != want {
			t.Errorf("%q, want %q", text.String(), want)
		}
	}
}
