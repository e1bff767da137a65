package verifycmd

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
)

// A step is a recorded command as it is run again.
type step struct {
	node *lineage.Node
	rec  *lineage.Record
	at   placing
	out  string // the folder of what it writes
	name string // of the file in question
}

// placing puts the files of a step where its command line finds them.
type placing interface {
	// file is the path of an input.
	file(l *lineage.Link) string
	// dir is a folder with inputs, by the names that they have in it.
	dir(named map[string]*lineage.Link) string
}

// noStep says why a command is not run again.
type noStep struct{ why string }

func (e *noStep) Error() string { return e.why }

func cannot(format string, args ...any) error { return &noStep{fmt.Sprintf(format, args...)} }

// words are the command line.
func (s *step) words() ([]string, error) {
	for i := range s.node.Inputs {
		if flag := s.node.Inputs[i].Flag; flag != "" && !slices.Contains(inputFlags, flag) {
			return nil, cannot("this version records no input of a flag %q", flag)
		}
	}
	build, ok := map[string]func(*step) ([]string, error){
		"convert": (*step).convert, "folds": (*step).folds, "pseudo": (*step).pseudo, "merge": (*step).merge, "filter": (*step).filter,
		"check": (*step).check, "export": (*step).export, "tile": (*step).tile, "stitch": (*step).stitch, "import": (*step).imported,
		"submission encode": (*step).encode,
	}[s.rec.Command]
	switch {
	case s.rec.Stage != "":
		return nil, cannot("a stage of a recipe is not run again")
	case !ok:
		return nil, cannot("this version knows no command %q", s.rec.Command)
	}
	words, err := build(s)
	if err != nil {
		return nil, err
	}
	return append(strings.Fields(s.rec.Command), words...), nil
}

// The options that commands record. None is a path: a record is data, and must not choose what is read or written.
var (
	setOptions  = []string{"class", "fill", "rings", "segmentation", "image_id", "category_start", "drop_duplicates", "min_area", "tile_size"}
	planOptions = []string{"buffer", "seed", "stratify", "group", "always_train", "audit_by"}
	partOptions = []string{"dataset", "wsi", "fold", "image", "exclude_image", "class", "min_score", "max_score", "min_area", "max_area", "crowd", "drop_empty", "renumber", "where"}

	pseudoOptions = []string{"class", "segmentation", "image_id", "category_start", "tile_size", "preset", "fuse", "iou", "skip", "cluster", "vote_rule", "vote",
		"box_clip", "non_overlap", "drop_empty", "conf", "allow_overflow", "decay", "sigma", "ignore_band"}
	mergeOptions  = []string{"renumber_images", "renumber_categories", "drop_duplicates"}
	filterOptions = append(slices.Clone(partOptions), "part", "keep_categories")
	checkOptions  = []string{"fix", "ignore"}
	exportOptions = append(slices.Clone(partOptions), "to", "option", "split", "split_by", "copy", "bad_images")
	tileOptions   = []string{"size", "stride", "overlap", "edge", "downsample", "min_area", "min_part", "drop_empty", "segmentation"}
	stitchOptions = []string{"keep-tiles", "share", "iou", "depth", "score", "min-score", "anew", "slide-field", "x-field", "y-field", "scale-field", "name-pattern"}
	importOptions = []string{"from", "option", "class_order", "category_start"}
	encodeOptions = []string{"tile_size", "category_start", "min_score", "top", "post", "dilate"}
)

// inputFlags are the flags that records say of inputs. What they name is an input, found by its checksum.
var inputFlags = []string{"table", "folds", "from", "tile-meta", "images", "images-from", "tiles", "exclude", "merge", "against", "truth"}

// optionWords are the flags of recorded options, in the order of their names, without some. All others must be known.
func optionWords(options map[string]any, known []string, without ...string) ([]string, error) {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if slices.Contains(without, name) {
			continue
		}
		if !slices.Contains(known, name) {
			return nil, cannot("this version records no option %q of the command", name)
		}
		flag := "--" + strings.ReplaceAll(name, "_", "-")
		switch v := options[name].(type) {
		case nil:
		case bool:
			if v {
				words = append(words, flag)
			}
		case []any:
			for _, item := range v {
				text, err := textOf(item)
				if err != nil {
					return nil, cannot("option %s: %v", name, err)
				}
				words = append(words, flag+"="+text)
			}
		default:
			text, err := textOf(v)
			if err != nil {
				return nil, cannot("option %s: %v", name, err)
			}
			words = append(words, flag+"="+text)
		}
	}
	return words, nil
}

// textOf is the text of a recorded value on a command line.
func textOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	}
	return "", fmt.Errorf("found a %T, expected a text or a number", v)
}

// texts are the texts of a recorded list; what is no text is "".
func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		text, _ := item.(string)
		out = append(out, text)
	}
	return out
}

