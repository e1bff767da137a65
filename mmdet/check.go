package mmdet

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/internal/devicename"
)

// A checker checks a recipe against the rules that its types do not express.
type checker struct {
	r      *Recipe
	err    *RecipeError
	broken map[string]bool // parts that could not be read completely: a missing key may be a misspelt one
}

// check adds all faults of the recipe to those that err already lists.
func (r *Recipe) check(err *RecipeError) {
	c := &checker{r, err, map[string]bool{}}
	for _, p := range err.Problems {
		c.broken[part(p.Path)], c.broken[p.Path] = true, true
	}
	c.head()
	c.datasets()
	ids := map[string]string{}
	for i := range r.Stages {
		c.stage(i, ids)
	}
	if len(err.Problems) > 0 {
		return // references may be wrong
	}
	var loop *CycleError
	if _, err := r.Order(); errors.As(err, &loop) {
		c.problem(c.stagePath(loop.Stages), "%v", loop)
	}
}

// problem adds a problem at a path. Its line is that of the longest part of the path
// that the file has.
func (c *checker) problem(path, format string, args ...any) {
	if c.broken[path] || c.broken[part(path)] && !c.has(path) {
		return
	}
	line := 0
	for p := path; p != ""; {
		if line = c.r.lines[p]; line > 0 {
			break
		}
		p = p[:max(strings.LastIndexAny(p, ".["), 0)]
	}
	c.err.Problems = append(c.err.Problems, Problem{max(line, 1), path, fmt.Sprintf(format, args...)})
}

// part returns the stage or top-level key that a path is in. For datasets it returns
// the path itself, since their ids may contain dots.
func part(path string) string {
	if strings.HasPrefix(path, "datasets.") {
		return path
	}
	first, _, _ := strings.Cut(path, ".")
	return first
}

func (c *checker) has(path string) bool { return c.r.lines[path] > 0 }

// stagePath returns the path of the first of some stages that the file has.
func (c *checker) stagePath(ids []string) string {
	for _, id := range ids {
		if i := slices.IndexFunc(c.r.Stages, func(s Stage) bool { return s.ID == id }); i >= 0 {
			return fmt.Sprintf("stages[%d]", i)
		}
	}
	return "datasets"
}

// oneOf adds a problem if a value is not one of those allowed.
func (c *checker) oneOf(path, got string, want ...string) bool {
	if slices.Contains(want, got) {
		return true
	}
	if got == "" {
		c.problem(path, "found none, expected %s", strings.Join(want, " or "))
	} else {
		c.problem(path, "found %q: %s", got, nearest(got, want))
	}
	return false
}

func (c *checker) atLeast(path string, got, least int) {
	if c.has(path) && got < least {
		c.problem(path, "found %d, expected at least %d", got, least)
	}
}

// maxID is the maximum length of an id, which leaves room for suffixes in file names.
const maxID = 100

