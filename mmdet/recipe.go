package mmdet

// Version is the newest version of recipes that this package reads.
const Version = 1

// A Recipe is a chain of trainings, and of what comes between them.
type Recipe struct {
	Version  int      `json:"version"` // 1
	Name     string   `json:"name"`
	Dialect  Dialect  `json:"dialect"` // mmdet2 or mmdet3
	Classes  []string `json:"classes"` // in the order of the categories
	Roots    Roots    `json:"roots"`
	Tool     Tool     `json:"tool"`
	Launch   Launch   `json:"launch"`
	Datasets []Data   `json:"datasets"` // in the file a map by id; here in its order
	Stages   []Stage  `json:"stages"`

	name  string         // of the recipe's file, for errors
	dir   string         // of the recipe's file, absolute: relative paths begin here
	lines map[string]int // of the keys that the file has, by path
}

// Dialect is the generation of MMDetection.
type Dialect string

// The dialects.
const (
	MMDet2 Dialect = "mmdet2" // MMDetection 2.x with mmcv 1.x
	MMDet3 Dialect = "mmdet3" // MMDetection 3.x with mmengine
)

// Roots are folders that relative paths of a kind begin in. A relative root, and
// any other relative path, begins in the recipe's folder.
type Roots struct {
	Source  string `json:"source"`  // the competition's folder, which builds read; default: the recipe's folder
	Images  string `json:"images"`  // of a dataset without images; default: train
	Configs string `json:"configs"` // of Stage.Config; default: configs
	Work    string `json:"work"`    // each stage gets the folder of its id in it; default: work_dirs
	Data    string `json:"data"`    // of Data.COCO and Data.Plan; default: coco_data
}

// Tool is the installed MMDetection.
type Tool struct {
	Python     string   `json:"python"`     // default: python
	Root       string   `json:"root"`       // folder of its checkout; with 3.x from PyPI the package's .mim folder
	Train      string   `json:"train"`      // default: tools/train.py
	Test       string   `json:"test"`       // default: tools/test.py
	PythonPath []string `json:"pythonpath"` // put before $PYTHONPATH
}

// Launch says how stages that need GPUs are started.
type Launch struct {
	Engine      Engine `json:"engine"` // default: local
	GPUs        int    `json:"gpus"`   // on each node; default: 1
	Nodes       int    `json:"nodes"`  // default: 1
	CPUsPerTask int    `json:"cpus_per_task"`
	Port        int    `json:"port"` // default: 29500, with Slurm by the job's number
	Slurm       Slurm  `json:"slurm"`
}

// Engine is what starts a training.
type Engine string

// The engines. Local takes torchrun for several GPUs.
const (
	Local       Engine = "local"
	SlurmEngine Engine = "slurm"
)

// Slurm are options of sbatch and srun.
type Slurm struct {
	Partition string   `json:"partition"`
	Account   string   `json:"account"`
	Time      string   `json:"time"` // such as 12:00:00
	Gres      string   `json:"gres"` // default: gpu:N
	Extra     []string `json:"extra"`
	Launcher  string   `json:"launcher"` // srun (default) or torchrun
}

// Data is a COCO dataset: a file that is there, or one that hubdata builds, or
// one that a pseudo stage writes. A plan of folds stands among the datasets too,
// for builds to use.
type Data struct {
	ID     string `json:"id"`
	COCO   string `json:"coco"`   // path
	Plan   string `json:"plan"`   // path of a plan of folds, in place of COCO
	Images string `json:"images"` // folder; default: Roots.Images
	Build  *Build `json:"build"`  // how COCO is made; nil: it is there, or a stage writes it
}

// Build is a hubdata command that writes a dataset.
type Build struct {
	// Command is the command line after "hubdata", such as [convert, --dataset, "2"].
	// In its words {out} stands for the path of the dataset, {id:NAME} for that of
	// dataset NAME, {source} and {data} for the roots of these names.
	Command []string `json:"command"`
	Needs   []string `json:"needs"` // datasets that come before; those named by {id:NAME} do by themselves
}

// StageKind is what a stage does.
type StageKind string

// The kinds of stages. Train and Infer run MMDetection, the others hubdata.
const (
	Train  StageKind = "train"
	Infer  StageKind = "infer"
	Fuse   StageKind = "fuse"   // several infer stages to one results file: hubdata pseudo --results
	Pseudo StageKind = "pseudo" // to a dataset: hubdata pseudo
	Eval   StageKind = "eval"   // scores an infer or fuse stage: hubdata eval

	// BuildData is of stages that no file has: [Recipe.Order] adds one for each
	// dataset that is built. Its Out is the dataset.
	BuildData StageKind = "build"
)

// A Stage is one step of a recipe. Which fields it has depends on its kind; one
// that does not belong to it is an error.
type Stage struct {
	ID   string    `json:"id"`
	Kind StageKind `json:"kind"`

	// Train, and Infer: the config; of Infer, default that of the stage it is from.
	Config       string         `json:"config"`
	Train        string         `json:"train"`  // dataset
	Val          string         `json:"val"`    // dataset
	Init         *Init          `json:"init"`   // nil: what the config says
	Pick         string         `json:"pick"`   // best (default), last or epoch:N: what later stages get unless they say otherwise
	Metric       string         `json:"metric"` // that chooses the best: segm_mAP (default), bbox_mAP_50 and the like
	Seed         *int           `json:"seed"`
	Epochs       int            `json:"epochs"`           // 0: what the config says
	BatchPerGPU  int            `json:"batch_per_gpu"`    // 0: what the config says
	Augment      string         `json:"augment"`          // light, heavy or empty: what the config says
	Size         int            `json:"size"`             // Augment: image side
	AllowOverlap bool           `json:"allow_overlap"`    // validation tiles may be in training
	DatasetPath  string         `json:"dataset_path"`     // where a wrapped dataset's innermost is, such as train_dataloader.dataset.dataset
	Set          map[string]any `json:"set"`              // dotted key to value, after all else
	KeepCkpts    *int           `json:"keep_checkpoints"` // last epochs kept, -1: all; default: 2, all if an epoch is picked
	GPUs         int            `json:"gpus"`             // 0: Launch.GPUs
	Nodes        int            `json:"nodes"`            // 0: Launch.Nodes

	// Infer.
	From   *Init  `json:"from"`   // the checkpoint
	On     string `json:"on"`     // dataset whose images are run on
	Scales []int  `json:"scales"` // image sides; each gives a results file of the model; none: what the config says
	Flip   *bool  `json:"flip"`   // flip test-time augmentation; default: with Scales and mmdet2 yes, else what the config says

	// Fuse, Pseudo, Eval.
	Inputs []string           `json:"inputs"` // infer stages, for Eval infer or fuse stages
	Weight map[string]float64 `json:"weight"` // by input
	Flags  []string           `json:"flags"`  // more flags of hubdata pseudo or eval
	Thr    float64            `json:"thr"`    // Pseudo
	Out    string             `json:"out"`    // Pseudo: id of the dataset that it writes
	Merge  string             `json:"merge"`  // Pseudo: dataset to unite with; Out is then the union
	Truth  string             `json:"truth"`  // Eval: dataset
}

// Init is where weights come from: exactly one of File, URL and Stage.
type Init struct {
	File  string `json:"file"`
	URL   string `json:"url"`
	Stage string `json:"stage"`
	Pick  string `json:"pick"` // of Stage: best, last or epoch:N; default: the stage's own
}
