package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// suffixes of inputs, in the order in which a folder is searched.
var suffixes = []string{"", ".gz", ".zst"}

// FindInput returns the path of a file in a dataset folder, plain or compressed.
func FindInput(dir, name string) (string, error) {
	for _, s := range suffixes {
		path := filepath.Join(dir, name+s)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	f := ui.Failf(ui.ExitFailure, "no %s (nor .gz, .zst) in %s", name, FolderName(dir))
	return "", f.Hint("a HuBMAP folder has polygons.jsonl, tile_meta.csv, wsi_meta.csv and train/; name yours, as in hubdata convert DIR, or set HUBDATA_DATA").
		Hint("no data yet? \"hubdata demo\" makes some")
}

// FolderName shows a folder in a message.
func FolderName(dir string) string {
	if dir == "." || dir == "" {
		return "this folder"
	}
	return dir
}

// Exists reports whether there is a file.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// packing is the suffix of a compressed file, .gz or .zst in letters of any case, in lower case; "": the file is plain.
func packing(path string) string {
	if s := strings.ToLower(filepath.Ext(path)); s == ".gz" || s == ".zst" {
		return s
	}
	return ""
}

// UnpackedName is a path without the suffix of a compressed file.
func UnpackedName(path string) string {
	for _, suffix := range suffixes[1:] {
		if packing(path) == suffix {
			path = path[:len(path)-len(suffix)]
		}
	}
	return path
}

// Stem is a file's name without its folder and the suffixes of a COCO file.
func Stem(name string) string {
	base := filepath.Base(name)
	bare := UnpackedName(base)
	if strings.EqualFold(filepath.Ext(bare), ".json") {
		bare = bare[:len(bare)-len(".json")]
	}
	if bare == "" {
		return base
	}
	return bare
}

// SumFile identifies a file of any kind, whose bytes it reads as they are.
func SumFile(path string) (FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return FileInfo{}, err
	}
	defer func() { _ = f.Close() }() // only read
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return FileInfo{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}
