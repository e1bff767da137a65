package run

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestBases(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"_base_ = 'a.py'\n", []string{"a.py"}},
		{"_base_ = \"a.py\"  # 'no.py'\nx = '_base_'\n", []string{"a.py"}},
		{"x = 1\n_base_ = [\n    '../a.py',  # it's 'no.py'\n    # 'no.py',\n    \"b.py\",\n]\ny = ['c.py']\n",
			[]string{"../a.py", "b.py"}},
		{"_base_ = ('a.py', 'b.py')\n", []string{"a.py", "b.py"}},
		{"_base_ = 'mmdet::x/y.py'\n", []string{"mmdet::x/y.py"}},
		{"_base_ = '{{ fileDirname }}/a.py'\n", []string{"/d/a.py"}},
		{`{"_base_": ["a.json", "b.json"], "x": 1}`, []string{"a.json", "b.json"}},
		{"_base_: a.yaml\nx: 1\n", []string{"a.yaml"}},
		{"_base_:\n  - a.yaml\n  - 'b.yaml'\nx: 1\n", []string{"a.yaml", "b.yaml"}},
		{"x = dict(_base_='no.py')\n", nil},
		{"_base_ =", nil},
	} {
		if got := bases(c.text, "/d"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestConfigInputs(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.py":      "_base_ = ['b/b.py', 'mmdet::c.py']\n",
		"b/b.py":    "_base_ = '../d.py'\n",
		"d.py":      "_base_ = 'a.py'\n", // MMDetection reports the cycle
		"broken.py": "_base_ = 'none.py'\n",
	})
	read := func() (list []input) {
		if err := configInputs(filepath.Join(dir, "a.py"), func(in input) { list = append(list, in) }); err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := read()
	if len(before) != 4 {
		t.Errorf("inputs %+v", before)
	}
	if err := os.WriteFile(filepath.Join(dir, "d.py"), []byte("x = 2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	after := read()
	if got, want := changes(before, after), []string{"config " + filepath.Join(dir, "d.py") +
		" has changed"}; !reflect.DeepEqual(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
	if got := changes(before[:3], after[1:]); len(got) != 3 || !strings.HasSuffix(got[1], "is new") ||
		!strings.HasSuffix(got[2], "no longer exists") {
		t.Errorf("changes %q", got)
	}
	var e *InputError
	if err := configInputs(filepath.Join(dir, "broken.py"), func(input) {}); !errors.As(err, &e) ||
		!strings.Contains(err.Error(), "none.py: no such file, but ") {
		t.Errorf("error %v", err)
	}
}

func TestLasting(t *testing.T) {
	a := stableArgs([]string{"python", "-m", "torch.distributed.run", "--master_port", "1", "--rdzv_endpoint=h:2",
		"--nnodes", "2", "train.py"})
	if want := []string{"python", "-m", "torch.distributed.run", "--nnodes", "2", "train.py"}; !reflect.DeepEqual(a,
		want) {
		t.Errorf("got %q", a)
	}
}
