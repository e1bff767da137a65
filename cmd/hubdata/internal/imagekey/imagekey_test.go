package imagekey_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// images are of two patients, by member, folder and table; the last one has no patient and no row.
func images() []coco.Image {
	patient := func(text string) coco.Fields { return coco.Fields{{Key: "patient", Value: []byte(text)}} }
	return []coco.Image{
		{ID: coco.IntID(1), FileName: "north/a.png", Extra: patient(`"P1"`)},
		{ID: coco.IntID(2), FileName: "south/b.png", Extra: patient(`2`)},
		{ID: coco.IntID(3), FileName: "c.png", Extra: patient(`null`)},
	}
}

func console() *ui.Console { return ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard) }

// open opens a table; an empty text: none.
func open(t *testing.T, text string) (*imagekey.Table, error) {
	t.Helper()
	path := ""
	if text != "" {
		path = filepath.Join(t.TempDir(), "clinic.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return imagekey.Open(console(), path)
}

func tiles(t *testing.T, text string) *wsi.Table {
	t.Helper()
	if text == "" {
		return nil
	}
	table, err := wsi.ReadTable(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

const (
	clinic = "name,stain,patient\na,HE,P1\nb,PAS,\nc,HE,P3\n"
	meta   = "id,source_wsi,dataset,i,j\na,11,1,0,0\nb,12,2,0,0\n"
)

// TestOf reads columns of values, from the image, the table and the tiles; each image without one is counted.
func TestOf(t *testing.T) {
	for _, test := range []struct {
		key, table, tiles string
		values            string
		note              string
	}{
		{key: "patient", values: "P1 2 none", note: `1 of 3 images have no patient: the group "none"`},
		{key: "patient", table: clinic, values: "P1 2 P3"},
		{key: "stain", table: clinic, values: "HE PAS HE"},
		{key: "path:1", values: "north south none", note: `1 of 3 images have no path:1: the group "none"`},
		{key: "id", values: "1 2 3"},
		{key: "wsi", tiles: meta, values: "11 12 none", note: `1 of 3 images have no wsi: the group "none"`},
		{key: "tier", tiles: meta, values: "1 2 none", note: `1 of 3 images have no dataset: the group "none"`},
		{key: "wsi", table: "id,source_wsi\na,1\nb,1\nc,7\n", values: "1 1 7"},
	} {
		k, err := imagekey.Parse("by", test.key)
		if err != nil {
			t.Fatal(err)
		}
		table, err := open(t, test.table)
		if err != nil {
			t.Fatal(err)
		}
		list := images()
		r, err := table.Reader(imagenames.Of(list), "set.json")
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Of("by", k, list, tiles(t, test.tiles))
		if err != nil {
			t.Errorf("%s: %v", test.key, err)
			continue
		}
		if got := strings.Join(c.Values, " "); got != test.values {
			t.Errorf("%s: %q, expected %q", test.key, got, test.values)
		}
		if got := imagekey.Note(k, c.None, len(list)); got != test.note {
			t.Errorf("%s: %q, expected %q", test.key, got, test.note)
		}
		for i, v := range c.Values {
			if c.Has(i) != (v != coco.NoValue) {
				t.Errorf("%s: image %d has a value: %v", test.key, i, c.Has(i))
			}
		}
	}
}

// TestSomeImages: the values of images are those that they have among all of their file.
func TestSomeImages(t *testing.T) {
	table, err := open(t, clinic)
	if err != nil {
		t.Fatal(err)
	}
	all := images()
	r, err := table.Reader(imagenames.Names{All: coco.NewNames(all), At: []int{2, 1}}, "set.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Of("by", coco.Key{Name: "stain", Members: []string{"stain"}}, []coco.Image{all[2], all[1]}, nil)
	if err != nil || !slices.Equal(c.Values, []string{"HE", "PAS"}) {
		t.Errorf("%q, %v", c.Values, err)
	}
}

// TestValueItself: a value that is the word none is a value.
func TestValueItself(t *testing.T) {
	c := &imagekey.Column{}
	c.Add("none", true)
	c.Add("", false)
	if c.None != 1 || !c.Has(0) || c.Has(1) || c.Values[1] != coco.NoValue {
		t.Errorf("%+v", c)
	}
}

// TestErrors: each error says where, what was found and what to do.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		key, table, tiles string
		code              int
		text, hint        string
	}{
		{key: "site", code: ui.ExitUsage, text: "--by site: no image of set.json has a value of site",
			hint: "their members are id, file_name, height, width, patient; --table FILE adds the columns of a CSV"},
		{key: "site", table: clinic, code: ui.ExitUsage, text: "--by site: no image of set.json has a value of site",
			hint: "clinic.csv are stain, patient"},
		{key: "path:3", code: ui.ExitUsage, text: "--by path:3: no image of set.json has the folder path:3",
			hint: "--table FILE"},
		{key: "wsi", code: ui.ExitUsage, text: "--by wsi: no image of set.json has a value of source_wsi",
			hint: "--table tile_meta.csv adds"},
		{key: "path:0", code: ui.ExitUsage, text: `--by: found "path:0", expected path:dir`},
		{key: "patient", table: "name,patient\na,P9\n", code: ui.ExitBadData,
			text: `set.json: bad input: image "north/a": its patient is "P1" in the file, but "P9" in the table`},
		{key: "stain", table: "name,stain\na,HE\na,PAS\n", code: ui.ExitBadData, text: "clinic.csv: "},
		{key: "stain", table: "name,stain\na\n", code: ui.ExitBadData, text: "clinic.csv: "},
		{key: "wsi", tiles: "id,source_wsi,dataset,i,j\nnorth/c,1,1,0,0\nsouth/c,2,1,0,0\n", code: ui.ExitBadData,
			text: "set.json: images[2].source_wsi: bad input: found none, and the table of tiles has no unambiguous tile"},
	} {
		err := func() error {
			k, err := imagekey.Parse("by", test.key)
			if err != nil {
				return err
			}
			table, err := open(t, test.table)
			if err != nil {
				return err
			}
			list := images()
			r, err := table.Reader(imagenames.Of(list), "set.json")
			if err != nil {
				return err
			}
			_, err = r.Of("by", k, list, tiles(t, test.tiles))
			return err
		}()
		var text strings.Builder
		c := ui.NewConsole(strings.NewReader(""), io.Discard, &text)
		if err == nil {
			t.Errorf("%s: no error", test.key)
			continue
		}
		code := c.Report(t.Context(), err)
		if code != test.code || !strings.Contains(text.String(), test.text) || !strings.Contains(text.String(), test.hint) {
			t.Errorf("%s with %q: exit %d: %s", test.key, test.table, code, text.String())
		}
	}
	if _, err := imagekey.Open(console(), filepath.Join(t.TempDir(), "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a table that does not exist: %v", err)
	}
}

func TestMembers(t *testing.T) {
	if got := imagekey.Members(&images()[0]); !slices.Equal(got,
		[]string{"id", "file_name", "height", "width", "patient"}) {
		t.Errorf("%q", got)
	}
}
