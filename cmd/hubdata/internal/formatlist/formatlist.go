// Package formatlist is the list of the formats that export and import know. A new format is a line in [all].
package formatlist

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/asap"
	"github.com/hubdata/hubdata/formats/cellpose"
	"github.com/hubdata/hubdata/formats/cocofiles"
	"github.com/hubdata/hubdata/formats/csvrows"
	"github.com/hubdata/hubdata/formats/cvat"
	"github.com/hubdata/hubdata/formats/dsa"
	"github.com/hubdata/hubdata/formats/hovernet"
	"github.com/hubdata/hubdata/formats/imagefolder"
	"github.com/hubdata/hubdata/formats/imagescope"
	"github.com/hubdata/hubdata/formats/labelme"
	"github.com/hubdata/hubdata/formats/labels"
	"github.com/hubdata/hubdata/formats/labelstudio"
	"github.com/hubdata/hubdata/formats/masks"
	"github.com/hubdata/hubdata/formats/ndpa"
	"github.com/hubdata/hubdata/formats/qupath"
	"github.com/hubdata/hubdata/formats/via"
	"github.com/hubdata/hubdata/formats/voc"
	"github.com/hubdata/hubdata/formats/yolo"
	"github.com/urfave/cli/v2"
)

// all are the formats, in the order in which help lists them.
var all = []*formats.Format{
	&cocofiles.Format,
	&imagefolder.Format,
	&csvrows.Format,
	&yolo.Seg,
	&yolo.Boxes,
	&labelme.Format,
	&cvat.Format,
	&voc.Format,
	&via.Format,
	&labelstudio.Format,
	&labels.Format,
	&masks.Format,
	&cellpose.Format,
	&hovernet.Format,
	&qupath.Format,
	&asap.Format,
	&imagescope.Format,
	&ndpa.Format,
	&dsa.Format,
}

// Exported are the formats that can be written.
func Exported() []*formats.Format {
	return having(func(f *formats.Format) bool { return f.Export != nil })
}

// Imported are the formats that can be read.
func Imported() []*formats.Format {
	return having(func(f *formats.Format) bool { return f.Import != nil })
}

func having(has func(*formats.Format) bool) []*formats.Format {
	return slices.DeleteFunc(slices.Clone(all), func(f *formats.Format) bool { return !has(f) })
}

// Names are the names of formats.
func Names(list []*formats.Format) []string {
	var names []string
	for _, f := range list {
		names = append(names, f.Name)
	}
	return names
}

// Find finds the format that a flag names in a list.
func Find(flag, name string, list []*formats.Format) (*formats.Format, error) {
	for _, f := range list {
		if f.Name == name {
			return f, nil
		}
	}
	known := strings.Join(Names(list), ", ")
	if name == "" {
		return nil, ui.Usagef("name the format with %s FORMAT", flag).Hint("the formats are %s", known)
	}
	return nil, ui.Usagef("%s: %q is not one of %s", flag, name, known)
}

// About lists formats for help, with their options.
func About(list []*formats.Format) string {
	var text strings.Builder
	text.WriteString("formats:")
	for _, f := range list {
		item(&text, f.Name, f.About)
	}
	text.WriteString("\n\noptions of formats, with their defaults:")
	for _, f := range list {
		for _, o := range f.Options {
			values := "a text"
			if o.Choices != nil {
				values = strings.Join(o.Choices, ", ")
			}
			item(&text, f.Name, o.Name+"="+o.Default+": "+values)
		}
	}
	return text.String()
}

// The width of help, and of the names of formats in it.
const (
	helpWidth = 96
	nameWidth = 16
)

// item adds a name with its text to a list, in lines that fit into help.
func item(text *strings.Builder, name, about string) {
	line := ""
	for _, word := range strings.Fields(about) {
		if line != "" && nameWidth+len(line)+1+len(word) > helpWidth {
			ui.Fprintf(text, "\n   %-*s%s", nameWidth-3, name, line)
			name, line = "", ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	ui.Fprintf(text, "\n   %-*s%s", nameWidth-3, name, line)
}

// Options reads the values of --option for a format.
func Options(ctx *cli.Context, f *formats.Format) (formats.Values, error) {
	values := formats.Values{}
	for _, o := range f.Options {
		values[o.Name] = o.Default
	}
	given := map[string]bool{}
	for _, text := range ctx.StringSlice("option") {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, hintOptions(ui.Usagef("--option: found %q, expected NAME=VALUE", text), f)
		}
		k := slices.IndexFunc(f.Options, func(o formats.Option) bool { return o.Name == name })
		if k < 0 {
			return nil, hintOptions(ui.Usagef("--option: %s has no option %q", f.Name, name), f)
		}
		if choices := f.Options[k].Choices; choices != nil && !slices.Contains(choices, value) {
			return nil, ui.Usagef("--option %s: %q is not one of %s", name, value, strings.Join(choices, ", ")).Hint("%s: %s", name, f.Options[k].About)
		}
		if given[name] {
			return nil, ui.Usagef("--option: %s is given twice, expected one value", name)
		}
		given[name], values[name] = true, value
	}
	return values, nil
}

// hintOptions adds what options a format has.
func hintOptions(f *ui.Failure, format *formats.Format) *ui.Failure {
	for _, o := range format.Options {
		f = f.Hint("%s: %s", o.Name, o.About)
	}
	if len(format.Options) == 0 {
		f = f.Hint("it has none")
	}
	return f
}
