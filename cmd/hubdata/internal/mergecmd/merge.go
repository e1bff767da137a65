package mergecmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/urfave/cli/v2"
)

const mergeHelp = `Unites COCO files into one, so that nothing is lost and nothing is there twice.
An image that several files have is one image: it is known by its member tile,
else by its file's path without suffix. Categories are matched by
name. Image ids and category ids stay; annotations are numbered from 1, file
by file, and each gets a member "source" that names its file (one that has
such a member keeps it).

Whatever contradicts another file is listed, and then nothing is written: one
id for two images, one image with two ids, sizes or file names, one category
id for two names, and the like.

examples:
   hubdata merge -o all.json ds1.json ds2.json
   hubdata merge -o all.json.gz --renumber-images --id-map ids.json a.json b.json.zst
   hubdata merge -o all.json --name expert=a/v1.json --name model=b/v1.json a/v1.json b/v1.json
   hubdata merge -o - --drop-duplicates a.json b.json | jq '.annotations | length'`

type mergeOptions struct {
	out, idMap       string
	inputs           []string
	names            []string // of the inputs; empty: not given
	renumberImages   bool
	renumberCategory bool
	dropDuplicates   bool
	force            bool
}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "merge",
		Usage:       "unite COCO files into one",
		UsageText:   "[flags] -o OUT IN...",
		Description: mergeHelp,
		Flags: append([]cli.Flag{
			flags.OutFileFlag(),
			&cli.BoolFlag{Name: "renumber-images", Usage: "number the images from 1, in the order of the files"},
			&cli.BoolFlag{Name: "renumber-categories", Usage: "give a category whose id is taken the lowest free one from 1"},
			&cli.BoolFlag{Name: "drop-duplicates", Usage: "keep one of annotations that are equal in image, category, iscrowd and mask"},
			&cli.StringSliceFlag{Name: "name", Usage: "`NAME=IN`: what the annotations of IN get as source; repeatable", DefaultText: "the file's name without suffixes"},
			&cli.StringFlag{Name: "id-map", Usage: "write to `FILE` which id became which"},
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
		Action: func(ctx *cli.Context) error {
			opts, err := parseMerge(ctx)
			if err != nil {
				return err
			}
			return runMerge(ctx.Context, c, opts)
		},
	}
}

func parseMerge(ctx *cli.Context) (*mergeOptions, error) {
	o := &mergeOptions{
		idMap:            ctx.String("id-map"),
		inputs:           ctx.Args().Slice(),
		renumberImages:   ctx.Bool("renumber-images"),
		renumberCategory: ctx.Bool("renumber-categories"),
		dropDuplicates:   ctx.Bool("drop-duplicates"),
		force:            ctx.Bool("force"),
	}
	var err error
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	switch {
	case len(o.inputs) == 0:
		return nil, ui.Usagef("merge: name the files to unite").Hint("hubdata merge -o all.json a.json b.json")
	case o.idMap != "" && (o.idMap == o.out || filepath.Clean(o.idMap) == filepath.Clean(o.out)):
		return nil, ui.Usagef("-o and --id-map are both %s", o.out)
	}
	o.names = make([]string, len(o.inputs))
	for _, v := range ctx.StringSlice("name") {
		name, file, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, ui.Usagef("--name: %q is not like NAME=IN", v)
		}
		found := false
		for i, in := range o.inputs {
			if o.names[i] == name {
				return nil, ui.Usagef("--name: two files are named %q", name)
			}
			if in == file || filepath.Clean(in) == filepath.Clean(file) {
				o.names[i], found = name, true
			}
		}
		if !found {
			return nil, ui.Usagef("--name: %q is not one of the files %s", file, strings.Join(o.inputs, ", "))
		}
	}
	return o, nil
}

// nameSources fills in the names that no flag gives; equal ones get numbers.
func (o *mergeOptions) nameSources() {
	taken := map[string]bool{}
	for _, n := range o.names {
		taken[n] = true
	}
	for i, n := range o.names {
		if n != "" {
			continue
		}
		n = "stdin"
		if o.inputs[i] != "-" {
			n = files.Stem(o.inputs[i])
		}
		free := n
		for k := 2; taken[free]; k++ {
			free = fmt.Sprintf("%s-%d", n, k)
		}
		o.names[i], taken[free] = free, true
	}
}