// divide parts the inputs: those that flags named are put in their places as words, the others are the arguments.
func (s *step) divide(without ...string) (words []string, args []*lineage.Link) {
	for i := range s.node.Inputs {
		l := &s.node.Inputs[i]
		switch {
		case l.Flag == "":
			args = append(args, l)
		case !slices.Contains(without, l.Flag):
			words = append(words, "--"+l.Flag+"="+s.at.file(l))
		}
	}
	return words, args
}

// isOutlines reports whether inputs are those of a dataset folder: a table, and outlines.
func isOutlines(args []*lineage.Link) bool {
	return len(args) == 2 && strings.HasPrefix(args[1].Name, "polygons.jsonl")
}

// one is the argument of a command that takes a file or a dataset folder.
func (s *step) one(args []*lineage.Link) (string, error) {
	switch {
	case len(args) == 1:
		return s.at.file(args[0]), nil
	case isOutlines(args):
		return s.at.dir(map[string]*lineage.Link{args[0].Name: args[0], args[1].Name: args[1]}), nil
	}
	return "", cannot("its record does not say what each of its %d inputs is for", len(args))
}

// outlines are the words for the table, the outlines and the options of sets.
func (s *step) outlines(args []*lineage.Link) ([]string, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, cannot("found %d inputs, expected the table of tiles and the outlines", len(args))
	}
	if s.rec.Options["tile_size"] == "image" {
		return nil, cannot("it read the sizes of image files, which its record does not name")
	}
	words := []string{"--tile-meta=" + s.at.file(args[0])}
	if len(args) == 2 {
		words = append(words, "--polygons="+s.at.file(args[1]))
	} else {
		words = append(words, "--polygons=-") // a plan alone needs none
	}
	if s.rec.Options["class"] == nil && s.rec.Options["segmentation"] != nil {
		words = append(words, "--class=all")
	}
	return append(words, "--keep-going", s.at.dir(nil)), nil
}

// selected are the words for the tiles of a dataset folder.
func (s *step) selected() ([]string, error) {
	var words []string
	for _, v := range []struct {
		flag  string
		value any
	}{{"--dataset", s.rec.Dataset}, {"--wsi", s.rec.WSI}} {
		if v.value == nil {
			continue
		}
		text, err := textOf(v.value)
		if err != nil {
			return nil, cannot("option %s: %v", v.flag, err)
		}
		words = append(words, v.flag+"="+text)
	}
	return words, nil
}

func (s *step) convert() ([]string, error) {
	words, err := optionWords(s.rec.Options, setOptions)
	if err != nil {
		return nil, err
	}
	chosen, err := s.selected()
	if err != nil {
		return nil, err
	}
	words = append(words, chosen...)
	_, args := s.divide()
	_, ofTier := s.rec.Dataset.(json.Number)
	_, ofWSI := s.rec.WSI.(json.Number)
	switch {
	case ofWSI:
		words = append(words, "--per=wsi", "--out="+s.out)
	case ofTier:
		words = append(words, "--per=tier", "--out="+s.out)
	default:
		words = append(words, "--per=none", "--out="+filepath.Join(s.out, s.name))
	}
	more, err := s.outlines(args)
	return append(words, more...), err
}

func (s *step) folds() ([]string, error) {
	plan, isSet := s.rec.Options["folds"].(map[string]any)
	if !isSet {
		plan = s.rec.Options
	}
	words, err := optionWords(plan, planOptions, "folds", "method", "shuffle")
	if err != nil {
		return nil, err
	}
	files, args := s.divide()
	words = append(words, files...)
	if k, ok := plan["folds"].(json.Number); ok && !slices.ContainsFunc(s.node.Inputs, func(l lineage.Link) bool { return l.Flag == "from" }) {
		method, _ := plan["method"].(string)
		if strings.HasPrefix(method, "from ") {
			return nil, cannot("its record does not name the plan that it used (%s)", method)
		}
		words = append(words, "-k="+k.String(), "--method="+method)
	}
	if plan["shuffle"] == false {
		words = append(words, "--no-shuffle")
	}
	if s.rec.Dataset == nil { // of a COCO file
		if len(args) != 1 {
			return nil, cannot("found %d inputs, expected the COCO file", len(args))
		}
		return append(words, "--coco="+s.at.file(args[0]), "--full", "--out="+s.out), nil
	}
	if isSet {
		sets, err := optionWords(s.rec.Options, setOptions, "folds", "set")
		if err != nil {
			return nil, err
		}
		words = append(words, sets...)
	}
	chosen, err := s.selected()
	if err != nil {
		return nil, err
	}
	words = append(words, chosen...)
	switch {
	case isSet:
		words = append(words, "--full", "--out="+s.out)
	case s.rec.CSV == nil:
		words = append(words, "--out="+filepath.Join(s.out, s.name))
	default:
		words = append(words, "--out="+s.out)
	}
	more, err := s.outlines(args)
	return append(words, more...), err
}

