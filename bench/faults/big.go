//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A bigCommand is a command that reads a large results file.
type bigCommand struct {
	args  string
	limit uint64 // memory limit in bytes; 0: the command holds its input in memory and is only measured
}

// bigFile has commands read a results file of l.big bytes, with 100 predictions per
// tile, and reports the peak memory of each. Commands that hold their input in memory
// get a tenth of the file.
func bigFile(l *lab) {
	l.bigFile(l.big, []bigCommand{
		{"pseudo IN --thr 0.5 --model m=IN/results.json --images IN/tile_meta.csv -o OUT/p.json --quiet", 1 << 30},
		{"submission encode --tiles IN/tile_meta.csv -o OUT/s.csv --quiet IN/results.json IN", 1 << 30},
		{"submission check --tiles IN/tile_meta.csv OUT/s.csv", 1 << 30},
		{"submission decode -o OUT/r.json --quiet OUT/s.csv", 1 << 30},
	})
	l.bigFile(l.big/10, []bigCommand{{"eval --quiet IN/truth.json IN/results.json", 0}})
}

func (l *lab) bigFile(least int64, commands []bigCommand) {
	if least == 0 {
		return
	}
	dir := filepath.Join(l.dir, "big")
	must(os.RemoveAll(dir))
	must(os.MkdirAll(dir, 0o777))
	defer func() { _ = os.RemoveAll(dir) }()
	tiles, size := l.makeBig(dir, least)
	l.fresh()
	upon := fmt.Sprintf("%.1f GB, %d tiles, %d predictions", float64(size)/1e9, tiles, tiles*100)
	for _, c := range commands {
		out := filepath.Join(l.dir, "out")
		cmd := l.start(&command{args: strings.Fields(c.args)}, dir, out, nil)
		start := time.Now()
		cmd.Cancel = nil // it takes a long time
		must(cmd.Start())
		_ = cmd.Wait()
		took := time.Since(start)
		usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		peak := uint64(usage.Maxrss) << 10
		name := "`" + strings.Join(strings.Fields(c.args)[:min(2, strings.Count(c.args, " "))], " ") + "`"
		if code(cmd) != 0 || c.limit > 0 && peak > c.limit {
			l.fault("%s: exit code %d, %d MB: %s", c.args, code(cmd), peak>>20, cmd.Stderr)
		}
		written := ""
		if total, _ := readNames(out).size(out); total > 0 {
			written = fmt.Sprintf("; %d MB written so far", total>>20)
		}
		l.row("a large results file: "+name, upon, 1, "peak memory %d MB, %.0f s%s", peak>>20, took.Seconds(), written)
	}
}

// makeBig writes a table of tiles, at least the given number of bytes of results with masks from the demo's
// models, and a matching file of ground truth.
func (l *lab) makeBig(dir string, least int64) (tiles int, size int64) {
	text, err := os.ReadFile(filepath.Join(l.data, "predictions", "vit.segm.json"))
	must(err)
	var pool []json.RawMessage
	must(json.Unmarshal(text, &pool))
	var rests [][]byte // of the records, after the image id
	for _, r := range pool {
		if _, rest, ok := bytes.Cut(r, []byte(",")); ok {
			rests = append(rests, rest)
		}
	}
	create := func(name string) (*bufio.Writer, func()) {
		f, err := os.Create(filepath.Join(dir, name))
		must(err)
		w := bufio.NewWriterSize(f, 1<<20)
		return w, func() { must(w.Flush()); must(f.Close()) }
	}
	table, closeTable := create("tile_meta.csv")
	results, closeResults := create("results.json")
	truth, closeTruth := create("truth.json")
	fmt.Fprint(table, "id,source_wsi,dataset,i,j\n")
	fmt.Fprint(truth, `{"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[],"images":[`)
	separator, at := "[\n", 0
	for size < least {
		tiles++
		fmt.Fprintf(table, "%012x,1,3,%d,%d\n", tiles, tiles%1000*512, tiles/1000*512)
		if tiles > 1 {
			fmt.Fprint(truth, ",")
		}
		fmt.Fprintf(truth, `{"id":%d,"file_name":"%012x.tif","height":512,"width":512}`, tiles, tiles)
		for range 100 {
			n, _ := results.WriteString(separator + `{"image_id":` + strconv.Itoa(tiles) + ",")
			m, _ := results.Write(rests[at%len(rests)])
			size += int64(n + m)
			separator, at = ",\n", at+1
		}
	}
	fmt.Fprint(results, "\n]\n")
	fmt.Fprint(truth, "]}")
	closeTable()
	closeResults()
	closeTruth()
	return tiles, size
}

// readNames is readTree without checksums, for large files.
func readNames(dir string) tree {
	t := tree{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		t[e.Name()] = ""
	}
	return t
}
