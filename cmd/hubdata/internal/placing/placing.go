// Package placing finds where images lie on their slides: by their own members, the table of tiles, --table, or their
// names.
package placing

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// About explains in help how an image says where it lies.
const About = `An image says where it lies by its members source_wsi (or slide), i (or x) and j (or y),
the column and row of its top left corner in pixels of the slide, by its row in
tile_meta.csv, or by its name, such as slide_x1024_y512.png and QuPath's
"slide [x=1024,y=512,w=512,h=512].png". The member scale (or downsample) says how many
pixels of the slide one of the image has; without it, 1.`

// Rule says what tells where an image lies.
type Rule struct{ slide.Rule }

// Default is the rule without flags.
func Default() *Rule { return &Rule{*slide.DefaultRule()} }

// Flags are those that change the rule, and --table.
func Flags() []cli.Flag { return append(RuleFlags(), imagekey.TableFlag()) }

// RuleFlags are those that change the rule.
func RuleFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "slide-field", Usage: "the slide's name is the member, folder or column `FIELD`",
			DefaultText: "source_wsi, slide or wsi"},
		&cli.StringFlag{Name: "x-field", Usage: "the left edge is `FIELD`", DefaultText: "i or x"},
		&cli.StringFlag{Name: "y-field", Usage: "the top edge is `FIELD`", DefaultText: "j or y"},
		&cli.StringFlag{Name: "scale-field", Usage: "the pixels of the slide per pixel of the image are `FIELD`",
			DefaultText: "scale or downsample"},
		&cli.StringFlag{Name: "name-pattern",
			Usage: "read the place from names such as `PATTERN`: {slide}_{x}_{y}, with {col} and {row}, {scale}, and {*} for any text"},
	}
}

// FlagSet names the first of RuleFlags that is set; empty: none is.
func FlagSet(ctx *cli.Context) string {
	for _, f := range RuleFlags() {
		if name := f.Names()[0]; ctx.IsSet(name) {
			return name
		}
	}
	return ""
}

// Parse reads the values of RuleFlags.
func Parse(ctx *cli.Context) (*Rule, error) {
	r := Default()
	for flag, key := range map[string]*coco.Key{"slide-field": &r.Fields.Slide, "x-field": &r.Fields.X,
		"y-field": &r.Fields.Y, "scale-field": &r.Fields.Scale} {
		if !ctx.IsSet(flag) {
			continue
		}
		var err error
		if *key, err = imagekey.Parse(flag, ctx.String(flag)); err != nil {
			return nil, err
		}
	}
	if text := ctx.String("name-pattern"); text != "" {
		p, err := slide.ParsePattern(text)
		if err != nil {
			return nil, ui.Usagef("--name-pattern %q: %v", text, err)
		}
		r.Patterns = []*slide.Pattern{p}
	}
	return r, nil
}

// Of is the place of an image, whose row in a table of tiles may be nil. complete adds what else is known of the value
// of a key, such as the column of a table; nil: nothing. The error is a [*slide.FieldError], or that of complete.
func (r *Rule) Of(img *coco.Image, row *wsi.Tile, complete func(k coco.Key, own string, has bool) (string, bool,
	error)) (slide.Place, error) {
	value := func(k coco.Key) (string, bool, error) {
		own, has := k.Value(img)
		if !has && row != nil {
			own, has = ofRow(k, row)
		}
		if complete == nil {
			return own, has, nil
		}
		return complete(k, own, has)
	}
	return r.Place(img.FileName, img.Height, img.Width, value)
}

// ofRow is the value that a row of tile_meta.csv has of a key.
func ofRow(k coco.Key, row *wsi.Tile) (string, bool) {
	for _, name := range k.Members {
		switch m := wsi.TileMember(name); m {
		case wsi.MemberWSI, wsi.MemberI, wsi.MemberJ:
			return m.Text(&coco.Image{}, row)
		}
	}
	return "", false
}
