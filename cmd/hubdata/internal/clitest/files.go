package clitest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Folder makes a folder of files, given by their paths in it.
func Folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		Write(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	return dir
}

// Tree lists the files below dir.
func Tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Files reads all files below a folder.
func Files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range Tree(t, dir) {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			out[name] = string(data)
		}
	}
	return out
}

// Write writes a file, and makes its folder.
func Write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// CopyFile copies a file.
func CopyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	Write(t, to, text)
}

// Gzip compresses a text with gzip.
func Gzip(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// Zstd compresses a text with Zstandard.
func Zstd(text string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(text), nil))
}

// DecodeFile reads a dataset.
func DecodeFile(t *testing.T, path string) *coco.Dataset {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	d, err := coco.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Body is a set without its info.
func Body(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(text, []byte("\"licenses\""))
	if !ok {
		t.Fatalf("%s: no licenses", path)
	}
	return string(rest)
}
