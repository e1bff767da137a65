package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func TestPythonVersion(t *testing.T) {
	for from, want := range map[string]string{
		"0.1.0": "0.1.0", "0.2.0-dev": "0.2.0.dev0", "1.0.0-rc.2": "1.0.0rc2", "1.0.0-beta": "1.0.0b0", "1.0-odd": "", "v1.0": "", "1.0+x": "",
	} {
		if got, err := pythonVersion(from); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: found %q, %v, expected %q", from, got, err, want)
		}
	}
}

// TestWheel reads a wheel back: every member but the list is in the list, with its size before its bytes, the program
// can be run, and the module has the version. The same program gives the same bytes.
func TestWheel(t *testing.T) {
	t.Chdir("../..")
	p := &program{version: "0.2.0-dev", os: "windows", arch: "amd64", binary: bytes.Repeat([]byte("program"), 1000),
		time: time.Date(2026, 11, 28, 13, 57, 44, 0, time.UTC)}
	name, text, err := p.wheel([]byte("licences"), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if name != "hubdata-0.2.0.dev0-py3-none-win_amd64.whl" {
		t.Errorf("name %s", name)
	}
	if _, again, err := p.wheel([]byte("licences"), []byte("{}")); err != nil || !bytes.Equal(again, text) {
		t.Errorf("a second wheel differs: %v", err)
	}
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		members[f.Name] = string(content)
		if f.Flags&0x8 != 0 {
			t.Errorf("%s: its size comes after its bytes", f.Name)
		}
		if !f.Modified.Equal(p.time) {
			t.Errorf("%s: time %v", f.Name, f.Modified)
		}
		if script := f.Name == "hubdata-0.2.0.dev0.data/scripts/hubdata.exe"; script != (f.Mode()&0o111 != 0) {
			t.Errorf("%s: mode %v", f.Name, f.Mode())
		}
	}
	const info = "hubdata-0.2.0.dev0.dist-info/"
	for name, content := range members {
		row := fmt.Sprintf(",%d\n", len(content))
		if name == info+"RECORD" {
			row = "RECORD,,\n"
		}
		if !strings.Contains(members[info+"RECORD"], name) || !strings.Contains(members[info+"RECORD"], row) {
			t.Errorf("RECORD has no %s with %q", name, row)
		}
	}
	if got := members["hubdata/_version.py"]; !strings.Contains(got, "\n__version__ = \"0.2.0.dev0\"\n") {
		t.Errorf("_version.py is %s", got)
	}
	for _, name := range []string{"hubdata/__init__.py", "hubdata/py.typed", info + "METADATA", info + "licenses/LICENSE"} {
		if _, ok := members[name]; !ok {
			t.Errorf("no %s", name)
		}
	}
	if !strings.Contains(members[info+"WHEEL"], "\nTag: py3-none-win_amd64\n") {
		t.Errorf("WHEEL is %s", members[info+"WHEEL"])
	}
}

// TestWheelTags wants a wheel for each target of release/build.sh.
func TestWheelTags(t *testing.T) {
	text, err := os.ReadFile("../build.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "targets=${TARGETS:-")
	list, _, _ = strings.Cut(list, "}")
	if n := len(strings.Fields(list)); n != len(wheelTags) {
		t.Errorf("%d targets, %d tags", n, len(wheelTags))
	}
	for target := range strings.FieldsSeq(list) {
		if wheelTags[target] == "" {
			t.Errorf("no tag for %s", target)
		}
	}
}
