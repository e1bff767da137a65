package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"

	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

func openRecipe(path string) (*mmdet.Recipe, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("no file %s", path).hint("hubdata train init writes a recipe")
	} else if err != nil {
		return nil, err
	}
	return mmdet.ReadRecipe(bytes.NewReader(text), path)
}

func trainCommand(c *console) *cli.Command {
	return &cli.Command{Name: "train", Usage: "t", Subcommands: trainRunCommands(c)}
}

func (r *trainRun) checkData(s *mmdet.Stage) error { return nil }
func (r *trainRun) iterations(s *mmdet.Stage) int  { return 0 }
