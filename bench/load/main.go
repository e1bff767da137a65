// Command load times coco.Decode with Index: load FILE [REPEAT] prints the
// median time in seconds and the number of annotations, as bench/load_ref.py
// does for pycocotools.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/hubdata/hubdata/coco"
)

func main() {
	repeat := 3
	if len(os.Args) > 2 {
		repeat, _ = strconv.Atoi(os.Args[2])
	}
	var times []float64
	annotations := 0
	for range max(repeat, 1) {
		start := time.Now()
		var err error
		if annotations, err = load(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		times = append(times, time.Since(start).Seconds())
	}
	slices.Sort(times)
	fmt.Println(times[len(times)/2], annotations)
}

func load(path string) (annotations int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // only read
	ds, err := coco.Decode(f)
	if err != nil {
		return 0, err
	}
	ds.Index()
	return len(ds.Annotations), nil
}