// datasetFile matches the names of files that pseudo writes.
var datasetFile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\.json(\.gz|\.zst)?$`)
})

var idPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
})

// id adds a problem if an id is not usable as the name of a folder.
func (c *checker) id(path, id string) {
	if !idPattern().MatchString(id) {
		c.problem(path, "found the id %q, expected letters, digits, '.', '-' and '_', starting with a letter or digit: it names a folder", id)
	} else if len(id) > maxID {
		c.problem(path, "found an id of %d characters, expected at most %d: it names a folder", len(id), maxID)
	} else if devicename.Is(id) || strings.HasSuffix(id, ".") {
		c.problem(path, "found the id %q, which cannot name a folder on Windows: use another id", id)
	} else if strings.HasPrefix(id, buildPrefix) || strings.HasPrefix(id, mergePrefix) {
		c.problem(path, "found an id that begins with %s or %s, which are reserved for stages that hubdata adds: use another id", buildPrefix, mergePrefix)
	}
}

// head checks everything outside of datasets and stages.
func (c *checker) head() {
	r := c.r
	if r.Version != Version {
		c.problem("version", "found %d, expected version: %d", r.Version, Version)
	}
	if r.Name == "" {
		c.problem("name", "found none, expected a name for the recipe")
	}
	mmdet := slices.ContainsFunc(r.Stages, func(s Stage) bool { return s.Kind == Train || s.Kind == Infer })
	if mmdet || r.Dialect != "" || len(r.Stages) == 0 {
		c.oneOf("dialect", string(r.Dialect), string(MMDet2), string(MMDet3))
	}
	if len(r.Classes) == 0 {
		c.problem("classes", "found none, expected the names of the categories in the order of the COCO files, such as [blood_vessel]")
	}
	for i, name := range r.Classes {
		if name == "" || slices.Index(r.Classes, name) < i {
			c.problem(fmt.Sprintf("classes[%d]", i), "found %q, which is empty or a duplicate, expected each class once", name)
		}
	}
	c.oneOf("launch.engine", string(r.Launch.Engine), string(Local), string(SlurmEngine))
	c.slurm()
	c.atLeast("launch.gpus", r.Launch.GPUs, 1)
	c.atLeast("launch.nodes", r.Launch.Nodes, 1)
	c.atLeast("launch.cpus_per_task", r.Launch.CPUsPerTask, 1)
	if r.Launch.Port < 1 || r.Launch.Port > 65535 {
		c.problem("launch.port", "found %d, expected a port from 1 to 65535", r.Launch.Port)
	}
	if len(r.Stages) == 0 {
		c.problem("stages", "found none, expected a list of stages")
	}
	c.needs()
	if r.Tool.Root == "" && mmdet {
		c.problem("tool.root", "found none, expected the folder of MMDetection's checkout, or the .mim folder of the installed package")
	}
	for _, p := range [][2]string{
		{"roots.source", r.Roots.Source}, {"roots.images", r.Roots.Images}, {"roots.configs", r.Roots.Configs},
		{"roots.work", r.Roots.Work}, {"roots.data", r.Roots.Data}, {"tool.root", r.Tool.Root},
	} {
		c.home(p[0], p[1])
	}
}

// home adds a problem for a path that only a shell can expand.
func (c *checker) home(path, name string) {
	if strings.HasPrefix(name, "~") {
		c.problem(path, "found %q: only a shell expands ~, so write the full path", name)
	}
}

// commands are the commands that build datasets.
var commands = []string{"convert", "folds", "filter", "merge", "export"}

func (c *checker) datasets() {
	files := map[string]string{} // from path to id, for files that are written or read
	written := writers(c.r.all())
	for i := range c.r.Datasets {
		d := &c.r.Datasets[i]
		path := "datasets." + d.ID
		c.id(path, d.ID)
		c.home(path+".coco", d.COCO)
		c.home(path+".folder", d.Folder)
		c.home(path+".images", d.Images)
		switch given := given(d.COCO, d.Plan, d.Folder); {
		case given == 0:
			c.problem(path, "found no file, expected coco: and the path of a COCO file")
			continue
		case given > 1:
			c.problem(path, "found %d of coco, plan and folder, expected only one", given)
			continue
		}
		if d.Build != nil {
			c.build(path+".build", d.Build)
		}
		file, _ := c.r.DataPath(d.ID)
		other, ok := files[file]
		if ok && (d.Build != nil || written[d.ID] != "" || written[other] != "") {
			c.problem(path, "the file %s also belongs to dataset %s, and one of them is written: use another file", file, other)
		}
		files[file] = d.ID
	}
}

// given counts the texts that are not empty.
func given(texts ...string) int {
	n := 0
	for _, t := range texts {
		if t != "" {
			n++
		}
	}
	return n
}

func (c *checker) build(path string, b *Build) {
	if len(b.Command) == 0 {
		c.problem(path+".command", "found none, expected words such as [convert, --dataset, \"2\", --per, none, -o, \"{out}\", \"{source}\"]")
		return
	}
	c.oneOf(path+".command[0]", b.Command[0], commands...)
	out := false
	for i, word := range b.Command {
		at := fmt.Sprintf("%s.command[%d]", path, i)
		for _, name := range placeholders(word) {
			id, isData := strings.CutPrefix(name, "id:")
			switch {
			case name == "out":
				out = true
			case name == "source", name == "data", name == "images":
			case isData:
				c.dataset(at, id, anyData)
			default:
				c.problem(at, "found {%s}, expected {out}, {source}, {data}, {images} or {id:NAME} with the id of a dataset", name)
			}
		}
	}
	if !out {
		c.problem(path+".command", "found no {out}, expected it where the command line names the file to write")
	}
	for i, id := range b.Needs {
		c.dataset(fmt.Sprintf("%s.needs[%d]", path, i), id, anyData)
	}
}

// dataForm is the form of dataset that a key accepts.
type dataForm int

const (
	cocoData   dataForm = iota // a COCO file
	folderData                 // a COCO file or a folder
	anyData                    // also a plan of folds
)

// dataset adds a problem if an id is not that of a dataset of a form.
func (c *checker) dataset(path, id string, form dataForm) {
	d := c.r.Data(id)
	switch {
	case id == "":
		c.problem(path, "found none, expected the id of a dataset")
	case d == nil:
		var ids []string
		for _, d := range c.r.Datasets {
			ids = append(ids, d.ID)
		}
		c.problem(path, "found unknown dataset %q: %s", id, nearest(id, ids))
	case d.Plan != "" && form < anyData:
		c.problem(path, "found %s, which is a fold plan, expected a COCO dataset", id)
	case d.Folder != "" && form < folderData:
		c.problem(path, "found %s, which is a folder of another format, expected a COCO dataset", id)
	}
}

// link adds a problem if an id is not that of a stage of one of the kinds that, if it is
// a command, does what is needed.
func (c *checker) link(path, id string, does func(*Stage) bool, kinds ...StageKind) *Stage {
	var ids, names []string
	for i := range c.r.Stages {
		s := &c.r.Stages[i]
		if !slices.Contains(kinds, s.Kind) || s.Kind == CommandKind && !does(s) {
			continue
		}
		if s.ID == id {
			return s
		}
		ids = append(ids, s.ID)
	}
	for _, k := range kinds {
		name := string(k)
		if k == CommandKind && does(&Stage{Kind: CommandKind}) {
			name += " with on"
		} else if k == CommandKind {
			name += " with train"
		}
		names = append(names, name)
	}
	if id == "" {
		c.problem(path, "found none, expected the id of a stage of kind %s", strings.Join(names, " or "))
	} else {
		c.problem(path, "found %q, which is not a stage of kind %s: %s", id, strings.Join(names, " or "), nearest(id, ids))
	}
	return nil
}

// kindKeys are the keys that stages of a kind may have in addition to id, kind and slurm.
var kindKeys = map[StageKind][]string{
	Train: {"config", "train", "val", "init", "pick", "metric", "seed", "epochs", "batch_per_gpu", "augment", "size", "allow_overlap",
		"dataset_path", "set", "keep_checkpoints", "gpus", "nodes"},
	Infer: {"config", "from", "on", "scales", "flip", "set", "gpus", "nodes"},
	CommandKind: {"argv", "resume_argv", "env", "files", "output", "train", "val", "init", "pick", "metric", "seed", "epochs", "batch_per_gpu",
		"allow_overlap", "from", "on", "gpus", "nodes"},
	Fuse:   {"inputs", "weight", "preset", "flags"},
	Pseudo: {"inputs", "weight", "preset", "flags", "thr", "out", "merge"},
	Eval:   {"inputs", "flags", "truth"},
}

// kindNames are the kinds in the order of the documentation.
var kindNames = []string{string(Train), string(Infer), string(CommandKind), string(Fuse), string(Pseudo), string(Eval)}

// stage checks a stage. ids has the ids of the stages before it in lower case.
func (c *checker) stage(i int, ids map[string]string) {
	s := &c.r.Stages[i]
	path := fmt.Sprintf("stages[%d]", i)
	c.id(path+".id", s.ID)
	lower := strings.ToLower(s.ID)
	if other, ok := ids[lower]; ok {
		c.problem(path+".id", "%s is the id of an earlier stage (%s), and both would write to the same folder: use another id", s.ID, other)
	} else {
		ids[lower] = s.ID
	}
	if !c.oneOf(path+".kind", string(s.Kind), kindNames...) {
		return
	}
	if s.Slurm != nil {
		c.resources(path+".slurm", s.Slurm)
	}
	for _, key := range stageKeys {
		at := path + "." + key
		if c.has(at) && key != "id" && key != "kind" && key != "slurm" && !slices.Contains(kindKeys[s.Kind], key) {
			c.problem(at, "unknown key for a stage of kind %s: it may have %s", s.Kind, strings.Join(kindKeys[s.Kind], ", "))
		}
	}
	if s.GPUs != nil {
		least := 1
		if s.Kind == CommandKind {
			least = 0
		}
		c.atLeast(path+".gpus", *s.GPUs, least)
	}
	c.atLeast(path+".nodes", s.Nodes, 1)
	switch s.Kind {
	case Train, Infer, CommandKind:
		c.r.trainer(s).check(c, s, path)
		c.machine(s, path)
	case Fuse, Pseudo:
		c.fuse(s, path)
	case Eval:
		c.dataset(path+".truth", s.Truth, cocoData)
		c.inputs(s, path, (*Stage).Predicts, Infer, CommandKind, Fuse)
	}
}

// machine checks the keys that say how a stage is started.
func (c *checker) machine(s *Stage, path string) {
	if _, nodes := c.r.gpus(s); nodes > 1 && c.r.Launch.Engine == Local {
		at := path + ".nodes"
		if !c.has(at) {
			at = "launch.nodes"
		}
		c.problem(at, "found %d nodes, but engine local uses only this machine: set engine: slurm, or 1 node", nodes)
	}
}

func (c *checker) train(s *Stage, path string) {
	if s.Config == "" {
		c.problem(path+".config", "found none, expected the path of a config of MMDetection")
	}
	c.training(s, path, cocoData)
	if !metricPattern().MatchString(s.Metric) {
		c.problem(path+".metric", "found %q, expected segm_mAP, bbox_mAP, or one of these with _50, _75, _s, _m or _l", s.Metric)
	}
	if n := *s.KeepCkpts; n != -1 && n < 1 {
		c.problem(path+".keep_checkpoints", "found %d, expected 1 or more, or -1 for all", n)
	}
	switch {
	case s.Augment != "" && !c.oneOf(path+".augment", s.Augment, "light", "heavy"):
	case s.Augment != "" && !c.has(path+".size"):
		c.problem(path+".augment", "found no size, expected size: and the side that images are resized to")
	case s.Augment == "" && c.has(path+".size"):
		c.problem(path+".size", "found size without augment: without augment, the config sets the size")
	}
	c.atLeast(path+".size", s.Size, 32)
	if s.DatasetPath != "" {
		c.datasetPath(s.DatasetPath, path+".dataset_path")
	}
}

// training checks the keys of trainings of all kinds.
func (c *checker) training(s *Stage, path string, form dataForm) {
	c.dataset(path+".train", s.Train, form)
	if c.has(path + ".val") {
		c.dataset(path+".val", s.Val, form)
	}
	if s.Init != nil {
		c.init(s.Init, path+".init", s.ID)
	}
	c.pick(path+".pick", s.Pick, s)
	if s.Seed != nil && (*s.Seed < 0 || *s.Seed > math.MaxInt32) {
		c.problem(path+".seed", "found %d, expected 0 to %d", *s.Seed, math.MaxInt32)
	}
	c.atLeast(path+".epochs", s.Epochs, 1)
	c.atLeast(path+".batch_per_gpu", s.BatchPerGPU, 1)
}

var metricPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(segm|bbox)_mAP(_(50|75|s|m|l))?$`)
})

