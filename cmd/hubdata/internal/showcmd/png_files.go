package showcmd

import (
	"bytes"
	"fmt"
	"image"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/internal/devicename"
	"github.com/hubdata/hubdata/internal/draw"
)

// pngFiles writes PNG files.
type pngFiles struct {
	outs   *files.Outputs
	path   string
	folder string // empty: path is a file
	many   bool   // path is numbered
	n      int
	names  map[string]bool // of files, in lower case
}

// openPictures is how many files become visible together; each is open until then.
const openPictures = 64

func (f *pngFiles) picture(img *image.RGBA) (string, error) {
	var b bytes.Buffer
	if err := draw.EncodePNG(&b, img); err != nil {
		return "", err
	}
	f.n++
	path := f.path
	switch {
	case f.folder != "":
		path = filepath.Join(f.folder, fmt.Sprintf("sheet-%d.png", f.n))
	case f.many:
		ext := filepath.Ext(path)
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), f.n, ext)
	}
	return path, f.write(path, b.Bytes())
}

func (f *pngFiles) png(name string, data []byte) (string, error) {
	path := filepath.Join(f.folder, f.fileName(name)+".png")
	return path, f.write(path, data)
}

func (f *pngFiles) write(path string, data []byte) error {
	out, err := f.outs.Create(path)
	if err != nil {
		return err
	}
	if _, err := out.Write(data); err != nil {
		return out.Failed(err)
	}
	if err := out.Finish(); err != nil {
		return err
	}
	if f.outs.Pending() >= openPictures {
		return f.outs.Commit()
	}
	return nil
}

func (f *pngFiles) close() error { return f.outs.Commit() }

// maxFileName is the longest file name made from the name of a tile, in bytes.
const maxFileName = 100

// fileName makes a file name from any name of a tile: letters, digits,
// dots, hyphens and underscores stay, and no two names are the same.
func (f *pngFiles) fileName(tile string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, tile)
	name = name[:min(len(name), maxFileName)]
	if name == "" || name[0] == '.' || name[0] == '-' || devicename.Is(name) {
		name = "_" + name
	}
	unique := name
	for k := 2; f.names[strings.ToLower(unique)]; k++ {
		unique = fmt.Sprintf("%s-%d", name, k)
	}
	f.names[strings.ToLower(unique)] = true
	return unique
}