func (s *step) pseudo() ([]string, error) {
	words, err := optionWords(s.rec.Options, pseudoOptions, "models", "thr", "post", "merge", "exclude_class")
	if err != nil {
		return nil, err
	}
	if preset, _ := s.rec.Options["preset"].(string); strings.ContainsAny(preset, `/\.`) {
		return nil, cannot("its preset is a file, which its record does not name as an input")
	}
	post := texts(s.rec.Options["post"])
	if len(post) == 0 {
		post = []string{"none"}
	}
	words = append(words, "--post="+strings.Join(post, ","))
	flagged, args := s.divide("exclude")
	words = append(words, flagged...)
	classes := texts(s.rec.Options["exclude_class"])
	for i := range s.node.Inputs {
		if l := &s.node.Inputs[i]; l.Flag == "exclude" {
			if len(classes) == 0 {
				return nil, cannot("its record does not say what --exclude was")
			}
			word := "--exclude=" + s.at.file(l)
			if classes[0] != "" {
				word += ":" + classes[0]
			}
			words, classes = append(words, word), classes[1:]
		}
	}
	if s.rec.Dataset != nil {
		if len(args) == 0 {
			return nil, cannot("its record does not name the table of tiles")
		}
		chosen, err := s.selected()
		if err != nil {
			return nil, err
		}
		words, args = append(append(words, chosen...), "--tile-meta="+s.at.file(args[0])), args[1:]
	}
	more, args, err := s.models(args)
	if err != nil {
		return nil, err
	}
	words = append(words, more...)
	inDir := map[string]*lineage.Link{}
	for _, l := range args {
		inDir[l.Name] = l // the outlines, for the areas in the accounting
	}
	thr, err := s.thresholds()
	if err != nil {
		return nil, err
	}
	words = append(words, "--thr="+thr, "--out="+s.out)
	if s.rec.Results != nil {
		words = append(words, "--results="+filepath.Join(s.out, filepath.Base(s.rec.Results.Name)))
	}
	return append(words, s.at.dir(inDir)), nil
}

// models are the words for the models, and what is left of the inputs.
func (s *step) models(args []*lineage.Link) (words []string, left []*lineage.Link, err error) {
	list, _ := s.rec.Options["models"].([]any)
	suppressions := map[string]bool{}
	for _, item := range list {
		m, _ := item.(map[string]any)
		name, _ := m["name"].(string)
		named := texts(m["files"])
		if len(named) > len(args) {
			return nil, nil, cannot("its record does not name all files of the models")
		}
		var paths []string
		for i := range named {
			path := s.at.file(args[i])
			if strings.Contains(path, ",") {
				return nil, nil, cannot("the name of %s has a comma", args[i].Name)
			}
			paths = append(paths, path)
		}
		args = args[len(named):]
		words = append(words, "--model="+name+"="+strings.Join(paths, ","))
		weight, err := textOf(m["weight"])
		if err != nil {
			return nil, nil, cannot("weight of model %s: %v", name, err)
		}
		words = append(words, "--weight="+name+"="+weight)
		suppression, _ := m["tta_nms"].(string)
		suppressions[suppression] = true
	}
	if len(suppressions) == 1 { // else they are those of the preset
		words = append(words, "--tta-nms="+slices.Collect(maps.Keys(suppressions))[0])
	}
	return words, args, nil
}

// thresholds are those of the run, which its accounting lists.
func (s *step) thresholds() (string, error) {
	var account struct {
		Thresholds []struct {
			Threshold json.Number `json:"threshold"`
		} `json:"thresholds"`
	}
	if json.Unmarshal(s.rec.Accounting, &account) == nil && len(account.Thresholds) > 0 {
		var list []string
		for _, t := range account.Thresholds {
			list = append(list, t.Threshold.String())
		}
		return strings.Join(list, ","), nil
	}
	return textOf(s.rec.Options["thr"])
}

func (s *step) merge() ([]string, error) {
	flagged, args := s.divide()
	if s.rec.Options["changes"] == true {
		if len(args) != 2 {
			return nil, cannot("found %d inputs, expected a set and its changes", len(args))
		}
		return []string{"--changes=" + s.at.file(args[1]), "--out=" + filepath.Join(s.out, s.name), s.at.file(args[0])}, nil
	}
	words, err := optionWords(s.rec.Options, mergeOptions, "name")
	if err != nil {
		return nil, err
	}
	words = append(words, flagged...)
	if strings.HasPrefix(s.rec.Description, "ids of ") {
		words = append(words, "--id-map="+filepath.Join(s.out, s.name), "--out="+filepath.Join(s.out, "merged", "merged.json"))
	} else {
		words = append(words, "--out="+filepath.Join(s.out, s.name))
	}
	names := texts(s.rec.Options["name"])
	for i, l := range args {
		if i < len(names) {
			words = append(words, "--name="+names[i]+"="+s.at.file(l))
		}
	}
	for _, l := range args {
		words = append(words, s.at.file(l))
	}
	return words, nil
}

