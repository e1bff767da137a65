package exportcmd

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/devicename"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// maxName is the longest name of a file in bytes, without its extension: some room is left for what formats append.
const maxName = 200

// fileNames are the names of the images' files in an export, without folders: the base name, or the whole path with _ for
// / where two images would have names that differ only in extension, letters' case or Unicode form. Where that is not
// enough, the later image gets a number. An image without a file is called by its name.
func fileNames(images []coco.Image) []string {
	all := coco.NewNames(images)
	paths := make([]string, len(images))
	many := map[string]int{}
	for i := range images {
		if paths[i] = all.Path(i); paths[i] == "" {
			paths[i] = all.Name(i)
		}
		many[key(safe(path.Base(paths[i])))]++
	}
	names, taken := make([]string, len(images)), map[string]bool{}
	for i, p := range paths {
		name := safe(path.Base(p))
		if many[key(name)] > 1 {
			name = safe(strings.ReplaceAll(strings.TrimLeft(p, "/"), "/", "_"))
		}
		stem, ext := cut(name)
		for k := 2; taken[key(name)]; k++ {
			name = stem + "-" + strconv.Itoa(k) + ext
		}
		taken[key(name)] = true
		names[i] = name
	}
	return names
}

// cut cuts a name before its extension.
func cut(name string) (stem, ext string) {
	stem = coco.ImageName(&coco.Image{FileName: name})
	if !strings.HasPrefix(name, stem) || stem == "" {
		return name, ""
	}
	return stem, name[len(stem):]
}

// key is equal for names that an export keeps apart.
func key(name string) string {
	stem, _ := cut(name)
	return coco.FoldName(stem)
}

// safe returns a name that every system takes for that of a file, and no shell for a flag.
func safe(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	stem, ext := cut(name)
	if len(stem) > maxName {
		stem = strings.ToValidUTF8(stem[:maxName], "")
	}
	name = strings.TrimRight(stem+ext, " .")
	if name == "" || name[0] == '.' || name[0] == '-' || name[0] == ' ' || devicename.Is(name) {
		name = "_" + name
	}
	return name
}

// splitNameExpected is what the name of a split must be.
const splitNameExpected = `the name of a folder: without < > : " / \ | ? *, not begun by a point, - or space, not ended by a point or space`

// isSplitName reports whether a split may have a name: it is that of a folder on every system, and part of the names of
// files.
func isSplitName(name string) bool { return name != "" && len(name) <= 100 && safe(name) == name }

// oneFolder returns an error for splits that are one folder on some systems.
func oneFolder(splits []string) error {
	first := map[string]string{}
	for _, split := range splits {
		key := coco.FoldName(split)
		if twin, ok := first[key]; ok {
			return fmt.Errorf("%w: the splits %s and %s differ in nothing but the case of letters or the Unicode form: rename one", ui.ErrInput, wtf8.Quote(twin), wtf8.Quote(split))
		}
		first[key] = split
	}
	return nil
}
