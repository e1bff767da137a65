package demo_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/hubdata/hubdata/internal/demo"
)

func ExampleNew() {
	set := demo.New(&demo.Options{Seed: 1, Scale: demo.Full})
	fmt.Println(len(set.Tiles()), "tiles")

	var table bytes.Buffer
	if err := set.WriteTileMeta(&table); err != nil {
		log.Fatal(err)
	}
	header, _, _ := bytes.Cut(table.Bytes(), []byte("\n"))
	fmt.Printf("%s\n", header)
	// Output:
	// 7033 tiles
	// id,source_wsi,dataset,i,j
}
