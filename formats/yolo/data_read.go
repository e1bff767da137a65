package yolo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hubdata/hubdata/formats"
)

const (
	maxLabels = 1 << 28 // bytes of a label file, or of a list of files
	maxData   = 1 << 24 // bytes of data.yaml
)

// data is what data.yaml says.
type data struct {
	file    string
	root    string // folder that its paths begin at, in the source
	classes []string
	splits  []split
}

// A split is a key of data.yaml with the folders and lists of its images.
type split struct {
	name  string
	line  int
	paths []string // as written
}

// findData returns the data.yaml of a source: the file that was named, or the one in its
// folder that has classes; nil: there is none.
func findData(src *formats.Source) (*data, error) {
	if ext := path.Ext(src.File); ext == ".yaml" || ext == ".yml" {
		return readData(src.FS, src.File)
	}
	dir := "."
	if src.File != "" {
		dir = path.Dir(src.File)
	}
	entries, err := fs.ReadDir(src.FS, dir)
	if err != nil {
		return nil, err
	}
	var found []*data
	for _, entry := range entries {
		if ext := path.Ext(entry.Name()); entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		d, err := readData(src.FS, path.Join(dir, entry.Name()))
		if entry.Name() == dataFile {
			return d, err
		}
		if err == nil && (len(d.classes) > 0 || len(d.splits) > 0) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("found %s and %s, expected one file with classes: name it", found[0].file, found[1].file)
}

// readData reads a data.yaml.
func readData(fsys fs.FS, file string) (*data, error) {
	text, err := readFile(fsys, file, maxData)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Path       yaml.Node `yaml:"path"`
		Train      yaml.Node `yaml:"train"`
		Val        yaml.Node `yaml:"val"`
		Validation yaml.Node `yaml:"validation"`
		Test       yaml.Node `yaml:"test"`
		Names      yaml.Node `yaml:"names"`
		KptShape   yaml.Node `yaml:"kpt_shape"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if doc.KptShape.Kind != 0 {
		return nil, fmt.Errorf("%s: line %d: found kpt_shape, expected labels of polygons or boxes: keypoints are not read",
			file, doc.KptShape.Line)
	}
	d := &data{file: file, root: path.Dir(file)}
	if below := doc.Path.Value; below != "" && !path.IsAbs(below) {
		if at := path.Join(d.root, below); isDir(fsys, at) {
			d.root = at
		}
	}
	if d.classes, err = classNames(&doc.Names); err != nil {
		return nil, fmt.Errorf("%s: line %d: %w", file, doc.Names.Line, err)
	}
	val := &doc.Val
	if val.Kind == 0 {
		val = &doc.Validation
	}
	for _, s := range []struct {
		name string
		node *yaml.Node
	}{{"train", &doc.Train}, {"val", val}, {"test", &doc.Test}} {
		paths, err := textList(s.node)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %s: %w", file, s.node.Line, s.name, err)
		}
		if len(paths) > 0 {
			d.splits = append(d.splits, split{s.name, s.node.Line, paths})
		}
	}
	if err := d.addOthers(fsys, text); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	d.splits = named(d.splits)
	return d, nil
}

// addOthers adds the keys that are splits of other names: their paths are folders.
func (d *data) addOthers(fsys fs.FS, text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) == 0 {
		return err
	}
	members := doc.Content[0].Content
	for i := 0; i+1 < len(members); i += 2 {
		key, value := members[i], members[i+1]
		if slices.Contains(otherKeys, key.Value) || slices.Contains([]string{"train", "val", "test"}, splitKey(key.Value)) {
			continue
		}
		paths, err := textList(value)
		if err != nil || len(paths) == 0 || slices.ContainsFunc(paths, func(p string) bool {
			return p == "" || !isDir(fsys, path.Join(d.root, p))
		}) {
			continue
		}
		d.splits = append(d.splits, split{key.Value, key.Line, paths})
	}
	return nil
}

// named leaves one of several splits of the same folder: that of the folder's name, for which
// ultralytics needs train and val to stand too. A set that is not divided is train and val.
func named(list []split) []split {
	if len(list) <= 2 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(s split) bool {
		folder := splitKey(path.Base(s.paths[0]))
		return s.name != folder && slices.ContainsFunc(list, func(o split) bool {
			return o.name == folder && slices.Equal(o.paths, s.paths)
		})
	})
}

func isDir(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// textList returns the texts of a node that is one or a list of them.
func textList(n *yaml.Node) ([]string, error) {
	switch {
	case n.Kind == 0, n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, nil
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}, nil
	case n.Kind == yaml.SequenceNode:
		list := make([]string, len(n.Content))
		for i, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("item %d: expected text", i)
			}
			list[i] = item.Value
		}
		return list, nil
	}
	return nil, errors.New("expected a path, or a list of paths")
}

// classNames returns the names of classes, a list or a mapping from their numbers. A name is
// taken as it is written, though YAML reads no as false and 1.0 as a number.
func classNames(n *yaml.Node) ([]string, error) {
	if n.Kind != yaml.MappingNode {
		names, err := textList(n)
		if err != nil {
			return nil, fmt.Errorf("names: %w", err)
		}
		return names, nil
	}
	count := len(n.Content) / 2
	names, set := make([]string, count), make([]bool, count)
	for i := range count {
		key, value := n.Content[2*i], n.Content[2*i+1]
		k, err := strconv.Atoi(key.Value)
		if err != nil || k < 0 || k >= count || set[k] || value.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("names: found %q: %q, expected each number from 0 to %d once, with a name", key.Value,
				value.Value, count-1)
		}
		names[k], set[k] = value.Value, true
	}
	return names, nil
}

// readFile reads a file of up to so many bytes.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: found %d bytes, expected at most %d", name, info.Size(), limit)
	}
	text, err := fs.ReadFile(fsys, name)
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), err
}

// classes returns the names of the classes by their numbers: those that the user gave, those
// of data.yaml, or the lines of a classes.txt.
func classes(src *formats.Source, d *data) ([]string, error) {
	if len(src.Classes) > 0 {
		return src.Classes, nil
	}
	if d != nil && len(d.classes) > 0 {
		return d.classes, nil
	}
	dir := "."
	if src.File != "" {
		dir = path.Dir(src.File)
	}
	for _, name := range []string{"classes.txt", "labels/classes.txt", "obj.names"} {
		text, err := readFile(src.FS, path.Join(dir, name), maxData)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var names []string
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" {
				names = append(names, line)
			}
		}
		return names, nil
	}
	return nil, errors.New("found no data.yaml with names and no classes.txt, expected the names of the classes: give them")
}

// resolve returns where a path of data.yaml is in the source. Like ultralytics, it drops a
// leading ../ if there is nothing: exports of Roboflow have one.
func (d *data) resolve(fsys fs.FS, name string) (string, bool) {
	name = strings.ReplaceAll(name, `\`, "/")
	for _, at := range []string{path.Join(d.root, name), path.Join(d.root, strings.TrimPrefix(name, "../"))} {
		if path.IsAbs(name) || !fs.ValidPath(at) {
			continue
		}
		if _, err := fs.Stat(fsys, at); err == nil {
			return at, true
		}
	}
	return "", false
}

// images returns the image files of a split, those of folders by the order of their names.
func (d *data) images(fsys fs.FS, s split, tree *tree) ([]string, bool, error) {
	var list []string
	found := false
	for _, name := range s.paths {
		at, ok := d.resolve(fsys, name)
		if !ok {
			continue
		}
		found = true
		if isDir(fsys, at) {
			list = append(list, tree.below(at)...)
			continue
		}
		text, err := readFile(fsys, at, maxLabels)
		if err != nil {
			return nil, false, err
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			// ultralytics: ./ is the folder of the list, other paths those of the process.
			inList := data{root: path.Dir(at)}
			image, ok := inList.resolve(fsys, line)
			if !ok {
				image, ok = d.resolve(fsys, line)
			}
			if !ok || !isImage(image) {
				return nil, false, fmt.Errorf("%s: line %d: found %q, expected an image file of the dataset", at, number, line)
			}
			list = append(list, image)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), found, nil
}
