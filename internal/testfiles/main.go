// Command testfiles generates the files of testdata, at the root of the
// repository:
//
//	go run ./internal/testfiles
//
// They are drawn by internal/demo or composed here, so they contain no real
// data, and they are the same on every machine. testdata/README.md explains
// their purpose.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/hubdata/hubdata/internal/demo"
)

func main() {
	if err := write("testdata"); err != nil {
		fmt.Fprintln(os.Stderr, "testfiles:", err)
		os.Exit(1)
	}
}

// readme is the only file that is written by hand.
const readme = "README.md"

// write replaces everything in dir except its README.
func write(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, readme)); err != nil {
		return fmt.Errorf("run it at the root of the repository: %w", err)
	}
	made, err := files()
	if err != nil {
		return err
	}
	old, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.Name() != readme {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	for name, data := range made {
		file := filepath.Join(dir, filepath.FromSlash(name))
		err = errors.Join(err, os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, data, 0o666))
	}
	return err
}

// files returns all files by their paths in testdata.
func files() (map[string][]byte, error) {
	set := demo.New(&demo.Options{Seed: 1, Scale: demo.Tiny, Predictions: 20})
	out := map[string][]byte{}
	for folder, build := range map[string]func(*demo.Set) (map[string][]byte, error){
		"hubmap": hubmap, "patients": patients, "bad": bad,
	} {
		part, err := build(set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		for name, data := range part {
			out[path.Join(folder, name)] = data
		}
	}
	return out, nil
}

// hubmap returns the files of a folder like that of the competition, as
// "hubdata demo" generates it.
func hubmap(set *demo.Set) (map[string][]byte, error) {
	parts := map[string]func(io.Writer) error{
		"tile_meta.csv": set.WriteTileMeta, "wsi_meta.csv": set.WriteSlideMeta, "sample_submission.csv": set.WriteSampleSubmission,
		"polygons.jsonl": set.WritePolygons, "ds3_truth.json": set.WriteTruth,
	}
	for _, model := range demo.Models() {
		parts["predictions/"+model+".segm.json"] = func(w io.Writer) error { return set.WritePredictions(w, model) }
	}
	for _, tile := range set.Tiles() {
		parts["train/"+tile.ID+".tif"] = func(w io.Writer) error { return demo.EncodeTIFF(w, set.Image(tile)) }
	}
	return texts(parts)
}

// texts returns what the functions write.
func texts(parts map[string]func(io.Writer) error) (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, write := range parts {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = b.Bytes()
	}
	return out, nil
}
