package mmdet

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hubdata/hubdata/internal/process"
)

func TestLock(t *testing.T) {
	work := filepath.Join(t.TempDir(), "work", "s1")
	lock, err := TakeLock(work, Self(), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	var held *LockedError
	if _, err := TakeLock(work, Self(), false, nil); !errors.As(err, &held) || held.Elsewhere || held.Orphan {
		t.Errorf("a lock was taken twice: %v", err)
	}
	if err := lock.Started(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadLock(work); err != nil || got == nil || got.Owner.Trainer != process.Self() {
		t.Errorf("read %+v, %v", got, err)
	}
	lock.Release()
	if got, err := ReadLock(work); err != nil || got != nil {
		t.Errorf("after the release %+v, %v", got, err)
	}

	// What killed processes have left that were about to take it goes, what others have not.
	for name, stays := range map[string]bool{"s1.lock.99999999": false, "s1.lock.99999999.gone": false, "s1.lock.x": true, "s10.lock.99999999": true,
		"s1.lock." + strconv.Itoa(os.Getppid()): true} {
		path := filepath.Join(filepath.Dir(LockPath(work)), name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if lock, err = TakeLock(work, Self(), false, nil); err != nil {
			t.Fatal(err)
		}
		lock.Release()
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}

	// Of a dead owner whose training lives; of another host; of the same job elsewhere.
	self := Self()
	self.Job = "5"
	for _, c := range []struct {
		name   string
		owner  Owner
		gone   func(Owner) bool
		force  bool
		orphan bool
		far    bool
	}{
		{"training lives", Owner{ID: process.ID{PID: 99999999}, Host: self.Host, Trainer: process.Self()}, nil, false, true, false},
		{"other host", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, nil, false, false, true},
		{"other host, job known", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, func(Owner) bool { return false }, false, false, true},
		{"other host, job gone", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, func(o Owner) bool { return o.Job == "4" }, false, false, false},
		{"other host, forced", Owner{ID: process.ID{PID: 1}, Host: "far"}, nil, true, false, false},
		{"same job", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "5"}, nil, false, false, false},
		{"dead", Owner{ID: process.ID{PID: 99999999}, Host: self.Host}, nil, false, false, false},
	} {
		old, err := TakeLock(work, c.owner, true, nil)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if old.life != nil {
			old.life.Close()
		}
		lock, err := TakeLock(work, self, c.force, c.gone)
		if !c.orphan && !c.far {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			lock.Release()
			continue
		}
		if !errors.As(err, &held) || held.Orphan != c.orphan || held.Elsewhere != c.far {
			t.Errorf("%s: %v", c.name, err)
		}
		old.Release()
	}
}

// TestLockRace: of many that find a stale lock, one gets it.
func TestLockRace(t *testing.T) {
	for range 50 {
		work := filepath.Join(t.TempDir(), "s1")
		stale, err := TakeLock(work, Owner{ID: process.ID{PID: 99999999}, Host: Self().Host}, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if stale.life != nil {
			stale.life.Close()
		}
		var got atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := TakeLock(work, Self(), false, nil); err == nil {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() > 1 {
			t.Fatalf("%d have the lock", got.Load())
		}
	}
}

func TestBases(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"_base_ = 'a.py'\n", []string{"a.py"}},
		{"_base_ = \"a.py\"  # 'no.py'\nx = '_base_'\n", []string{"a.py"}},
		{"x = 1\n_base_ = [\n    '../a.py',  # it's 'no.py'\n    # 'no.py',\n    \"b.py\",\n]\ny = ['c.py']\n", []string{"../a.py", "b.py"}},
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
	dir := folder(t, map[string]string{
		"a.py":      "_base_ = ['b/b.py', 'mmdet::c.py']\n",
		"b/b.py":    "_base_ = '../d.py'\n",
		"d.py":      "_base_ = 'a.py'\n", // a circle is MMDetection's to refuse
		"broken.py": "_base_ = 'none.py'\n",
	})
	read := func() (list []Input) {
		if err := configInputs(filepath.Join(dir, "a.py"), func(in Input) { list = append(list, in) }); err != nil {
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
	if got, want := changes(before, after), []string{"config " + filepath.Join(dir, "d.py") + " has changed"}; !reflect.DeepEqual(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
	if got := changes(before[:3], after[1:]); len(got) != 3 || !strings.HasSuffix(got[1], "is new") || !strings.HasSuffix(got[2], "is gone") {
		t.Errorf("changes %q", got)
	}
	var e *InputError
	if err := configInputs(filepath.Join(dir, "broken.py"), func(Input) {}); !errors.As(err, &e) || !strings.Contains(err.Error(), "none.py: no such file, but ") {
		t.Errorf("error %v", err)
	}
}

func TestLasting(t *testing.T) {
	a := lasting([]string{"python", "-m", "torch.distributed.run", "--master_port", "1", "--rdzv_endpoint=h:2", "--nnodes", "2", "train.py"})
	if want := []string{"python", "-m", "torch.distributed.run", "--nnodes", "2", "train.py"}; !reflect.DeepEqual(a, want) {
		t.Errorf("got %q", a)
	}
}