// pick checks which checkpoint of a stage is selected.
func (c *checker) pick(path, pick string, of *Stage) {
	epoch, isEpoch := strings.CutPrefix(pick, "epoch:")
	n, err := strconv.Atoi(epoch)
	switch {
	case pick == "last":
	case pick == "best":
		if of.Val == "" && (of.Output == nil || of.Output.Best == "" && of.Output.Scores == nil) {
			c.problem(path, "found best, but stage %s has no val to choose by, expected last or epoch:N", of.ID)
		}
	case !isEpoch:
		c.problem(path, "found %q, expected best, last or epoch:N", pick)
	case err != nil || n < 1 || strconv.Itoa(n) != epoch:
		c.problem(path, "found %q, expected epoch: and a number from 1, such as epoch:8", pick)
	case of.Epochs > 0 && n > of.Epochs:
		c.problem(path, "found epoch %d, but stage %s has %d epochs", n, of.ID, of.Epochs)
	case of.KeepCkpts != nil && *of.KeepCkpts > 0 && (of.Epochs == 0 || n <= of.Epochs-*of.KeepCkpts):
		c.problem(path, "found epoch %d, but stage %s keeps only its last %d checkpoints: set keep_checkpoints: -1 there", n, of.ID, *of.KeepCkpts)
	}
}

