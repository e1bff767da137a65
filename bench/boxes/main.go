//go:build unix

// Command boxes times package pseudo's BoxFuser on the boxes written by
// bench/boxes.py: boxes FILE. For every workload and method it prints the
// median processor time in seconds, the number of clusters and the sum of their
// scores.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"

	"github.com/hubdata/hubdata/pseudo"
)

const rounds = 5

type input struct {
	IoU       float64
	Skip      float64
	Methods   []string
	Workloads []struct {
		Images [][]struct {
			Boxes  []pseudo.Corners
			Scores []float64
			Labels []int64
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var in input
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	for _, w := range in.Workloads {
		models := 0
		var images [][]pseudo.Detection
		for _, image := range w.Images {
			var list []pseudo.Detection
			for m, seen := range image {
				for i, b := range seen.Boxes {
					list = append(list, pseudo.Detection{Model: m, Label: seen.Labels[i], Score: seen.Scores[i], Box: b})
				}
			}
			images, models = append(images, list), len(image)
		}
		for _, name := range in.Methods {
			method, err := pseudo.ParseMethod(name)
			if err != nil {
				return err
			}
			f, err := pseudo.NewBoxFuser(models, &pseudo.Fusion{Method: method, IoU: in.IoU, Skip: in.Skip})
			if err != nil {
				return err
			}
			var times []float64
			n, sum := 0, 0.0
			for range rounds {
				n, sum = 0, 0
				start := processorTime()
				for _, list := range images {
					clusters, _, err := f.Fuse(1, 1, list, nil)
					if err != nil {
						return err
					}
					n += len(clusters)
					for _, c := range clusters {
						sum += c.Score
					}
				}
				times = append(times, processorTime()-start)
			}
			slices.Sort(times)
			fmt.Println(times[rounds/2], n, sum)
		}
	}
	return nil
}

// processorTime returns the processor time used by this process, in seconds.
func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are constant
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
