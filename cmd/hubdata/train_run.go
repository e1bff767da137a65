package main

import (
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

// trainRunCommands are the subcommands of train that run trainings and tell of them.
func trainRunCommands(*console) []*cli.Command { return nil }

// stageState says what a stage has come to, as a plan shows it.
func stageState(*mmdet.Recipe, *mmdet.Stage) string { return "fresh" }