// init checks the source of weights.
func (c *checker) init(init *Init, path, self string) {
	if n := given(init.File, init.URL, init.Stage); n != 1 {
		c.problem(path, "found %d of file, url and stage, expected exactly one", n)
		return
	}
	c.home(path+".file", init.File)
	if init.URL != "" && !strings.Contains(init.URL, "://") {
		c.problem(path+".url", "found %q, expected an address such as https://... or torchvision://..., or file: for a path", init.URL)
	}
	if init.Stage == "" {
		if init.Pick != "" {
			c.problem(path+".pick", "found pick without stage: pick chooses a checkpoint of a stage")
		}
		return
	}
	of := c.link(path+".stage", init.Stage, (*Stage).Trains, Train, CommandKind)
	if of != nil && init.Pick != "" {
		c.pick(path+".pick", init.Pick, of)
	}
}

func (c *checker) infer(s *Stage, path string) {
	c.dataset(path+".on", s.On, cocoData)
	if s.From == nil {
		c.problem(path+".from", "found none, expected a checkpoint: from: {stage: ID} or from: {file: PATH}")
	} else {
		c.init(s.From, path+".from", s.ID)
		if s.Config == "" && s.From.Stage == "" {
			c.problem(path+".config", "found none, expected the config of the checkpoint")
		}
	}
	for i, n := range s.Scales {
		at := fmt.Sprintf("%s.scales[%d]", path, i)
		if n < 32 || slices.Index(s.Scales, n) < i {
			c.problem(at, "found %d, expected image sides of at least 32, each once", n)
		}
	}
	if s.Flip == nil {
		return
	}
	if len(s.Scales) == 0 {
		c.problem(path+".flip", "found no scales, expected scales: and the image sides: flip needs a complete test pipeline")
	}
	if *s.Flip && c.r.Dialect == MMDet3 {
		c.problem(path+".flip", "found true, expected false: the test-time augmentation of MMDetection 3.x merges only boxes and rejects masks; fuse several scales or models instead")
	}
}

