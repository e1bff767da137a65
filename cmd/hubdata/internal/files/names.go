package files

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/devicename"
)

// maxName is the longest name of a file in bytes, without its extension: some room is left for what is appended.
const maxName = 200

// FileNames are the names of the images' files in a folder of one level: the base name, or the whole path with _ for
// / where two images would have names that differ only in extension, letters' case or Unicode form. Where that is not
// enough, the later image gets a number. An image without a file is called by its name.
func FileNames(images []coco.Image) []string {
	all := coco.NewNames(images)
	paths := make([]string, len(images))
	many := map[string]int{}
	for i := range images {
		if paths[i] = all.Path(i); paths[i] == "" {
			paths[i] = all.Name(i)
		}
		many[key(SafeName(path.Base(paths[i])))]++
	}
	names, taken := make([]string, len(images)), map[string]bool{}
	for i, p := range paths {
		name := SafeName(path.Base(p))
		if many[key(name)] > 1 {
			name = SafeName(strings.ReplaceAll(strings.TrimLeft(p, "/"), "/", "_"))
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

// key is equal for names that are kept apart in a folder.
func key(name string) string {
	stem, _ := cut(name)
	return coco.FoldName(stem)
}

// SafeName returns a name that every system takes for that of a file, and no shell for a flag.
func SafeName(name string) string {
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
