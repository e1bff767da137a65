package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

func TestChooseClasses(t *testing.T) {
	known := []string{"a", "b", "c,d"}
	for _, tt := range []struct {
		values string // with spaces between
		want   string
	}{
		{"", "[]"},
		{"b a b", "[b a]"},
		{"a,b", "[a b]"},
		{"c,d", "[c,d]"},
		{"all", "[a b c,d]"},
		{"b all", "[a b c,d]"},
		{"x", `--class: the file has no class "x"`},
		{"a,c", `--class: the file has no class "c"`},
	} {
		got, err := ChooseClasses(strings.Fields(tt.values), known, "the file")
		text := fmt.Sprint(got)
		if err != nil {
			text = err.Error()
		}
		if text != tt.want {
			t.Errorf("%q: %s, want %s", tt.values, text, tt.want)
		}
	}
}

// TestValues reads values of flags through a command line.
func TestValues(t *testing.T) {
	cmd := func() *cli.Command {
		return &cli.Command{Name: "x", Flags: []cli.Flag{
			OutFileFlag(), WorkersFlag(), WsiFlag("take tiles"), CategoryStartFlag(""), ImageIDFlag(""),
			&cli.StringFlag{Name: "tile-size"},
		}}
	}
	for _, tt := range []struct {
		args string
		read func(*cli.Context) (string, error)
		want string // or of the error
	}{
		{"-o a.json", OutFile, "a.json"},
		{"", OutFile, "x: name the output file with -o FILE"},
		{"-j 3", text(WorkersOf), "3"},
		{"-j 1024", text(WorkersOf), "1024"},
		{"-j 1025", text(WorkersOf), "--workers: found 1025, expected at most 1024"},
		{"-j 100000000", text(WorkersOf), "--workers: found 100000000, expected at most 1024"},
		{"-j -3", text(WorkersOf), "--workers: -3 is negative"},
		{"--wsi 2,5-6", text(func(ctx *cli.Context) (Numbers, error) { return NumbersOf(ctx, "wsi") }), "2,5-6"},
		{"--wsi x", text(func(ctx *cli.Context) (Numbers, error) { return NumbersOf(ctx, "wsi") }), `--wsi: "x" is not a list like 1,2 or 6-9 or <8`},
		{"", text(CategoryStartOf), "1"},
		{"--category-start -1", text(CategoryStartOf), "--category-start: -1 is negative"},
		{"--image-id tile", text(TileIDsOf), "true"},
		{"--image-id name", text(TileIDsOf), `--image-id: "name" is not one of int, tile`},
		{"--tile-size 512", text(func(ctx *cli.Context) (int, error) { return TileSizeOf(ctx, 1) }), "512"},
		{"--tile-size 0", text(func(ctx *cli.Context) (int, error) { return TileSizeOf(ctx, 0) }), "0"},
		{"--tile-size 0", text(func(ctx *cli.Context) (int, error) { return TileSizeOf(ctx, 1) }), `"0" is not a number of pixels from 1 to 32768`},
	} {
		got, err := flagtest.Parse(t, cmd(), tt.read, strings.Fields(tt.args)...)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.args, got, tt.want)
		}
	}
}

// text returns read with its value as a text.
func text[T any](read func(*cli.Context) (T, error)) func(*cli.Context) (string, error) {
	return func(ctx *cli.Context) (string, error) {
		v, err := read(ctx)
		return fmt.Sprint(v), err
	}
}

func TestSplitList(t *testing.T) {
	for list, want := range map[string][]string{"": nil, "a": {"a"}, " a , b,": {"a", "b"}, ",,": nil} {
		if got := SplitList(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func TestOneStdin(t *testing.T) {
	var f *ui.Failure
	if err := OneStdin("-", "a", "-"); !errors.As(err, &f) || f.Code != ui.ExitUsage {
		t.Errorf("two: %v", err)
	}
	if err := OneStdin("a", "-", ""); err != nil {
		t.Errorf("one: %v", err)
	}
}
