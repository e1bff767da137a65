package foldscmd_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/foldscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// TestAudit audits a plan of a folder and of a COCO file without the program and its flags.
func TestAudit(t *testing.T) {
	dir := clitest.FoldsFolder(t)
	clitest.Write(t, filepath.Join(dir, "coco.csv"), []byte("id,fold\na,0\nb,1\n"))
	var stderr strings.Builder
	c := ui.NewConsole(nil, io.Discard, &stderr)
	in := &foldscmd.Input{SetOptions: folder.DefaultSetOptions(), Location: folder.Location{Dir: dir, MaxLine: wsi.DefaultMaxLine}}
	in.Datasets = flags.MustNumbers("1")
	sum, err := foldscmd.Audit(t.Context(), c, in, foldscmd.Audited{Plan: filepath.Join(dir, "some.csv")})
	if err != nil {
		t.Fatal(err)
	}
	if sum.K != 2 || len(sum.Missing) != 6 || sum.Missing[0] != "t2" || len(sum.Audit.Folds) != 2 || len(sum.Files) != 0 || !strings.Contains(stderr.String(), "6 tiles") {
		t.Errorf("%+v; remarks %q", sum, stderr.String())
	}
	var text strings.Builder
	sum.WriteText(&text)
	if lines := strings.Split(text.String(), "\n"); len(lines) < 4 || !strings.Contains(lines[0], "fold") || strings.Contains(text.String(), "wrote") {
		t.Errorf("summary %q", text.String())
	}
	in.Coco = filepath.Join(dir, "plain.json")
	if sum, err = foldscmd.Audit(t.Context(), c, in, foldscmd.Audited{Plan: filepath.Join(dir, "coco.csv")}); err != nil || sum.K != 2 || sum.Plan.First != 0 || sum.Missing != nil {
		t.Errorf("a COCO file: %+v, %v", sum, err)
	}
	if _, err = foldscmd.Audit(t.Context(), c, in, foldscmd.Audited{Plan: filepath.Join(dir, "unknown.csv")}); err == nil {
		t.Error("a plan of other images is audited")
	}
	if got := len(clitest.Tree(t, dir)); got != 11 {
		t.Errorf("%d files after the audits: %q", got, clitest.Tree(t, dir))
	}
}
