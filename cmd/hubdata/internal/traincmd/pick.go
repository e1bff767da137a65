package traincmd

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const pickHelp = `Chooses a checkpoint of a training, and says why. Files and logs must agree: best is
the file that MMDetection wrote as the best one, if it belongs to the epoch with the
highest score in the log, the first of equal ones. For a command of a recipe, best is the
checkpoint of the epoch with the highest score. Of a log file alone, JSON or text, it
prints the epoch, such as epoch:8.

examples:
   hubdata train pick work_dirs/cbnet-1
   hubdata train pick --pick last work_dirs/cbnet-1
   hubdata train pick --recipe recipe.yaml work_dirs/yolo-1
   hubdata train pick solution/all_configs/nops_config_pret/pretexp1_cbnetbase_1600_10e.log
   hubdata train pick --json --metric bbox_mAP work_dirs/cbnet-1 | jq -r .path`

func pickCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "pick",
		Usage:       "choose a checkpoint of a training",
		UsageText:   "[flags] WORK_DIR|LOG",
		Description: pickHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pick", Value: "best", Usage: "choose by `RULE`: best, last or epoch:N"},
			&cli.StringFlag{Name: "metric", Value: mmdet.DefaultMetric, Usage: "choose the best epoch by the score `METRIC`"},
			&cli.StringFlag{Name: "recipe", Usage: "WORK_DIR is that of a stage of `RECIPE`"},
			&cli.StringFlag{Name: "dialect", Usage: "read files of `DIALECT`: mmdet2 or mmdet3", DefaultText: "found in the folder"},
			flags.JsonFlag("the choice"),
		},
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() != 1 {
				return ui.Usagef("%s: found %d arguments, expected one folder", flags.CommandName(ctx.Command), ctx.NArg())
			}
			path, rule, metric := ctx.Args().First(), ctx.String("pick"), ctx.String("metric")
			if name := ctx.String("recipe"); name != "" {
				if !ctx.IsSet("metric") {
					metric = ""
				}
				return failure(pickOfRecipe(c, name, path, rule, metric))
			}
			if st, err := os.Stat(path); err == nil && !st.IsDir() {
				return failure(pickOfLog(c, path, rule, metric))
			}
			return failure(pick(c, path, mmdet.Dialect(ctx.String("dialect")), rule, metric))
		},
	}
}

// pick prints the checkpoint that a rule chooses in a folder; an empty dialect is that of the files in it.
func pick(c *ui.Console, dir string, dialect mmdet.Dialect, rule, metric string) error {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return ui.Failf(ui.ExitBadData, "no folder %s", dir)
	}
	switch dialect {
	case mmdet.MMDet2, mmdet.MMDet3:
	case "":
		var ok bool
		if dialect, ok = mmdet.DialectOf(regularfile.DirFS(dir)); !ok {
			return ui.Failf(ui.ExitBadData, "%s: found no log of MMDetection 2.x or 3.x", dir).Hint("if there is none, name the dialect: --dialect mmdet3")
		}
	default:
		return ui.Usagef("--dialect: found %q, expected mmdet2 or mmdet3", dialect)
	}
	wd, err := mmdet.ReadWorkDir(regularfile.DirFS(dir), dir, dialect)
	if err != nil {
		return err
	}
	choice, err := wd.Pick(rule, metric)
	if err != nil {
		return err
	}
	return printChoice(c, dir, choice)
}

// pickOfRecipe prints the checkpoint of a stage of a recipe, which the last part of its folder's name says.
func pickOfRecipe(c *ui.Console, recipe, dir, rule, metric string) error {
	r, err := openRecipe(recipe)
	if err != nil {
		return err
	}
	s := r.Stage(filepath.Base(dir))
	if s == nil || !s.Trains() {
		return ui.Usagef("%s: recipe %s has no training %s", dir, r.Name, filepath.Base(dir))
	}
	if a, err := os.Stat(dir); err != nil {
		return ui.Failf(ui.ExitBadData, "no folder %s", dir)
	} else if b, err := os.Stat(r.WorkDir(s)); err != nil || !os.SameFile(a, b) {
		return ui.Usagef("%s is not the folder of stage %s, which is %s", dir, s.ID, r.WorkDir(s))
	}
	wd, err := r.ReadWorkDir(regularfile.DirFS(dir), s)
	if err != nil {
		return err
	}
	choice, err := wd.Pick(rule, cmp.Or(metric, s.Metric))
	if err != nil {
		return err
	}
	return printChoice(c, dir, choice)
}

// maxLog is the largest size of a log.
const maxLog = 256 << 20

// pickOfLog prints the epoch that a rule chooses in a log.
func pickOfLog(c *ui.Console, path, rule, metric string) error {
	f, st, err := regularfile.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	if st.Size() > maxLog {
		return ui.Failf(ui.ExitBadData, "%s: found %d bytes, expected a log of at most %d", path, st.Size(), maxLog)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxLog))
	if err != nil {
		return err
	}
	log, dialect, err := mmdet.ParseLog(text, path)
	if err != nil {
		return err
	}
	epoch, score := log.Best(metric, dialect)
	number, isEpoch := strings.CutPrefix(rule, "epoch:")
	switch {
	case len(log.Epochs) == 0:
		return ui.Failf(ui.ExitBadData, "%s: found no validation, expected a log of MMDetection", path)
	case rule == "last":
		epoch = &log.Epochs[len(log.Epochs)-1]
	case isEpoch:
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return &mmdet.PickError{Pick: rule}
		}
		if epoch = log.Epoch(n); epoch == nil {
			return ui.Failf(ui.ExitBadData, "%s: found no validation of epoch %d", path, n)
		}
	case rule != "best":
		return &mmdet.PickError{Pick: rule}
	case epoch == nil:
		return ui.Failf(ui.ExitBadData, "%s: found no %s", path, metric).Hint("the log has %s", strings.Join(log.Metrics(), ", "))
	}
	var has *float64
	if v, ok := epoch.Score(metric); ok {
		has, score = &v, v
	}
	if c.JSON {
		return ui.PrintJSON(c.Out, struct {
			Pick   string   `json:"pick"`
			Epoch  int      `json:"epoch"`
			Metric string   `json:"metric"`
			Score  *float64 `json:"score"`
			File   string   `json:"file"`
			Line   int      `json:"line"`
		}{rule, epoch.Number, metric, has, path, epoch.Line})
	}
	ui.Fprintf(c.Out, "epoch:%d\n", epoch.Number)
	said := "no " + metric
	if has != nil {
		said = metric + " " + strconv.FormatFloat(score, 'g', -1, 64)
	}
	c.Note("%s (%s:%d); which checkpoints exist, a log does not say", said, path, epoch.Line)
	return nil
}

// printChoice prints a checkpoint.
func printChoice(c *ui.Console, dir string, choice *mmdet.Choice) error {
	path := filepath.Join(dir, choice.File)
	if c.JSON {
		return ui.PrintJSON(c.Out, struct {
			Path string `json:"path"`
			*mmdet.Choice
		}{path, choice})
	}
	ui.Fprintf(c.Out, "%s\n", path)
	score := "no score"
	if choice.Score != nil {
		score = choice.Metric + " " + strconv.FormatFloat(*choice.Score, 'g', -1, 64)
	}
	epoch := "epoch not known"
	if choice.Epoch > 0 {
		epoch = "epoch " + strconv.Itoa(choice.Epoch)
	}
	c.Note("%s, %s: %s", epoch, score, choice.How)
	return nil
}
