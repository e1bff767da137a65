package coco_test

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

func ExampleParseKey() {
	img := &coco.Image{FileName: "p1/x/a.png", Extra: coco.Fields{{Key: "patient", Value: []byte("7.0")}, {Key: "stain", Value: []byte("null")}}}
	for _, name := range []string{"patient", "stain", "path:1", "path:-1", "path:dir", "path:3"} {
		key, err := coco.ParseKey(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		value, ok := key.Value(img)
		fmt.Printf("%s: %q %v\n", key.Name, value, ok)
	}
	_, err := coco.ParseKey("path:first")
	fmt.Println(err)
	// Output:
	// patient: "7" true
	// stain: "" false
	// path:1: "p1" true
	// path:-1: "x" true
	// path:dir: "p1/x" true
	// path:3: "" false
	// found "path:first", expected path:dir, path:1 (the first folder), path:-1 (the last) and so on
}

func ExampleNewKeyReader() {
	images := []coco.Image{{ID: coco.StringID("u1"), FileName: "p1/a.png"}, {ID: coco.StringID("u2"), FileName: "p1/b.png"}, {ID: coco.StringID("u3"), FileName: "c.png"}}
	table, err := coco.ReadKeyTable(strings.NewReader("name,hospital\np1/a.png,North\nb,South\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table.Columns())
	names := coco.NewNames(images)
	values, err := coco.NewKeyReader(names, table)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, _ := coco.ParseKey("hospital")
	for i := range images {
		own, has := key.Value(&images[i])
		value, ok, err := values.Value(key, i, own, has)
		if !ok {
			value = coco.NoValue
		}
		fmt.Println(names.Name(i), value, err)
	}
	// Output:
	// [hospital]
	// p1/a North <nil>
	// p1/b South <nil>
	// c none <nil>
}

func ExampleReadKeyTable() {
	_, err := coco.ReadKeyTable(strings.NewReader("name,patient\na.png,1\n,2\n"))
	fmt.Println(err)
	// Output: row 2 (line 3), column "name": found an empty cell, expected the name of an image
}

func ExampleNames_Resolve() {
	names := coco.NewNames([]coco.Image{{ID: coco.IntID(7), FileName: "p1/a.png"}, {ID: coco.IntID(8), FileName: "p2/a.png"}})
	found, err := names.Resolve([]string{"p2/a", "p9/z.png"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Images, found.Matched, found.ByID)
	_, err = names.Resolve([]string{"a.png"})
	fmt.Println(err)
	// Output:
	// [1 -1] 1 false
	// entry 1: "a.png" fits "p1/a" and "p2/a": use one of these names
}
