package mmdet

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/coco"
)

// needsProgram prints, for each module of its argument, whether Python finds it, and
// its version.
//
//go:embed needs.py
var needsProgram string

// Codes of [MissingModules], [Recipe.CheckWeights] and of checks of the programs that a
// recipe starts.
const (
	ModuleMissing  coco.Code = "module-missing"  // a package that trainings import
	ModuleVersion  coco.Code = "module-version"  // a package of another version
	ProgramMissing coco.Code = "program-missing" // Python, a script or another program
	WeightsMissing coco.Code = "weights-missing" // no file
	WeightsBroken  coco.Code = "weights-broken"  // a file that is not weights, or truncated
)

// Modules returns the modules that the recipe's Python must have: those of MMDetection
// if a stage uses it, and those of tool.needs.
func (r *Recipe) Modules() []Need {
	var all []Need
	add := func(n Need) {
		n.Package = cmp.Or(n.Package, strings.ReplaceAll(n.Module, "_", "-"))
		n.Get = cmp.Or(n.Get, "pip install "+n.Package)
		if i := slices.IndexFunc(all, func(o Need) bool { return o.Module == n.Module }); i >= 0 {
			all[i] = n
			return
		}
		all = append(all, n)
	}
	mmdet := slices.ContainsFunc(r.Stages, func(s Stage) bool { return s.Kind == Train || s.Kind == Infer })
	if mmdet {
		const own = "install it for this PyTorch, see mmcv's documentation; without operators (mmcv-lite) trainings fail"
		add(Need{Module: "torch"})
		if r.Dialect == MMDet2 {
			add(Need{Module: "mmcv._ext", Package: "mmcv-full", Get: own})
		} else {
			add(Need{Module: "mmengine"})
			add(Need{Module: "mmcv._ext", Package: "mmcv", Get: own})
		}
		add(Need{Module: "mmdet"})
		add(Need{Module: "pycocotools"})
	}
	if slices.ContainsFunc(r.Stages, func(s Stage) bool { return s.Augment != "" }) {
		add(Need{Module: "albumentations", Version: "<2", Get: "pip install albumentations==1.3.1"})
	}
	for _, n := range r.Tool.Needs {
		add(n)
	}
	return all
}

// ModulesCommand returns the command that asks the recipe's Python for modules, once for
// all of them. [MissingModules] reads its output.
func (r *Recipe) ModulesCommand(needs []Need, pythonPath string) *Command {
	var query [][2]string
	for _, n := range needs {
		query = append(query, [2]string{n.Module, n.Package})
	}
	text, err := json.Marshal(query)
	if err != nil {
		panic(err) // texts alone
	}
	paths := r.pythonPath()
	if r.Tool.Root != "" {
		paths = append(paths, r.path("", r.Tool.Root))
	}
	if pythonPath != "" {
		paths = append(paths, pythonPath)
	}
	c := &Command{Argv: []string{r.program(r.Tool.Python), "-c", needsProgram, string(text)}, Dir: r.dir}
	if len(paths) > 0 {
		c.Env = []string{"PYTHONPATH=" + strings.Join(paths, listSeparator())}
	}
	return c
}

// MissingModules reads the output of [Recipe.ModulesCommand]. There is a finding for
// each module that Python does not find or that has another version, with how to get
// it. Modules whose version Python does not know are in unknown.
func MissingModules(needs []Need, output []byte) (findings []coco.Finding, unknown []string, err error) {
	type answer struct {
		Found   bool
		Version string
		Error   string
	}
	answers := map[string]answer{}
	at := bytes.LastIndex(bytes.TrimSpace(output), []byte("\n")) + 1
	if err := json.Unmarshal(bytes.TrimSpace(output)[at:], &answers); err != nil {
		return nil, nil, fmt.Errorf("found %s, expected the list of its modules", shorten(output))
	}
	for _, n := range needs {
		a := answers[n.Module]
		finding := func(code coco.Code, format string, args ...any) {
			findings = append(findings, coco.Finding{Code: code, Severity: coco.SeverityError, Reason: fmt.Sprintf(format, args...)})
		}
		switch {
		case !a.Found && a.Error != "":
			finding(ModuleMissing, "Python cannot import %s (%s): %s", n.Module, a.Error, n.Get)
		case !a.Found:
			finding(ModuleMissing, "Python has no module %s: %s", n.Module, n.Get)
		case n.Version == "":
		case a.Version == "":
			unknown = append(unknown, n.Module)
		case !versionFits(a.Version, n.Version):
			finding(ModuleVersion, "found %s %s, expected %s: %s", n.Module, a.Version, n.Version, n.Get)
		}
	}
	return findings, unknown, nil
}

var versionTerm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(<=|>=|==|!=|<|>)\s*(\d{1,9}(?:\.\d{1,9})*)\s*$`)
})

// versionFits reports whether a version, without what follows its numbers, fits all
// terms of a list such as >=1.13,<1.14.
func versionFits(version, terms string) bool {
	for term := range strings.SplitSeq(terms, ",") {
		m := versionTerm().FindStringSubmatch(term)
		if m == nil {
			return false
		}
		d := slices.Compare(versionNumbers(version), versionNumbers(m[2]))
		fits := map[string]bool{"<": d < 0, "<=": d <= 0, "==": d == 0, "!=": d != 0, ">=": d >= 0, ">": d > 0}
		if !fits[m[1]] {
			return false
		}
	}
	return true
}

// versionNumbers returns the numbers at the beginning of a version, without zeros at
// their end.
func versionNumbers(version string) []int {
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil {
			break
		}
		numbers = append(numbers, n)
		if digits != part {
			break
		}
	}
	for len(numbers) > 0 && numbers[len(numbers)-1] == 0 {
		numbers = numbers[:len(numbers)-1]
	}
	return numbers
}

var modulePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$`)
})

// needs checks tool.needs.
func (c *checker) needs() {
	for i, n := range c.r.Tool.Needs {
		path := fmt.Sprintf("tool.needs[%d]", i)
		if !modulePattern().MatchString(n.Module) {
			c.problem(path+".module", "found %q, expected the name that Python imports, such as segmentation_models_pytorch", n.Module)
		}
		for term := range strings.SplitSeq(n.Version, ",") {
			if n.Version != "" && !versionTerm().MatchString(term) {
				c.problem(path+".version", "found %q, expected terms such as >=1.13,<1.14", n.Version)
				break
			}
		}
	}
}
