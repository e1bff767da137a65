package mergecmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/coco"
)

// TestIDMap restores the ids of merged files by what --id-map says.
func TestIDMap(t *testing.T) {
	dir := clitest.ShowFolder(t, 0)
	all, ids := filepath.Join(dir, "all.json"), filepath.Join(dir, "ids.json")
	in := []string{filepath.Join(dir, "coco_data/coco/ds1.json"), filepath.Join(dir, "ds3_truth.json")}
	for _, args := range [][]string{
		{"convert", "--quiet", dir},
		{"merge", "-o", all, "--renumber-images", "--id-map", ids, in[0], in[1]},
	} {
		if code, _, stderr := clitest.Hubdata(t, t.Context(), args...); code != 0 {
			t.Fatalf("%q: exit code %d: %s", args, code, stderr)
		}
	}
	type pairs [][2]int64
	var m struct {
		Sources []struct {
			Images, Annotations, Categories pairs
			Duplicates                      []int64
		}
	}
	text, err := os.ReadFile(ids)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	inverse := func(p pairs) map[int64]int64 {
		out := map[int64]int64{}
		for _, v := range p {
			out[v[1]] = v[0]
		}
		return out
	}
	old := func(m map[int64]int64, id coco.ID) coco.ID {
		n, _ := id.Int()
		return coco.IntID(m[n])
	}
	merged := clitest.DecodeFile(t, all)
	for i, s := range m.Sources {
		want := clitest.DecodeFile(t, in[i])
		images, annotations, categories := inverse(s.Images), inverse(s.Annotations), inverse(s.Categories)
		got := &coco.Dataset{Info: want.Info, Licenses: want.Licenses, Categories: want.Categories}
		for _, img := range merged.Images {
			if n, _ := img.ID.Int(); images[n] != 0 {
				img.ID = old(images, img.ID)
				got.Images = append(got.Images, img)
			}
		}
		for _, a := range merged.Annotations {
			if n, _ := a.ID.Int(); annotations[n] != 0 {
				a.ID, a.ImageID, a.CategoryID = old(annotations, a.ID), old(images, a.ImageID), categories[a.CategoryID]
				a.Extra = a.Extra[:len(a.Extra)-1] // source
				got.Annotations = append(got.Annotations, a)
			}
		}
		if len(got.Images) == 0 || len(got.Annotations) == 0 || len(s.Duplicates) > 0 {
			t.Errorf("source %d: %d images, %d annotations, %d duplicates", i, len(got.Images), len(got.Annotations), len(s.Duplicates))
		}
		var a, b bytes.Buffer
		if err := got.Encode(&a); err != nil {
			t.Fatal(err)
		}
		if err := want.Encode(&b); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("source %d: what the map restores differs from %s", i, in[i])
		}
	}
}
