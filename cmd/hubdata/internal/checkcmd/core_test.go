package checkcmd

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// parseLine parses the arguments of a command line.
func parseLine(args ...string) (o *options, err error) {
	cmd := Command(ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard))
	cmd.Action = func(ctx *cli.Context) (err error) { o, err = parse(ctx); return err }
	app := &cli.App{Commands: []*cli.Command{cmd}, Writer: io.Discard, ErrWriter: io.Discard}
	err = app.Run(append([]string{"hubdata", "check"}, args...))
	return o, err
}

func TestParse(t *testing.T) {
	o, err := parseLine("--fix", "-o", "b.json", "--severity", "warning", "--ignore", "mask-tiny,mask-near", "--ignore",
		"image-content-near", "--for", "yolo", "--tile-meta", "t.csv", "-j", "3", "a.json")
	if err != nil {
		t.Fatal(err)
	}
	want := Options{In: "a.json", TileMeta: "t.csv", Consumer: check.YOLO, Least: coco.SeverityWarning,
		Tiny: check.DefaultTiny, Near: check.DefaultNear, Workers: 3,
		Ignore: []coco.Code{"mask-tiny", "mask-near", "image-content-near"}}
	if o.In != want.In || o.TileMeta != want.TileMeta || o.Consumer != want.Consumer || o.Least != want.Least ||
		o.Tiny != want.Tiny || o.Near != want.Near ||
		o.Workers != want.Workers || !slices.Equal(o.Ignore, want.Ignore) || !o.fix || o.out != "b.json" || o.strict ||
		o.all {
		t.Errorf("options %+v", o)
	}
	for line, want := range map[string]string{
		"":                        "expected one COCO file",
		"a.json b.json":           "expected one COCO file",
		"--list a.json":           "--list takes no argument",
		"--severity bad a.json":   "--severity",
		"--ignore nothing a.json": `"nothing"`,
		"--for nobody a.json":     "--for",
		"--fix a.json":            "-o FILE",
		"-o b.json a.json":        "-o has no effect",
		"--changes c.json a.json": "--changes has no effect",
		"--tiny 0 a.json":         "--tiny",
		"--near 1.1 a.json":       "--near",
		"--near nan a.json":       "--near",
		"--tile-meta - -":         "standard input",
	} {
		_, err := parseLine(strings.Fields(line)...)
		var f *ui.Failure
		if !errors.As(err, &f) || f.Code != ui.ExitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", line, err, want)
		}
	}
}

// checked checks a file or folder of testdata.
func checked(t *testing.T, o Options) (*Subject, *Report) {
	t.Helper()
	o.In = filepath.Join(golden.Repository(t), "testdata", filepath.FromSlash(o.In))
	s, err := Read(t.Context(), ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard), o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func TestCheckFolder(t *testing.T) {
	s, r := checked(t, Options{In: "hubmap"})
	if !s.IsFolder() || len(s.Dataset.Images) != 6 || r.Images != 6 || r.Categories != 3 || r.Errors != 0 ||
		len(r.Findings) != r.Warnings+r.Notes {
		t.Errorf("folder %v, report %+v", s.IsFolder(), r)
	}
	for i := range r.Findings {
		if r.Findings[i].File != "polygons.jsonl" {
			t.Errorf("%v", r.Findings[i])
		}
	}
	if _, r := checked(t, Options{In: "hubmap", TileMeta: filepath.Join(golden.Repository(t), "testdata", "bad",
		"tiles-number.csv")}); len(r.Findings) != 1 || r.Findings[0].Code != wsi.TableInvalid || r.Findings[0].Line == 0 {
		t.Errorf("a broken table: %+v", r)
	}
}

func TestCheckFile(t *testing.T) {
	s, r := checked(t, Options{In: "bad/coco-cut.json"})
	if s.Dataset != nil || s.IsFolder() || r.Errors != 1 || r.Findings[0].Code != check.FileUnreadable {
		t.Errorf("a truncated file: %+v", r)
	}
	s, all := checked(t, Options{In: "bad/coco-ring.json", Consumer: check.MMDet3})
	if s.Dataset == nil || all.Errors == 0 || all.For == nil || all.For.Consumer != check.MMDet3 || len(all.Counts) == 0 {
		t.Fatalf("a broken outline: %+v", all)
	}
	code := all.Findings[0].Code
	_, r = checked(t, Options{In: "bad/coco-ring.json", Ignore: []coco.Code{code}})
	if slices.ContainsFunc(r.Findings, func(f coco.Finding) bool { return f.Code == code }) || r.Errors >= all.Errors &&
		r.Warnings >= all.Warnings && r.Notes >= all.Notes {
		t.Errorf("%s is not left out: %+v", code, r)
	}
	_, r = checked(t, Options{In: "bad/coco-ring.json", Least: coco.SeverityError})
	if r.Errors != all.Errors || r.Warnings != all.Warnings || len(r.Findings) != r.Errors {
		t.Errorf("errors alone: %+v", r)
	}
}

func TestFixTwice(t *testing.T) {
	s, r := checked(t, Options{In: "bad/coco-ids.json"})
	if r.Errors == 0 {
		t.Fatal("found no error")
	}
	fixed, err := s.fix()
	if err != nil {
		t.Fatal(err)
	}
	if sum := fixed.summary(); sum.Changes != len(fixed.changes) || sum.Changes == 0 || sum.Errors != 0 {
		t.Errorf("%+v", sum)
	}
	again := &Subject{Name: "again", Dataset: fixed.dataset}
	info := string(fixed.dataset.Info)
	if twice, err := again.fix(); err != nil || len(twice.changes) != 0 || string(twice.dataset.Info) != info {
		t.Errorf("fixed again: %v, %d changes", err, len(twice.changes))
	}
}

func TestWriteText(t *testing.T) {
	list := []coco.Finding{}
	for i := range 5 {
		list = append(list, coco.Finding{Code: check.MaskTiny, Severity: coco.SeverityNote,
			Place: coco.Place{Section: coco.SectionAnnotations, Index: i}, Image: "a\x1b", Reason: "it covers 3 pixels"})
	}
	r := &Report{File: "a.json", Images: 1, Notes: 5, Findings: list, Counts: check.CountCodes(list, allRules(), "")}
	for all, places := range map[bool]int{false: shownPlaces, true: 5} {
		var b strings.Builder
		(&summary{Report: r, all: all}).WriteText(&b)
		if n := strings.Count(b.String(), "it covers 3 pixels"); n != places ||
			!all != strings.Contains(b.String(), "and 2 more") || strings.Contains(b.String(), "\x1b") {
			t.Errorf("all %v: %s", all, b.String())
		}
	}
}
