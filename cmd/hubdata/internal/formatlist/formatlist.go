// Package formatlist is the list of the formats that export and import know. A new format is a line in [all].
package formatlist

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/cocofiles"
	"github.com/hubdata/hubdata/formats/csvrows"
	"github.com/hubdata/hubdata/formats/imagefolder"
	"github.com/urfave/cli/v2"
)

// all are the formats, in the order in which help lists them.
var all = []*formats.Format{
	&cocofiles.Format,
	&imagefolder.Format,
	&csvrows.Format,
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

// About lists formats for help, each with its options if they are wanted.
func About(list []*formats.Format, options bool) string {
	width := 0
	for _, f := range list {
		width = max(width, len(f.Name))
	}
	var text strings.Builder
	text.WriteString("formats:")
	for _, f := range list {
		ui.Fprintf(&text, "\n   %-*s  %s", width, f.Name, f.About)
	}
	if !options {
		return text.String()
	}
	text.WriteString("\n\noptions of formats:")
	for _, f := range list {
		for _, o := range f.Options {
			ui.Fprintf(&text, "\n   %-*s  %s", width, f.Name, o.Name)
			if o.Choices == nil {
				ui.Fprintf(&text, "=TEXT (%s)", o.Default)
				continue
			}
			ui.Fprintf(&text, "=%s (%s)", strings.Join(o.Choices, "|"), o.Default)
		}
	}
	return text.String()
}

// OptionFlag is --option.
func OptionFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "option", Usage: "choose `NAME=VALUE` of the format; repeatable"}
}

// Options reads the values of --option for a format.
func Options(ctx *cli.Context, f *formats.Format) (formats.Values, error) {
	values := formats.Values{}
	for _, o := range f.Options {
		values[o.Name] = o.Default
	}
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
		values[name] = value
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
