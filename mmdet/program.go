package mmdet

import (
	"fmt"
	"maps"
	gopath "path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// program is the program of a stage of kind command.
type program struct {
	r *Recipe
	s *Stage
}

// values returns the values of the placeholders of a stage. Those without a value are
// empty.
func (p program) values(in *Resolved) (map[string]string, error) {
	r, s := p.r, p.s
	weights, err := r.loadFrom(s, in)
	if err != nil {
		return nil, err
	}
	gpus, nodes := r.gpus(s)
	head := in.Head
	if head == "" {
		head = "<first node>:" + strconv.Itoa(r.Launch.Port)
	}
	v := map[string]string{
		"python": r.program(r.Tool.Python),
		"recipe": r.dir,
		"source": r.path("", r.Roots.Source),
		"data":   r.path("", r.Roots.Data),
		"work":   r.workDir(s, in),
		"init":   weights,
		"resume": in.Resume,
		"gpus":   strconv.Itoa(gpus),
		"nodes":  strconv.Itoa(nodes),
		"head":   head,
		"port":   head[strings.LastIndexByte(head, ':')+1:],
		"epochs": number(s.Epochs),
		"batch":  number(s.BatchPerGPU),
	}
	if s.Seed != nil {
		v["seed"] = strconv.Itoa(*s.Seed)
	}
	for key, id := range map[string]string{"train": s.Train, "val": s.Val, "on": s.On} {
		if id != "" {
			v[key], v[key+"_images"] = r.dataPath(id, in)
		}
	}
	v["images"] = v["train_images"]
	if s.On != "" {
		v["images"] = v["on_images"]
	}
	for i, file := range r.results(s.ID, in) {
		if i == 0 {
			v["results"] = file
		}
		v["results"+strconv.Itoa(i+1)] = file
	}
	for _, d := range r.Datasets {
		v["id:"+d.ID], _ = r.dataPath(d.ID, in)
	}
	return v, nil
}

// number returns a number as text, or "" for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// placeholderHelp lists the placeholders of commands.
const placeholderHelp = "{python}, {train}, {val}, {on}, {images}, {train_images}, {val_images}, {init}, {resume}, {work}, {results}, {epochs}, {batch}, {seed}, {gpus}, {nodes}, {head}, {port}, {source}, {data}, {recipe} or {id:NAME}"

func (p program) command(r *Recipe, s *Stage, in *Resolved, _ string) (*Command, error) {
	values, err := p.values(in)
	if err != nil {
		return nil, err
	}
	args := s.Argv
	if in.Resume != "" && len(s.ResumeArgv) > 0 {
		args = s.ResumeArgv
	}
	c := &Command{Dir: r.dir}
	if c.Argv, err = fillArgs(args, values); err != nil {
		return nil, &StageError{s.ID, "argv: " + err.Error()}
	}
	if len(c.Argv) == 0 {
		return nil, &StageError{s.ID, "argv has no words"}
	}
	c.Argv[0] = r.program(c.Argv[0])
	for _, key := range slices.Sorted(maps.Keys(s.Env)) {
		text, missing, err := fillWord(s.Env[key], values)
		if err != nil {
			return nil, &StageError{s.ID, fmt.Sprintf("env.%s: %v", key, err)}
		}
		if missing == "" {
			c.Env = append(c.Env, key+"="+text)
		}
	}
	if paths := r.pythonPath(); len(paths) > 0 {
		if in.PythonPath != "" {
			paths = append(paths, in.PythonPath)
		}
		c.Env = append(c.Env, "PYTHONPATH="+strings.Join(paths, listSeparator()))
	}
	return c, nil
}

// resumes reports whether the program can resume: whether a command line has {resume}.
func (p program) resumes() bool {
	return slices.Contains(argNames(p.s.Argv), "resume") || slices.Contains(argNames(p.s.ResumeArgv), "resume")
}

// argNames returns the placeholders of a command line.
func argNames(args []Argument) []string {
	var names []string
	for _, a := range args {
		for _, w := range a.Words {
			if t, err := parseTemplate(w); err == nil {
				names = append(names, t.names()...)
			}
		}
	}
	return names
}

// dataInArgv returns the ids of the datasets that the command line of a stage names.
func (r *Recipe) dataInArgv(s *Stage) []string {
	var ids []string
	for _, name := range append(argNames(s.Argv), argNames(s.ResumeArgv)...) {
		if id, ok := strings.CutPrefix(name, "id:"); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p program) check(c *checker, s *Stage, path string) {
	at := func(key string) string { return path + "." + key }
	only := func(why string, keys ...string) {
		for _, key := range keys {
			if c.has(at(key)) {
				c.problem(at(key), "found %s in a stage %s", key, why)
			}
		}
	}
	switch {
	case s.Train != "" && s.On != "":
		c.problem(at("on"), "found both train and on, expected one of them: a stage trains or predicts")
	case c.has(at("train")):
		c.training(s, path, folderData)
		only("that trains: it is for one that predicts", "from", "on")
	case c.has(at("on")):
		c.dataset(at("on"), s.On, cocoData)
		if s.From != nil {
			c.init(s.From, at("from"), s.ID)
		}
		only("that predicts: it is for one that trains", "train", "val", "init", "pick", "metric", "epochs", "allow_overlap")
	default:
		c.problem(path, "found neither train nor on, expected train: and a dataset for a training, or on: and a dataset to predict")
	}
	p.checkArgv(c, s, path)
	for i, name := range s.Files {
		if name == "" {
			c.problem(fmt.Sprintf("%s.files[%d]", path, i), "found an empty name, expected the path of a file")
		}
		c.home(fmt.Sprintf("%s.files[%d]", path, i), name)
	}
	if s.Output == nil {
		c.problem(at("output"), "found none, expected what the program writes: checkpoints for a training, results for predictions")
		return
	}
	p.checkOutput(c, s, at("output"))
}

// checkArgv checks the command lines of a stage.
func (p program) checkArgv(c *checker, s *Stage, path string) {
	if len(s.Argv) == 0 {
		c.problem(path+".argv", "found none, expected a program and its arguments, such as [\"{python}\", train.py, \"{train}\"]")
		return
	}
	values, err := p.values(&Resolved{LoadFrom: "weights"})
	if err != nil {
		return
	}
	if s.weights() == nil {
		values["init"] = ""
	}
	known := []string{"train", "train_images", "val", "val_images", "on", "on_images", "results", "seed"}
	check := func(at, word string, required bool) {
		t, err := parseTemplate(word)
		if err != nil {
			c.problem(at, "%q: %v", word, err)
			return
		}
		for _, name := range t.names() {
			v, ok := values[name]
			switch id, isData := strings.CutPrefix(name, "id:"); {
			case isData:
				c.dataset(at, id, anyData)
			case !ok && !slices.Contains(known, name):
				c.problem(at, "found {%s}, expected %s", name, placeholderHelp)
			case v == "" && required && name == "resume":
				c.problem(at, "found {resume}, which has no value at the first start: write it in an inner list, such as [--resume, \"{resume}\"], or in resume_argv")
			case v == "" && required:
				c.problem(at, "found {%s}, but the stage does not set it: set it, or write the words in an inner list", name)
			}
		}
	}
	for key, args := range map[string][]Argument{"argv": s.Argv, "resume_argv": s.ResumeArgv} {
		if key == "resume_argv" {
			values["resume"] = "checkpoint"
		} else {
			values["resume"] = ""
		}
		for i, a := range args {
			for _, w := range a.Words {
				check(fmt.Sprintf("%s.%s[%d]", path, key, i), w, !a.Optional)
			}
		}
		if len(args) > 0 && (args[0].Optional || args[0].Words[0] == "") {
			c.problem(fmt.Sprintf("%s.%s[0]", path, key), "found no program, expected its name or path as the first word")
		}
	}
	if len(s.ResumeArgv) > 0 && !slices.Contains(argNames(s.ResumeArgv), "resume") {
		c.problem(path+".resume_argv", "found no {resume}, expected it where the command line names the checkpoint")
	}
	for _, key := range slices.Sorted(maps.Keys(s.Env)) {
		at := path + ".env." + key
		if key == "" || strings.ContainsAny(key, "=\x00") || strings.ContainsRune(s.Env[key], 0) {
			c.problem(at, "found %q, expected the name of an environment variable and a text", key)
		}
		if key == "PYTHONPATH" && len(c.r.Tool.PythonPath) > 0 {
			c.problem(at, "found PYTHONPATH, which tool.pythonpath sets: set one of them")
		}
		check(at, s.Env[key], false)
	}
}

// epochMark is the placeholder of an epoch in the name of a checkpoint.
const epochMark = "{epoch}"

// checkOutput checks what a stage says that it writes.
func (p program) checkOutput(c *checker, s *Stage, path string) {
	o := s.Output
	name := func(key, v string) {
		if v == "" {
			return
		}
		if local := filepath.FromSlash(v); !filepath.IsLocal(local) || filepath.ToSlash(filepath.Clean(local)) != v ||
			strings.ContainsAny(v, `\*?`) || v == "." {
			c.problem(path+"."+key, "found %q, expected a name in the stage's folder, such as weights/epoch_{epoch}.pth", v)
		}
		if strings.HasPrefix(v, "hubdata/") {
			c.problem(path+"."+key, "found %q, but the folder hubdata is that of hubdata: use another", v)
		}
	}
	first := func(key string, n *int) {
		if n != nil && *n != 0 && *n != 1 {
			c.problem(path+"."+key, "found %d, expected 0 or 1", *n)
		}
	}
	if !s.Trains() {
		if len(o.Results) == 0 {
			c.problem(path+".results", "found none, expected the names of results files, such as [results.segm.json]")
		}
		for i, v := range o.Results {
			name(fmt.Sprintf("results[%d]", i), v)
			if !strings.HasSuffix(v, ".json") || slices.Index(o.Results, v) < i {
				c.problem(fmt.Sprintf("%s.results[%d]", path, i), "found %q, expected names that end in .json, each once", v)
			}
		}
		for _, key := range []string{"checkpoints", "best", "last", "first_epoch", "scores"} {
			if c.has(path + "." + key) {
				c.problem(path+"."+key, "found %s in a stage that predicts: it is for one that trains", key)
			}
		}
		return
	}
	if c.has(path + ".results") {
		c.problem(path+".results", "found results in a stage that trains: write a stage with on for predictions")
	}
	name("checkpoints", o.Checkpoints)
	name("best", o.Best)
	name("last", o.Last)
	first("first_epoch", o.FirstEpoch)
	if o.Checkpoints == "" && o.Best == "" && o.Last == "" {
		c.problem(path, "found no checkpoints, expected checkpoints: and a name such as epoch_{epoch}.pth, or best: or last: and a name")
	}
	for key, v := range map[string]string{"checkpoints": o.Checkpoints, "best": o.Best} {
		if n := strings.Count(v, epochMark); v != "" && (n > 1 || n == 0 && key == "checkpoints") ||
			strings.ContainsAny(strings.ReplaceAll(v, epochMark, ""), "{}") || strings.Contains(gopath.Dir(v), epochMark) {
			c.problem(path+"."+key, "found %q, expected a name with one {epoch}, which is not in the name of a folder", v)
		}
	}
	if strings.ContainsAny(o.Last, "{}") {
		c.problem(path+".last", "found %q, expected a name without placeholders", o.Last)
	}
	for _, pick := range p.picks() {
		switch {
		case pick == "best" && o.Best == "" && (o.Scores == nil || o.Checkpoints == ""):
			c.problem(path, "the best checkpoint is picked, but nothing says which it is: set scores and checkpoints, or best")
		case pick == "last" && o.Last == "" && o.Checkpoints == "":
			c.problem(path, "the last checkpoint is picked, but nothing says which it is: set checkpoints or last")
		case isEpoch(pick) && o.Checkpoints == "":
			c.problem(path, "the checkpoint of an epoch is picked, but nothing says which it is: set checkpoints")
		}
	}
	if o.Scores != nil {
		p.checkScores(c, o.Scores, path+".scores")
		first("scores.first_epoch", o.Scores.FirstEpoch)
		name("scores.file", o.Scores.File)
	}
}

// picks returns how checkpoints of the stage are picked, each once.
func (p program) picks() []string {
	picks := []string{p.s.Pick}
	for i := range p.r.Stages {
		if init := p.r.Stages[i].weights(); init != nil && init.Stage == p.s.ID && init.Pick != "" &&
			!slices.Contains(picks, init.Pick) {
			picks = append(picks, init.Pick)
		}
	}
	return picks
}

func (p program) checkScores(c *checker, o *Scores, path string) {
	switch {
	case given(o.File, o.Log) != 1:
		c.problem(path, "found %d of file and log, expected exactly one", given(o.File, o.Log))
	case o.Log != "":
		re, err := regexp.Compile(o.Log)
		switch {
		case err != nil:
			c.problem(path+".log", "found a pattern that is not valid: %v", err)
		case re.SubexpIndex("epoch") < 0 ||
			len(slices.DeleteFunc(re.SubexpNames(), func(n string) bool { return n == "" })) < 2:
			c.problem(path+".log", "found %q, expected a group named epoch and one named by a score, such as (?P<epoch>\\d+) and (?P<segm_mAP>[0-9.]+)", o.Log)
		}
		if o.Epoch != "" {
			c.problem(path+".epoch", "found epoch with log, where the group epoch of the pattern takes its place")
		}
	case !slices.Contains(scoreFiles, filepath.Ext(o.File)):
		c.problem(path+".file", "found %q, expected a name that ends in %s", o.File, strings.Join(scoreFiles, ", "))
	}
}

// scoreFiles are the suffixes of files with scores.
var scoreFiles = []string{".csv", ".json", ".jsonl"}
