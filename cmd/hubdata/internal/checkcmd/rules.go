package checkcmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// allRules are the rules of datasets, and those of HuBMAP folders.
func allRules() []check.Rule { return append(check.Rules(), folderRules...) }

// Rule returns the rule of a code, nil if there is none.
func Rule(code coco.Code) *check.Rule {
	for i := range folderRules {
		if folderRules[i].Code == code {
			return &folderRules[i]
		}
	}
	return check.RuleOf(code)
}

// printRules prints the table of rules.
func printRules(c *ui.Console) error {
	if !c.JSON {
		return writeRules(c.Out, false)
	}
	rules := allRules()
	for i := range rules {
		if rules[i].Effects == nil {
			rules[i].Effects = []check.Effect{} // and not null
		}
	}
	return ui.PrintJSON(c.Out, rules)
}

// writeRules writes the rules as text for people, or as Markdown.
func writeRules(w io.Writer, markdown bool) error {
	var b strings.Builder
	if markdown {
		b.WriteString("# The rules of `hubdata check`\n\nGenerated from the table in `coco/check/rules.go`; `hubdata check --list` prints the same.\n" +
			"An error makes a consumer fail or makes its numbers wrong; with a warning it loses or misreads data silently; a note is worth knowing.\n" +
			"Codes do not change between versions.\n\n" +
			"mmdet2 and mmdet3 are MMDetection 2.x and 3.x in training with masks, pycocotools its `COCO` and `COCOeval`, detectron2 `load_coco_json` and the\n" +
			"training loader, yolo ultralytics' `convert_coco` and the cache of labels, kaggle the competition's scorer. The others are the\n" +
			"readers of these packages; [consumers.md](consumers.md) has what each was seen to do, and with which version.\n")
	}
	for i, r := range allRules() {
		item := "   "
		switch {
		case markdown:
			ui.Fprintf(&b, "\n## %s\n\n%s: %s.", r.Code, r.Severity, r.About)
			if r.Why != "" {
				ui.Fprintf(&b, " %s.", capital(r.Why))
			}
			b.WriteString("\n\n")
			item = "- "
		default:
			if i > 0 {
				b.WriteByte('\n')
			}
			ui.Fprintf(&b, "%s (%s): %s\n", r.Code, r.Severity, r.About)
			if r.Why != "" {
				ui.Fprintf(&b, "   %s\n", r.Why)
			}
		}
		for _, group := range groupEffects(r.Effects) {
			ui.Fprintf(&b, "%s%s\n", item, group)
		}
		if r.Fix != "" {
			ui.Fprintf(&b, "%s--fix: %s\n", item, r.Fix)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// groupEffects joins the names of consumers that do the same.
func groupEffects(list []check.Effect) []string {
	var out []string
	for i := 0; i < len(list); {
		var names []string
		k := i
		for ; k < len(list) && list[k].Outcome == list[i].Outcome && list[k].Does == list[i].Does; k++ {
			names = append(names, string(list[k].Consumer))
		}
		out = append(out, fmt.Sprintf("%s (%s): %s", strings.Join(names, ", "), list[i].Outcome, list[i].Does))
		i = k
	}
	return out
}

func capital(text string) string {
	if text == "" || strings.HasPrefix(text, "polygons.jsonl") || strings.HasPrefix(text, "hubdata") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
