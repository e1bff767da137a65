package yolo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// dataFile is the file that names the splits and the classes.
const dataFile = "data.yaml"

// splitKeys are the keys of data.yaml for splits that others call otherwise.
var splitKeys = map[string]string{
	"training": "train", "valid": "val", "validation": "val", "testing": "test",
}

// splitKey returns the key of a split.
func splitKey(split string) string {
	if key, ok := splitKeys[split]; ok {
		return key
	}
	return split
}

// otherKeys are the keys of data.yaml that are no splits.
var otherKeys = []string{"channels", "download", "flip_idx", "kpt_shape", "names", "nc", "path", "yaml_file"}

// checkSplits returns an error for splits that data.yaml cannot hold.
func checkSplits(splits []string) error {
	first := map[string]string{}
	for _, split := range splits {
		key := splitKey(split)
		if split == "" || split == "." || split == ".." || strings.ContainsAny(split, `/\`) || slices.Contains(otherKeys, key) {
			return fmt.Errorf("split %q: expected a name such as train, val or test", split)
		}
		if twin, ok := first[key]; ok {
			return fmt.Errorf("splits %q and %q are both %s in data.yaml: rename or merge them", twin, split, key)
		}
		first[key] = split
	}
	return nil
}

// checkClass returns an error for a name that data.yaml cannot hold.
func checkClass(name string) error {
	if name == "" {
		return errors.New("found no name, expected the name of a class")
	}
	if !utf8.ValidString(name) {
		return fmt.Errorf("found name %q, expected Unicode", name)
	}
	return nil
}

// appendData appends data.yaml. It has no path: ultralytics then starts from the file's own
// folder. A set that is not divided is validated on its training images, and one without
// training images trained on those of its first split, since ultralytics needs both keys.
func appendData(dst []byte, splits, classes []string) []byte {
	dst = append(dst, "# Paths are relative to this file.\n"...)
	if len(splits) == 0 {
		splits = []string{wholeSplit}
	}
	folders := map[string]string{}
	keys := []string{"train", "val"}
	for _, split := range splits {
		key := splitKey(split)
		folders[key] = split
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if folders["train"] == "" {
		dst = append(dst, "# There is no split for training: train is the first split.\n"...)
		folders["train"] = splits[0]
	}
	if folders["val"] == "" {
		dst = append(dst, "# There is no split for validation: val is train, whose scores are those of images that were learned.\n"...)
		folders["val"] = folders["train"]
	}
	for _, key := range keys {
		dst = append(appendText(dst, key), ": "...)
		dst = append(appendText(dst, imagesFolder+"/"+folders[key]), '\n')
	}
	dst = append(dst, "\nnc: "...)
	dst = strconv.AppendInt(dst, int64(len(classes)), 10)
	dst = append(dst, "\nnames:\n"...)
	for i, name := range classes {
		dst = append(dst, "  "...)
		dst = append(strconv.AppendInt(dst, int64(i), 10), ": "...)
		dst = append(appendQuoted(dst, name), '\n')
	}
	return dst
}

// appendText appends a text that YAML reads as one: plain if it consists of ASCII letters
// and slashes and is no word of YAML, otherwise in quotes.
func appendText(dst []byte, s string) []byte {
	plain := strings.Contains(s, "/") || slices.Contains([]string{"train", "val", "test"}, s)
	for _, r := range s {
		plain = plain && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '/')
	}
	if plain {
		return append(dst, s...)
	}
	return appendQuoted(dst, s)
}

// appendQuoted appends a text in double quotes: no YAML reads no, 1, null or 12:30 in them
// as anything else.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == ' ' || unicode.IsPrint(r):
			dst = utf8.AppendRune(dst, r)
		case r <= 0xffff:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
	}
	return append(dst, '"')
}