// provenance is what a file says of how it was made.
func (o *mergeOptions) provenance() map[string]any {
	return map[string]any{
		"renumber_images":     o.renumberImages,
		"renumber_categories": o.renumberCategory,
		"drop_duplicates":     o.dropDuplicates,
	}
}

func runMerge(ctx context.Context, c *ui.Console, opts *mergeOptions) error {
	opts.nameSources()
	o := &files.Outputs{C: c, Force: opts.force}
	defer o.Abort()
	inputs, err := opts.read(ctx, c, o)
	if err != nil {
		return err
	}
	info, mapInfo, err := opts.infos(inputs)
	if err != nil {
		return err
	}
	sources := make([]coco.Source, len(inputs))
	for i, f := range inputs {
		sources[i] = coco.Source{Name: opts.names[i], File: f.Input.Name, Dataset: f.Dataset}
	}
	m, err := coco.Merge(sources, &coco.MergeOptions{Info: info, RenumberImages: opts.renumberImages,
		RenumberCategories: opts.renumberCategory, DropDuplicates: opts.dropDuplicates})
	if err != nil {
		return reportConflicts(c, err)
	}
	if m.Dataset.Licenses == nil {
		m.Dataset.Licenses = json.RawMessage(`[]`)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := files.WriteCOCO(o, opts.out, m.Dataset); err != nil {
		return err
	}
	if opts.idMap != "" {
		if err := writeIDMap(o, opts.idMap, mapInfo, inputs, m.Sources); err != nil {
			return err
		}
	}
	if err := o.Commit(); err != nil {
		return err
	}
	for i, s := range m.Sources {
		if s.SameBaseName > 0 {
			c.Note("%s: %s the name of an image of another path before it: they stay different images", inputs[i].Input.Name, ui.Plural(s.SameBaseName, "image has", "images have"))
		}
	}
	return c.Summarize(newMergeSummary(opts, inputs, m), opts.out, opts.idMap)
}

// read opens all inputs, refuses what cannot be written, and reads them.
func (o *mergeOptions) read(ctx context.Context, c *ui.Console, out *files.Outputs) ([]*files.COCOFile, error) {
	defer func() {
		for _, in := range out.Inputs {
			in.Close()
		}
	}()
	stdin := false
	for _, path := range o.inputs {
		if path == "-" && stdin {
			return nil, ui.Usagef("- (standard input) stands twice among the files: it can be read once")
		}
		stdin = stdin || path == "-"
		in, err := files.OpenInput(c, path)
		if err != nil {
			return nil, err
		}
		for _, other := range out.Inputs {
			if in.Info != nil && other.Info != nil && os.SameFile(in.Info, other.Info) {
				in.Close()
				return nil, ui.Usagef("%s and %s are the same file: name it once", other.Name, in.Name)
			}
		}
		out.Inputs = append(out.Inputs, in)
	}
	for _, path := range []string{o.out, o.idMap} {
		if path == "" {
			continue
		}
		if err := out.Check(path); err != nil {
			return nil, err
		}
	}
	var inputs []*files.COCOFile
	for _, in := range out.Inputs {
		f, err := files.ReadCOCO(ctx, c, in)
		if err != nil {
			return nil, err
		}
		for _, other := range inputs {
			if other.Sum == f.Sum {
				return nil, ui.Usagef("%s and %s hold the same text: name one of them", other.Input.Name, in.Name)
			}
		}
		inputs = append(inputs, f)
	}
	return inputs, nil
}

// infos makes the info objects of the merged file and of the id map. The merged
// file keeps those of its sources.
func (o *mergeOptions) infos(inputs []*files.COCOFile) (merged, idMap json.RawMessage, err error) {
	type sourceInfo struct {
		Name string          `json:"name"`
		File string          `json:"file"`
		Info json.RawMessage `json:"info,omitempty"`
	}
	from := files.Provenance{Version: ui.Version, Command: "merge", Options: o.provenance()}
	var names []string
	var sources []sourceInfo
	for i, f := range inputs {
		from.Inputs = append(from.Inputs, f.Input.Told)
		names = append(names, f.Input.Told.Name)
		sources = append(sources, sourceInfo{o.names[i], f.Input.Told.Name, f.Info})
	}
	list := strings.Join(names, ", ")
	kept, err := json.Marshal(sources)
	if err != nil {
		return nil, nil, err
	}
	if merged, err = from.Info("merged from "+list, coco.Field{Key: "sources", Value: kept}); err != nil {
		return nil, nil, err
	}
	idMap, err = from.Info("ids of " + list + " and of what was merged from them")
	return merged, idMap, err
}

// listedConflicts is how many conflicts are printed.
const listedConflicts = 20

// reportConflicts prints the conflicts of an error and says what may be done.
func reportConflicts(c *ui.Console, err error) error {
	var m *coco.MergeError
	if !errors.As(err, &m) {
		return err
	}
	codes := map[coco.Code]bool{}
	for i, conflict := range m.Conflicts {
		if codes[conflict.Code] = true; i < listedConflicts {
			c.Problem(conflict.String())
		}
	}
	if more := len(m.Conflicts) - listedConflicts; more > 0 {
		c.Problem(fmt.Sprintf("and %s more", ui.Thousands(more)))
	}
	f := ui.Failf(ui.ExitBadData, "%s: nothing was written", ui.Plural(len(m.Conflicts), "conflict", "conflicts"))
	if codes[coco.ImageIDTaken] || codes[coco.ImageIDDiffers] || codes[coco.ImageIDMixed] {
		f = f.Hint("--renumber-images numbers the images anew; --id-map FILE keeps the old ids")
	}
	if codes[coco.CategoryIDTaken] {
		f = f.Hint("--renumber-categories gives a category whose id is taken a free one")
	}
	return f
}

// mergeSummary is what a run reports.
type mergeSummary struct {
	Files   []ui.SummaryFile `json:"files"`
	Sources []mergedSource   `json:"sources"`
	Total   mergedSource     `json:"total"`
}

type mergedSource struct {
	Name        string `json:"name,omitempty"`
	File        string `json:"file,omitempty"`
	Images      int    `json:"images"`
	NewImages   int    `json:"new_images"`
	Annotations int    `json:"annotations"`
	Duplicates  int    `json:"duplicates"`
}

func newMergeSummary(opts *mergeOptions, inputs []*files.COCOFile, m *coco.Merged) *mergeSummary {
	sum := &mergeSummary{Files: []ui.SummaryFile{ui.NewSummarySet(opts.out, len(m.Dataset.Images), len(m.Dataset.Annotations))}}
	if opts.idMap != "" {
		sum.Files = append(sum.Files, ui.NewSummaryFile(opts.idMap))
	}
	for i, s := range m.Sources {
		row := mergedSource{s.Name, inputs[i].Input.Name, len(s.Images), s.NewImages, len(s.Annotations), s.Duplicates}
		sum.Sources = append(sum.Sources, row)
		sum.Total.Images += row.Images
		sum.Total.NewImages += row.NewImages
		sum.Total.Annotations += row.Annotations
		sum.Total.Duplicates += row.Duplicates
	}
	return sum
}

func (sum *mergeSummary) WriteText(text *strings.Builder) {
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "source\timages\tnew\talready there\tannotations\tduplicates dropped\t")
	row := func(name string, s mergedSource) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t\n", name, ui.Thousands(s.Images), ui.Thousands(s.NewImages),
			ui.Thousands(s.Images-s.NewImages), ui.Thousands(s.Annotations), ui.Thousands(s.Duplicates))
	}
	for _, s := range sum.Sources {
		row(s.Name, s)
	}
	row("all", sum.Total)
	_ = tw.Flush()
	ui.ListFiles(text, sum.Files...)
}
