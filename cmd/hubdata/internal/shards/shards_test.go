package shards

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestRanges checks that the ranges of all shards are all images, once each.
func TestRanges(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 100, 101} {
		for _, of := range []int{1, 2, 3, 7, 64, 1000} {
			next := 0
			for i := 1; i <= of; i++ {
				from, to := Shard{i, of}.Range(n)
				if from != next || to < from || to-from > n/of+1 {
					t.Fatalf("shard %d of %d of %d images: %d to %d after %d", i, of, n, from, to, next)
				}
				for at := from; at < to; at++ {
					if Of(at, n, of) != i {
						t.Fatalf("image %d of %d is in shard %d of %d, expected %d", at, n, Of(at, n, of), of, i)
					}
				}
				next = to
			}
			if next != n {
				t.Fatalf("%d shards have %d of %d images", of, next, n)
			}
		}
	}
	if from, to := (Shard{}).Range(5); from != 0 || to != 5 {
		t.Errorf("no shard: %d to %d", from, to)
	}
}

func TestList(t *testing.T) {
	there := map[int]bool{2: true, 6: true, 8: true}
	if got := List(Missing(9, there)); got != "1,3-5,7,9" {
		t.Errorf("missing %s", got)
	}
	if got := Missing(1, map[int]bool{1: true}); len(got) > 0 {
		t.Errorf("missing %v", got)
	}
}

func TestRows(t *testing.T) {
	rows := []Row{{1, 0, 0, 0, "", "", nil}, {1, 3, 0, 7, "a", "/x y.json", []byte(`[{"image_id":"é\t"}]`)}, {2, 9, 1, 0, "b", "p", []byte("[]")}}
	var text []byte
	var err error
	for _, r := range rows {
		if text, err = r.Append(text); err != nil {
			t.Fatal(err)
		}
	}
	var got []Row
	err = ReadRows(strings.NewReader(string(text)), func(r *Row) error { got = append(got, *r); return nil })
	if err != nil || len(got) != 3 || got[1].Path != "/x y.json" || got[1].First != 7 || !slices.Equal(got[1].Text, rows[1].Text) || got[2].Shard != 2 || got[2].Source != 1 {
		t.Errorf("%+v, error %v", got, err)
	}
	for _, bad := range []string{"1\t2\n", "x\t1\t1\t1\ta\tb\tc\n", "2\t1\t1\t1\ta\tb\tc\n1\t1\t1\t1\ta\tb\tc\n", "0\t1\t1\t1\ta\tb\tc\n", "1\t-1\t1\t1\ta\tb\tc\n"} {
		if err := ReadRows(strings.NewReader(bad), func(*Row) error { return nil }); !errors.Is(err, ui.ErrInput) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
	for _, r := range []Row{{Model: "a\tb"}, {Path: "a\nb"}, {Path: `a\b`}} {
		if _, err := r.Append(nil); err == nil {
			t.Errorf("%+v: no error", r)
		}
	}
}

// TestOnce checks that what is wrong with data is tried once, and what is wrong with a machine again.
func TestOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "errors.txt")
	if err := Once(path, func() error { return os.ErrPermission }); !errors.Is(err, os.ErrPermission) {
		t.Errorf("error %v", err)
	}
	cut := func() error {
		return ReadRows(strings.NewReader("1\t1\t1\t1\ta\tb\tc"), func(*Row) error { return nil })
	}
	if err := Once(path, cut); !ui.IsReadError(err) { // the sender was killed
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an error of the machine was kept")
	}
	if err := Once(path, func() error { return nil }); err != nil {
		t.Error(err)
	}
	bad := ui.Failf(ui.ExitBadData, "a.json: [3].score: found none")
	if err := Once(path, func() error { return bad }); !errors.Is(err, bad) {
		t.Errorf("error %v", err)
	}
	err := Once(path, func() error { t.Error("tried again"); return nil })
	if err == nil || !strings.Contains(err.Error(), "another worker failed: a.json: [3].score: found none") {
		t.Errorf("error %v", err)
	}
}
