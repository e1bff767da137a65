package mmdet

// Version is the latest recipe version that this package reads.
const Version = 1

// A Recipe is a chain of trainings and the steps between them.
type Recipe struct {
	Version  int      `json:"version"` // 1
	Name     string   `json:"name"`
	Dialect  Dialect  `json:"dialect"` // mmdet2 or mmdet3; only train and infer stages need it
	Classes  []string `json:"classes"` // in the order of the categories
	Roots    Roots    `json:"roots"`
	Tool     Tool     `json:"tool"`
	Launch   Launch   `json:"launch"`
	Datasets []Data   `json:"datasets"` // in the file a map by id; here in the order of the file
	Stages   []Stage  `json:"stages"`

	name  string         // name of the recipe's file, for errors
	dir   string         // absolute folder of the recipe's file: relative paths start here
	lines map[string]int // lines of the keys in the file, by path
}

// Dialect is the generation of MMDetection.
type Dialect string

// The dialects.
const (
	MMDet2 Dialect = "mmdet2" // MMDetection 2.x with mmcv 1.x
	MMDet3 Dialect = "mmdet3" // MMDetection 3.x with mmengine
)

// Roots are the base folders of relative paths. A relative root, and any other relative
// path, is relative to the recipe's folder.
type Roots struct {
	Source  string `json:"source"`  // the competition's folder, the input of builds; default: the recipe's folder
	Images  string `json:"images"`  // for datasets without images; default: train
	Configs string `json:"configs"` // base of Stage.Config; default: configs
	Work    string `json:"work"`    // contains a folder for each stage, named by its id; default: work_dirs
	Data    string `json:"data"`    // base of Data.COCO and Data.Plan; default: coco_data
}

// Tool is the installed MMDetection, or the Python of commands.
type Tool struct {
	Python     string   `json:"python"`     // default: python
	Root       string   `json:"root"`       // folder of MMDetection's checkout; for 3.x from PyPI the package's .mim folder
	Train      string   `json:"train"`      // default: tools/train.py
	Test       string   `json:"test"`       // default: tools/test.py
	PythonPath []string `json:"pythonpath"` // folders to put before those of $PYTHONPATH
	Needs      []Need   `json:"needs"`      // packages that this Python must have, besides those of MMDetection
}

// A Need is a Python module that trainings import.
type Need struct {
	Module  string `json:"module"`  // name to import, such as segmentation_models_pytorch
	Package string `json:"package"` // name of the package whose version counts; default: that of the module
	Version string `json:"version"` // such as ">=0.9" or ">=1.13,<1.14"; default: any
	Get     string `json:"get"`     // how to install it; default: pip install PACKAGE
}

// Launch describes how to start stages that need GPUs.
type Launch struct {
	Engine      Engine `json:"engine"` // default: local
	GPUs        int    `json:"gpus"`   // per node; default: 1
	Nodes       int    `json:"nodes"`  // default: 1
	CPUsPerTask int    `json:"cpus_per_task"`
	Port        int    `json:"port"` // default: 29500; with Slurm derived from the job's number
	Slurm       Slurm  `json:"slurm"`
}

// Engine is the way to start a training.
type Engine string

// The engines. Local uses torchrun for several GPUs.
const (
	Local       Engine = "local"
	SlurmEngine Engine = "slurm"
)

// Slurm are options of sbatch and srun.
type Slurm struct {
	Partition string               `json:"partition"`
	Account   string               `json:"account"`
	Time      string               `json:"time"` // such as 12:00:00
	Gres      string               `json:"gres"` // default: gpu:N
	Extra     []string             `json:"extra"`
	Launcher  string               `json:"launcher"` // srun (default) or torchrun
	Lead      int                  `json:"lead"`     // seconds before the end of its time at which a job stops to return to the queue; default: 180
	Requeues  int                  `json:"requeues"` // how often a job may return to the queue; default: 50
	Kinds     map[string]Resources `json:"kinds"`    // other options for stages of a kind, such as build
}

// Resources are options of sbatch and srun for some stages. A key that is absent is as
// for all stages.
type Resources struct {
	Partition   string   `json:"partition"`
	Account     string   `json:"account"`
	Time        string   `json:"time"`
	Gres        string   `json:"gres"` // for stages that need GPUs
	CPUsPerTask int      `json:"cpus_per_task"`
	Extra       []string `json:"extra"` // in place of the others
}

// Data is a COCO dataset: an existing file, one that hubdata builds, or one that a
// pseudo stage writes. The datasets may also include a fold plan for builds to use, and
// a folder that an export writes for commands.
type Data struct {
	ID     string `json:"id"`
	COCO   string `json:"coco"`   // path
	Plan   string `json:"plan"`   // path of a fold plan, instead of COCO
	Folder string `json:"folder"` // path of a folder in another tool's format, instead of COCO
	Images string `json:"images"` // folder; default: Roots.Images
	Build  *Build `json:"build"`  // how to make COCO; nil: it exists, or a stage writes it
}

// Build is a hubdata command that writes a dataset.
type Build struct {
	// Command is the command line after "hubdata", such as [convert, --dataset, "2"].
	// In its words, {out} is replaced by the path of the dataset, {id:NAME} by that of
	// dataset NAME, {source}, {data} and {images} by the roots of these names.
	Command []string `json:"command"`
	Needs   []string `json:"needs"` // datasets that must exist first; those of {id:NAME} are added automatically
}

// StageKind is the kind of a stage.
type StageKind string

