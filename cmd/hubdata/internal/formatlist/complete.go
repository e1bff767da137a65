package formatlist

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/formats"
	"github.com/urfave/cli/v2"
)

// formatFlag is a flag that names a format.
type formatFlag struct {
	*cli.StringFlag
	list []*formats.Format
}

// FormatFlag is a flag that names one of a list of formats.
func FormatFlag(f *cli.StringFlag, list []*formats.Format) cli.Flag { return formatFlag{f, list} }

// Unwrap returns the flag of the library.
func (f formatFlag) Unwrap() cli.Flag { return f.StringFlag }

// Choices are the formats.
func (f formatFlag) Choices([]string) []flags.Choice {
	var out []flags.Choice
	for _, format := range f.list {
		out = append(out, flags.Choice{Value: format.Name, Meaning: format.About})
	}
	return out
}

// optionFlag is --option.
type optionFlag struct {
	*cli.StringSliceFlag
	format string // flag that names the format
	list   []*formats.Format
}

// OptionFlag is --option of a format of a list, which another flag names.
func OptionFlag(format string, list []*formats.Format) cli.Flag {
	return optionFlag{&cli.StringSliceFlag{Name: "option", Usage: "choose `NAME=VALUE` of the format; repeatable"}, format, list}
}

// Unwrap returns the flag of the library.
func (f optionFlag) Unwrap() cli.Flag { return f.StringSliceFlag }

// Choices are the options of the format that the words name; of all formats if they name none.
func (f optionFlag) Choices(words []string) []flags.Choice {
	list := f.list
	if k := slices.IndexFunc(list, func(format *formats.Format) bool { return format.Name == valueIn(words, f.format) }); k >= 0 {
		list = list[k : k+1]
	}
	var out []flags.Choice
	for _, format := range list {
		for _, o := range format.Options {
			for _, value := range slices.Concat(o.Choices, []string{""}) {
				choice := flags.Choice{Value: o.Name + "=" + value, Meaning: o.About}
				same := func(c flags.Choice) bool { return c.Value == choice.Value }
				if (value != "" || o.Choices == nil) && !slices.ContainsFunc(out, same) {
					out = append(out, choice)
				}
			}
		}
	}
	return out
}

// valueIn is the value of a flag among words; empty: it is not there.
func valueIn(words []string, flag string) string {
	for i, word := range words {
		if value, ok := strings.CutPrefix(word, flag+"="); ok {
			return value
		}
		if word == flag && i+1 < len(words) {
			return words[i+1]
		}
	}
	return ""
}