// pseudoFlags are flags of hubdata pseudo for which a stage has keys.
var pseudoFlags = []string{"--model", "--weight", "--images", "--results", "--thr", "--merge", "--out", "-o"}

func (c *checker) fuse(s *Stage, path string) {
	c.inputs(s, path, (*Stage).Predicts, Infer, CommandKind)
	for _, name := range slices.Sorted(maps.Keys(s.Weight)) {
		w := s.Weight[name]
		if !slices.Contains(s.Inputs, name) {
			c.problem(path+".weight."+name, "found %q, which is not an input: %s", name, nearest(name, s.Inputs))
		} else if w < 0 {
			c.problem(path+".weight."+name, "found %v, expected 0 or more", w)
		}
	}
	for i, flag := range s.Flags {
		name, _, _ := strings.Cut(flag, "=")
		if slices.Contains(pseudoFlags, name) || name == "--preset" && s.Preset != "" {
			c.problem(fmt.Sprintf("%s.flags[%d]", path, i), "found %s, which the recipe sets by a key: use only other flags of hubdata pseudo here", name)
		}
	}
	if c.has(path+".preset") && s.Preset == "" {
		c.problem(path+".preset", "found an empty name, expected the path of a preset that hubdata tune wrote")
	}
	c.home(path+".preset", s.Preset)
	if s.Kind != Pseudo {
		return
	}
	if !c.has(path+".thr") || s.Thr < 0 || s.Thr >= 1 {
		c.problem(path+".thr", "found %v, expected a score from 0 to below 1, such as 0.5", s.Thr)
	}
	c.dataset(path+".out", s.Out, cocoData)
	if file, _ := c.r.DataPath(s.Out); file != "" && !datasetFile().MatchString(file) {
		c.problem(path+".out", "dataset %s has the file %s, expected one that ends in .json, .json.gz or .json.zst", s.Out, file)
	}
	if d := c.r.Data(s.Out); d != nil && d.Build != nil {
		c.problem(path+".out", "dataset %s has a build: use one that only this stage writes", s.Out)
	}
	for i := range c.r.Stages {
		if o := &c.r.Stages[i]; o == s {
			break
		} else if o.Kind == Pseudo && o.Out == s.Out {
			c.problem(path+".out", "stage %s also writes dataset %s: use another", o.ID, s.Out)
		}
	}
	if s.Merge != "" {
		c.dataset(path+".merge", s.Merge, cocoData)
		if s.Merge == s.Out {
			c.problem(path+".merge", "found the dataset that this stage writes: use another")
		}
	}
}

// inputs checks the stages whose predictions a stage uses.
func (c *checker) inputs(s *Stage, path string, does func(*Stage) bool, kinds ...StageKind) {
	if len(s.Inputs) == 0 {
		c.problem(path+".inputs", "found none, expected the ids of stages that predict")
	}
	on, first := "", ""
	for i, id := range s.Inputs {
		at := fmt.Sprintf("%s.inputs[%d]", path, i)
		if slices.Index(s.Inputs, id) < i {
			c.problem(at, "duplicate input %s: remove one", id)
		}
		in := c.link(at, id, does, kinds...)
		if in == nil {
			continue
		}
		data := in.On
		if in.Kind == Fuse {
			data = c.r.inferData(in)
		}
		if on == "" {
			on, first = data, id
		} else if data != on && data != "" {
			c.problem(at, "%s predicts on %s, but %s on %s: use the same dataset", id, data, first, on)
		}
	}
}
