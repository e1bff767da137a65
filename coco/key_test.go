package coco

import (
	"strings"
	"testing"
)

func TestKeyValue(t *testing.T) {
	img := func(members ...string) *Image {
		im := &Image{ID: IntID(3), FileName: `\data\p1\s 2\a.png`, Height: 5}
		for i := 0; i < len(members); i += 2 {
			im.Extra = append(im.Extra, Field{members[i], []byte(members[i+1])})
		}
		return im
	}
	for _, tc := range []struct {
		key  string
		img  *Image
		want string // absent: "-"
	}{
		{"patient", img("patient", `"A 1"`), "A 1"},
		{"patient", img("patient", `17`), "17"},
		{"patient", img("patient", `17.0`), "17"},
		{"patient", img("patient", `"17.0"`), "17.0"},
		{"patient", img("patient", `1.5`), "1.5"},
		{"patient", img("patient", `1e2`), "100"},
		{"patient", img("patient", `true`), "true"},
		{"patient", img("patient", `null`), "-"},
		{"patient", img("patient", `""`), "-"},
		{"patient", img(), "-"},
		{"id", img("id", `9`), "3"},
		{"height", img(), "5"},
		{"member:path:1", img("path:1", `"x"`), "x"},
		{"path:1", img(), "data"},
		{"path:2", img(), "p1"},
		{"path:-1", img(), "s 2"},
		{"path:-3", img(), "data"},
		{"path:-4", img(), "-"},
		{"path:dir", img(), "data/p1/s 2"},
		{"path:dir", &Image{FileName: "a.png"}, "-"},
		{"path:1", &Image{FileName: "/a.png"}, "-"},
		{"path:1", &Image{}, "-"},
	} {
		k, err := ParseKey(tc.key)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := k.Value(tc.img)
		if !ok {
			got = "-"
		}
		if got != tc.want {
			t.Errorf("%s of %s: %q, expected %q", tc.key, tc.img.Extra, got, tc.want)
		}
	}
	for _, bad := range []string{"", "path:", "path:0", "path:x"} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestKeyTableErrors(t *testing.T) {
	images := []Image{{ID: IntID(1), FileName: "p/a.png"}, {ID: IntID(2), FileName: "q/a.png", Extra: Fields{{"patient", []byte(`"x"`)}}}}
	for table, want := range map[string]string{
		"":                                "the file is empty: expected a header",
		"name,p,p\n":                      `duplicate column`,
		"name\n\xff\n":                    "not UTF-8",
		"name,p\na,1,2\n":                 "3 fields, but the header has 2",
		"name,p\na.png,1\n":               `entry 1: "a.png" fits "p/a" and "q/a"`,
		"name,p\np/a.png,1\np/a,2\n":      `"p/a.png" and "p/a", entries 1 and 2, are the same image`,
		"name,p\nz,1\n":                   `column "name" names none of the images: it begins with "z", the images with "p/a"`,
		"name,p\n":                        "the table has no rows",
		"name,patient\nq/a,y\n":           `image "q/a": its patient is "x" in the file, but "y" in the table`,
		"\ufeffimage_id,patient\n1,\n2,x": "",
	} {
		err := func() error {
			read, err := ReadKeyTable(strings.NewReader(table))
			if err != nil {
				return err
			}
			r, err := NewKeyReader(NewNames(images), read)
			if err != nil {
				return err
			}
			k, _ := ParseKey("patient")
			own, has := k.Value(&images[1])
			_, _, err = r.Value(k, 1, own, has)
			return err
		}()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, expected %s", table, err, want)
		}
	}
}
