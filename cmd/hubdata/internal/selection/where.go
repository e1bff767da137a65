package selection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/urfave/cli/v2"
)

// Where selects images by values of their keys: --where, with --table.
type Where struct {
	conditions []condition // of different keys; all must hold
	Table      string      // file; empty: none
	// Open is the table, where a command reads it for other flags too; nil: Table is read.
	Open *imagekey.Table
}

// condition is a key, and the values of it that are selected.
type condition struct {
	key    coco.Key
	values []string // as on the command line: each a value, or several with commas
}

// WhereFlag is --where; text says what is done to images.
func WhereFlag(text string) cli.Flag {
	return &cli.StringSliceFlag{Name: "where", Usage: text + " whose FIELD has a value: `FIELD=VALUE`, or several values with commas; repeatable"}
}

// WhereFlags are --where and --table; text says what is done to images.
func WhereFlags(text string) []cli.Flag { return []cli.Flag{WhereFlag(text), imagekey.TableFlag()} }

// ParseWhere reads --where and --table.
func ParseWhere(ctx *cli.Context) (Where, error) {
	w := Where{Table: ctx.String("table")}
	var err error
	if w.conditions, err = parseConditions(ctx); err != nil {
		return w, err
	}
	if w.Table != "" && len(w.conditions) == 0 {
		return w, ui.Usagef("--table has no effect without --where")
	}
	return w, nil
}

// parseConditions reads --where.
func parseConditions(ctx *cli.Context) ([]condition, error) {
	var list []condition
	for _, text := range ctx.StringSlice("where") {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || value == "" {
			return nil, ui.Usagef("--where: found %q, expected FIELD=VALUE", text)
		}
		key, err := imagekey.Parse("where", name)
		if err != nil {
			return nil, err
		}
		same := func(c condition) bool { return c.key.Name == key.Name }
		if k := slices.IndexFunc(list, same); k >= 0 {
			list[k].values = append(list[k].values, value)
			continue
		}
		list = append(list, condition{key, []string{value}})
	}
	return list, nil
}

// Conditions reports whether images are selected by values.
func (w *Where) Conditions() bool { return len(w.conditions) > 0 }

// openCondition is a condition and the values of the images.
type openCondition struct {
	key    string
	values []string // of the images
	wanted map[string]bool
}

// openWhere reads the values of the images that conditions are about.
func (r *OpenRules) openWhere(c *ui.Console, o *files.Outputs) error {
	if len(r.Where.conditions) == 0 {
		return nil
	}
	table := r.Where.Open
	if table == nil {
		var err error
		if table, err = imagekey.Open(c, r.Where.Table); err != nil {
			return err
		}
		if table != nil {
			o.Inputs = append(o.Inputs, table.Input)
		}
	}
	keys, err := table.Reader(imagenames.Names{All: r.names}, r.file.Input.Name)
	if err != nil {
		return err
	}
	for _, asked := range r.Where.conditions {
		column, err := keys.Of("where", asked.key, r.file.Images, r.Table)
		if err != nil {
			return err
		}
		wanted, err := asked.choose(column.Values, r.file.Input.Name)
		if err != nil {
			return err
		}
		r.where = append(r.where, openCondition{asked.key.Name, column.Values, wanted})
	}
	return nil
}

// choose returns the values that are selected, each of which an image must have. A value with a comma is one value.
func (c *condition) choose(have []string, file string) (map[string]bool, error) {
	known := map[string]bool{}
	var first []string // values, for a message
	for _, v := range have {
		if !known[v] && len(first) <= mostListed {
			first = append(first, v)
		}
		known[v] = true
	}
	wanted := map[string]bool{}
	for _, text := range c.values {
		values := []string{text}
		if !known[text] {
			values = flags.SplitList(text)
		}
		for _, v := range values {
			if !known[v] {
				f := ui.Usagef("--where %s: no image of %s has the value %q", c.key.Name, file, v)
				return nil, f.Hint("its values are %s", listed(first))
			}
			wanted[v] = true
		}
	}
	return wanted, nil
}

// mostListed is how many values a message lists.
const mostListed = 10

// listed lists values, at most mostListed.
func listed(values []string) string {
	slices.SortFunc(values, figures.CompareNumbers)
	if len(values) > mostListed {
		return fmt.Sprintf("%s ...", strings.Join(values[:mostListed], ", "))
	}
	return strings.Join(values, ", ")
}