// The kinds of stages. Train and Infer run MMDetection, CommandKind any program, the
// others hubdata.
const (
	Train       StageKind = "train"
	Infer       StageKind = "infer"
	CommandKind StageKind = "command" // trains or predicts with a program of the recipe's choice
	Fuse        StageKind = "fuse"    // fuses stages that predict to one results file: hubdata pseudo --results
	Pseudo      StageKind = "pseudo"  // makes a dataset: hubdata pseudo
	Eval        StageKind = "eval"    // scores a stage that predicts: hubdata eval

	// BuildData is the kind of stages that are not in the file: [Recipe.Order] adds one
	// for each dataset to build. Its Out is the dataset.
	BuildData StageKind = "build"
)

// A Stage is one step of a recipe. Its fields depend on its kind; a field of another
// kind is an error.
type Stage struct {
	ID   string    `json:"id"`
	Kind StageKind `json:"kind"`

	Slurm *Resources `json:"slurm"` // options of its job

	// Train and Infer, and a command that does the same. The config of Infer defaults to
	// that of the stage in From.
	Config       string         `json:"config"`
	Train        string         `json:"train"`  // dataset
	Val          string         `json:"val"`    // dataset
	Init         *Init          `json:"init"`   // nil: as in the config
	Pick         string         `json:"pick"`   // checkpoint for later stages: best (default), last or epoch:N
	Metric       string         `json:"metric"` // metric of the best checkpoint: segm_mAP (default), bbox_mAP_50 and so on
	Seed         *int           `json:"seed"`
	Epochs       int            `json:"epochs"`           // 0: as in the config
	BatchPerGPU  int            `json:"batch_per_gpu"`    // 0: as in the config
	Augment      string         `json:"augment"`          // light, heavy or empty: as in the config
	Size         int            `json:"size"`             // Augment: image side
	AllowOverlap bool           `json:"allow_overlap"`    // validation tiles may be in training
	DatasetPath  string         `json:"dataset_path"`     // key of the innermost dataset of a wrapped one, such as train_dataloader.dataset.dataset
	Set          map[string]any `json:"set"`              // dotted key to value, applied last
	KeepCkpts    *int           `json:"keep_checkpoints"` // number of last epochs to keep, -1: all; default: 2, or all if an epoch is picked
	GPUs         *int           `json:"gpus"`             // default: Launch.GPUs; 0, for a command: none
	Nodes        int            `json:"nodes"`            // 0: Launch.Nodes

	// Infer, and a command that predicts.
	From   *Init  `json:"from"`   // the checkpoint
	On     string `json:"on"`     // dataset of the images to predict
	Scales []int  `json:"scales"` // image sides, with a results file for each; none: as in the config
	Flip   *bool  `json:"flip"`   // test-time augmentation by flips; default: true with Scales and mmdet2, otherwise as in the config

	// Command.
	Argv       []Argument        `json:"argv"`        // program and arguments, with placeholders such as {train}; those in an inner list only if they have values
	ResumeArgv []Argument        `json:"resume_argv"` // instead of argv, to resume from {resume}
	Env        map[string]string `json:"env"`         // variables to set, with placeholders
	Files      []string          `json:"files"`       // files that it reads besides, such as its script
	Output     *Output           `json:"output"`      // what it writes

	// Fuse, Pseudo, Eval.
	Inputs []string           `json:"inputs"` // stages that predict; for Eval also fuse stages
	Weight map[string]float64 `json:"weight"` // by input
	Preset string             `json:"preset"` // file of fusion settings that hubdata tune wrote; its models are named like the inputs
	Flags  []string           `json:"flags"`  // additional flags of hubdata pseudo or eval
	Thr    float64            `json:"thr"`    // Pseudo
	Out    string             `json:"out"`    // Pseudo: id of the dataset that it writes
	Merge  string             `json:"merge"`  // Pseudo: dataset to merge with; Out is then the merged dataset
	Truth  string             `json:"truth"`  // Eval: dataset with the ground truth
}

// Init is the source of weights: exactly one of File, URL and Stage.
type Init struct {
	File  string `json:"file"`
	URL   string `json:"url"`
	Stage string `json:"stage"`
	Pick  string `json:"pick"` // checkpoint of Stage: best, last or epoch:N; default: the stage's own pick
}

// An Argument is a word of a command line or, from an inner list, several words that are
// left out if a placeholder in them has no value.
type Argument struct {
	Words    []string
	Optional bool // from an inner list
}

// Output is what a command writes into its folder. Names are relative to it. {epoch} in
// the name of a checkpoint is the number of its epoch.
type Output struct {
	Checkpoints string   `json:"checkpoints"` // checkpoints of epochs, such as epoch_{epoch}.pth
	Best        string   `json:"best"`        // checkpoint that the program calls its best, if that is a file of its own
	Last        string   `json:"last"`        // checkpoint that the program calls its last, if that is a file of its own
	FirstEpoch  *int     `json:"first_epoch"` // number of the first epoch in these names: 1 (default) or 0
	Scores      *Scores  `json:"scores"`      // scores of the epochs
	Results     []string `json:"results"`     // results files, such as results.segm.json
}

// Scores is where a command writes the scores of its epochs: exactly one of File and
// Log. If an epoch has several lines, the last value of each score counts.
type Scores struct {
	File       string `json:"file"`        // CSV file with a header, or JSON file with an object per line (.json, .jsonl)
	Epoch      string `json:"epoch"`       // column or key with the number of the epoch; default: epoch
	Log        string `json:"log"`         // regular expression (RE2) of lines of its output; the group epoch is the epoch, any other group the score of its name
	FirstEpoch *int   `json:"first_epoch"` // number of the first epoch there: 1 (default) or 0
}
