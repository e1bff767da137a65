package verifycmd

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/urfave/cli/v2"
)

// A step is a recorded command as it is run again.
type step struct {
	node  *lineage.Node
	rec   *lineage.Record
	flags []cli.Flag // of the command
	at    placing
	out   string // the folder of what it writes
	name  string // of the file in question
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

// has reports whether the command has a flag of the name for that role.
func (s *step) has(name string, role flags.Role) bool {
	return slices.ContainsFunc(s.flags, func(f cli.Flag) bool { return f.Names()[0] == name && flags.RoleOf(f) == role })
}

// words are the command line.
func (s *step) words() ([]string, error) {
	build, ok := map[string]func(*step) ([]string, error){
		"convert": (*step).convert, "folds": (*step).folds, "pseudo": (*step).pseudo, "merge": (*step).merge, "filter": (*step).filter,
		"check": (*step).check, "export": (*step).export, "tile": (*step).tile, "stitch": (*step).stitch, "import": (*step).imported,
		"tune": (*step).tune, "submission encode": (*step).encode,
	}[s.rec.Command]
	switch {
	case s.rec.Stage != "":
		return nil, cannot("a stage of a recipe is not run again: its inputs and outputs are compared by their sums")
	case !ok:
		return nil, cannot("this version knows no command %q", s.rec.Command)
	}
	for i := range s.node.Inputs {
		if flag := s.node.Inputs[i].Flag; flag != "" && !s.has(flag, flags.Reads) {
			return nil, cannot("this version records no input of a flag %q", flag)
		}
	}
	words, err := build(s)
	if err != nil {
		return nil, err
	}
	return append(strings.Fields(s.rec.Command), words...), nil
}

// optionWords are the flags of recorded options, in the order of their names, without some. All others must be flags of the
// command that are no path: a record is data, and must not choose what is read or written.
func (s *step) optionWords(options map[string]any, without ...string) ([]string, error) {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if slices.Contains(without, name) {
			continue
		}
		flag := strings.ReplaceAll(name, "_", "-")
		if !s.has(flag, flags.Decides) {
			return nil, cannot("this version records no option %q of the command", name)
		}
		flag = "--" + flag
		switch v := options[name].(type) {
		case nil:
		case bool:
			words = append(words, fmt.Sprintf("%s=%t", flag, v))
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
	words, err := s.optionWords(s.rec.Options)
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
	words, err := s.optionWords(plan, "folds", "method", "shuffle")
	if err != nil {
		return nil, err
	}
	files, args := s.divide()
	words = append(words, files...)
	if k, ok := plan["folds"].(json.Number); ok && !s.isInput("from") {
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
		sets, err := s.optionWords(s.rec.Options, "folds", "set")
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
	shard, results, isShard := s.shard()
	without := []string{"models", "thr", "post", "merge", "exclude_class", "preset"}
	if isShard {
		without = append(without, "drop_empty", "ignore_band") // of labels, which a shard has not
	}
	words, err := s.optionWords(s.rec.Options, without...)
	if err != nil {
		return nil, err
	}
	if !s.isInput("preset") { // else it is a file, which divide puts in its place
		preset, _ := s.rec.Options["preset"].(string)
		if _, err := pseudo.Preset(preset); err != nil && preset != "" {
			return nil, cannot("its preset %s is a file, which its record does not name as an input", preset)
		}
		if preset != "" {
			words = append(words, "--preset="+preset)
		}
	}
	if s.rec.Options["class_above"] == nil {
		words = append(words, "--class-above=none")
	}
	if s.rec.Options["rescore"] == nil {
		words = append(words, "--rescore="+pseudo.RescoreNone.String())
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
	if more, err = s.settings(); err != nil {
		return nil, err
	}
	words = append(words, more...)
	inDir := map[string]*lineage.Link{}
	for _, l := range args {
		inDir[l.Name] = l // the outlines, for the areas in the accounting
	}
	if isShard {
		return append(words, "--shard="+shard, "--results="+results, s.at.dir(inDir)), nil
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

// isInput reports whether a flag named an input.
func (s *step) isInput(flag string) bool {
	return slices.ContainsFunc(s.node.Inputs, func(l lineage.Link) bool { return l.Flag == flag })
}

// shard is the shard that a manifest is of, and the path of its results.
func (s *step) shard() (shard, results string, ok bool) {
	shard, ok = strings.CutPrefix(s.rec.Description, shards.Described)
	shard, _, _ = strings.Cut(shard, " ")
	return shard, filepath.Join(s.out, shards.ResultsOf(s.name)), ok
}

// models are the words for the files of the models, and what is left of the inputs.
func (s *step) models(args []*lineage.Link) (words []string, left []*lineage.Link, err error) {
	list, _ := s.rec.Options["models"].([]any)
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
	}
	return words, args, nil
}

// settings are the words for the weights of the models, their calibration and their suppressions.
func (s *step) settings() ([]string, error) {
	var weights, powers []string
	suppressions := map[string]bool{}
	list, _ := s.rec.Options["models"].([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		name, _ := m["name"].(string)
		weight, err := textOf(m["weight"])
		if err != nil {
			return nil, cannot("weight of model %s: %v", name, err)
		}
		weights = append(weights, name+"="+weight)
		power := "1"
		if m["calibrate"] != nil {
			if power, err = textOf(m["calibrate"]); err != nil {
				return nil, cannot("calibration of model %s: %v", name, err)
			}
		}
		powers = append(powers, name+"="+power)
		suppression, _ := m["tta_nms"].(string)
		suppressions[suppression] = true
	}
	words := []string{"--weight=" + strings.Join(weights, ","), "--calibrate=" + strings.Join(powers, ",")}
	if len(suppressions) == 1 { // else they are those of the preset
		words = append(words, "--tta-nms="+slices.Collect(maps.Keys(suppressions))[0])
	}
	return words, nil
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

func (s *step) tune() ([]string, error) {
	if budget, _ := s.rec.Options["budget"].(string); budget != "" {
		return nil, cannot("it searched for %s, so what it found depends on the speed of the machine", budget)
	}
	words, err := s.optionWords(s.rec.Options, "models")
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide("truth")
	words = append(words, flagged...)
	var truth []*lineage.Link
	for i := range s.node.Inputs {
		if l := &s.node.Inputs[i]; l.Flag == "truth" {
			truth = append(truth, l)
		}
	}
	in, err := s.one(truth)
	if err != nil {
		return nil, err
	}
	more, _, err := s.models(args)
	return append(append(words, more...), "--truth="+in, "--out="+filepath.Join(s.out, s.name)), err
}

func (s *step) merge() ([]string, error) {
	flagged, args := s.divide()
	if s.rec.Options["changes"] == true {
		if len(args) != 2 {
			return nil, cannot("found %d inputs, expected a set and its changes", len(args))
		}
		return []string{"--changes=" + s.at.file(args[1]), "--out=" + filepath.Join(s.out, s.name), s.at.file(args[0])}, nil
	}
	if s.rec.Options["manifests"] == true {
		return s.mergeShards(args)
	}
	words, err := s.optionWords(s.rec.Options, "name")
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

// mergeShards puts the results of shards together again, which are next to their manifests.
func (s *step) mergeShards(manifests []*lineage.Link) ([]string, error) {
	if s.rec.Output == nil {
		return nil, cannot("its record does not name the results")
	}
	together := map[string]*lineage.Link{}
	put := func(l *lineage.Link) error {
		if together[l.Name] != nil {
			return cannot("two of its inputs are named %s", l.Name)
		}
		together[l.Name] = l
		return nil
	}
	for _, m := range manifests {
		if err := put(m); err != nil {
			return nil, err
		}
		if m.To == nil || len(m.To.Others) == 0 {
			return nil, cannot("its input %s does not name the results of a shard", m.Name)
		}
		for i := range m.To.Others {
			if err := put(&m.To.Others[i]); err != nil {
				return nil, err
			}
		}
	}
	dir := s.at.dir(together)
	words := append([]string{"--manifests"}, s.recorded()...)
	for _, m := range manifests {
		words = append(words, filepath.Join(dir, filepath.Base(m.Name)))
	}
	return words, nil
}

func (s *step) filter() ([]string, error) {
	words, err := s.optionWords(s.rec.Options)
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
	words, err := s.optionWords(s.rec.Options)
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
	if s.rec.Options["bad_images"] != nil {
		return nil, cannot("it left out bad images, and its record does not name the images")
	}
	flagged, args := s.divide()
	in, err := s.one(args)
	if err != nil {
		return nil, err
	}
	if !s.node.Folder && !isFolderOf(s.node) && !s.layout() {
		words, err := s.optionWords(s.rec.Options)
		return append(append(words, flagged...), "--allow-empty", "--out="+filepath.Join(s.out, s.name), in), err
	}
	words, err := s.optionWords(s.rec.Options)
	return append(append(words, flagged...), "--copy=none", "--bad-images=keep", "--allow-empty", "--out="+filepath.Join(s.out, "folder"), in), err
}

// layout reports whether the record has an option for a layout of several files.
func (s *step) layout() bool {
	list, _ := s.rec.Options["option"].([]any)
	return slices.ContainsFunc(list, func(v any) bool {
		text, _ := v.(string)
		key, value, _ := strings.Cut(text, "=")
		return key == "layout" && value != "file"
	})
}

// isFolderOf reports whether a file is in a folder that one command wrote.
func isFolderOf(n *lineage.Node) bool {
	return n.Path != "" && files.Exists(filepath.Join(filepath.Dir(n.Path), files.MarkName))
}

func (s *step) tile() ([]string, error) {
	if s.rec.Options["images"] == true {
		return nil, cannot("it read the images of slides, which its record does not name")
	}
	words, err := s.optionWords(s.rec.Options)
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
	words, err := s.optionWords(s.rec.Options)
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
	words, err := s.optionWords(s.rec.Options, "classes")
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
	words, err := s.optionWords(s.rec.Options)
	if err != nil {
		return nil, err
	}
	flagged, args := s.divide()
	if len(args) != 1 {
		return nil, cannot("found %d inputs, expected the predictions", len(args))
	}
	if !s.isInput("tiles") {
		return nil, cannot("its tiles are those of a folder of images, which its record does not name")
	}
	words = append(append(words, flagged...), s.recorded()...)
	return append(words, s.at.file(args[0]), s.at.dir(nil)), nil
}

// recorded are the words for an output that has no place for its record, and for the record.
func (s *step) recorded() []string {
	record := s.name
	if s.node.By != "" {
		record = "record.json"
	}
	return []string{"--out=" + filepath.Join(s.out, filepath.Base(s.rec.Output.Name)), "--record=" + filepath.Join(s.out, "record", record)}
}