func (s *step) filter() ([]string, error) {
	words, err := optionWords(s.rec.Options, filterOptions)
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide()
	if len(args) != 1 {
		return nil, cannot("its record does not say what each of its %d inputs is for", len(args))
	}
	return append(append(words, flagged...), "--allow-empty", "--out="+filepath.Join(s.out, s.name), s.at.file(args[0])), nil
}

func (s *step) check() ([]string, error) {
	words, err := optionWords(s.rec.Options, checkOptions)
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide()
	in, err := s.one(args)
	if err != nil {
		return nil, err
	}
	words = append(words, flagged...)
	if strings.HasPrefix(s.rec.Description, "changes of ") {
		return append(words, "--changes="+filepath.Join(s.out, s.name), "--out="+filepath.Join(s.out, "fixed", "fixed.json"), in), nil
	}
	return append(words, "--out="+filepath.Join(s.out, s.name), in), nil
}

func (s *step) export() ([]string, error) {
	flagged, args := s.divide()
	in, err := s.one(args)
	if err != nil {
		return nil, err
	}
	if !s.node.Folder && !isFolderOf(s.node) {
		words, err := optionWords(s.rec.Options, exportOptions)
		return append(append(words, flagged...), "--allow-empty", "--out="+filepath.Join(s.out, s.name), in), err
	}
	words, err := optionWords(s.rec.Options, exportOptions, "copy", "bad_images") // the images are not told
	return append(append(words, flagged...), "--copy=none", "--bad-images=keep", "--allow-empty", "--out="+filepath.Join(s.out, "folder"), in), err
}

// isFolderOf reports whether a file is in a folder that one command wrote.
func isFolderOf(n *lineage.Node) bool {
	return n.Path != "" && files.Exists(filepath.Join(filepath.Dir(n.Path), files.MarkName))
}

func (s *step) tile() ([]string, error) {
	if s.rec.Options["images"] == true {
		return nil, cannot("it read the images of slides, which its record does not name")
	}
	words, err := optionWords(s.rec.Options, tileOptions)
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide()
	words = append(append(words, flagged...), "--out="+filepath.Join(s.out, "folder"))
	if len(args) == 1 {
		return append(words, s.at.file(args[0])), nil
	}
	named := map[string]*lineage.Link{}
	for _, l := range args {
		named[l.Name] = l
	}
	return append(words, s.at.dir(named)), nil
}

func (s *step) stitch() ([]string, error) {
	words, err := optionWords(s.rec.Options, stitchOptions)
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide()
	in, err := s.one(args)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(s.out, "folder")
	if s.rec.Options["keep-tiles"] == true {
		out = filepath.Join(s.out, s.name)
	}
	return append(append(words, flagged...), "--out="+out, in), nil
}

func (s *step) imported() ([]string, error) {
	words, err := optionWords(s.rec.Options, importOptions, "classes")
	if err != nil {
		return nil, err
	}
	if classes := texts(s.rec.Options["classes"]); len(classes) > 0 {
		words = append(words, "--classes="+strings.Join(classes, ","))
	}
	flagged, args := s.divide()
	words = append(words, flagged...)
	if strings.HasPrefix(s.rec.Description, "what changed in ") {
		words = append(words, "--changes="+filepath.Join(s.out, s.name), "--out="+filepath.Join(s.out, "set", "set.json"))
	} else {
		words = append(words, "--out="+filepath.Join(s.out, s.name))
	}
	for _, l := range args {
		words = append(words, s.at.file(l))
	}
	return words, nil
}

func (s *step) encode() ([]string, error) {
	if s.rec.Output == nil {
		return nil, cannot("its record does not name the submission")
	}
	words, err := optionWords(s.rec.Options, encodeOptions)
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide()
	if len(args) != 1 {
		return nil, cannot("found %d inputs, expected the predictions", len(args))
	}
	if !slices.ContainsFunc(s.node.Inputs, func(l lineage.Link) bool { return l.Flag == "tiles" }) {
		return nil, cannot("its tiles are those of a folder of images, which its record does not name")
	}
	record := s.name
	if s.node.By != "" {
		record = "record.json"
	}
	return append(append(words, flagged...), "--out="+filepath.Join(s.out, filepath.Base(s.rec.Output.Name)), "--record="+filepath.Join(s.out, "record", record),
		s.at.file(args[0]), s.at.dir(nil)), nil
}
