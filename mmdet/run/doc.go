// Package run runs the recipes of package mmdet. It starts the stages of a recipe one
// after the other, each in its own process. After an interruption it resumes from the
// last checkpoint. Between runs it stores the inputs of each stage. The package needs
// no console: it reports progress as events, and each kind of failure has an error
// type.
//
//	recipe, err := mmdet.ReadRecipe(file, "recipe.yaml")
//	...
//	runner, err := run.New(recipe, run.Options{Events: func(e run.Event) { log.Print(e) }})
//	...
//	err = runner.Run(ctx)
//
// A [Runner] runs the recipe and answers questions about it:
//
//   - [Runner.Run] runs the stages, and [Runner.Plan] reports what it would do.
//   - [Runner.Status] reports the condition of each stage.
//   - [Runner.Submit] submits the stages to Slurm's queue.
//   - [Runner.Log] copies the output of a stage.
//
// A [DataChecker] checks the datasets of a stage as [Runner.Run] does.
//
// # Files
//
// Each stage has a folder, named by its id, in roots.work of the recipe. The trainer
// writes to it. Its subfolder hubdata contains stage.json (the state of the stage),
// console.log (the output of its processes), and the configs that it was started with.
// Locks and the files of Slurm jobs are in the folder .hubdata next to the stages'
// folders.
//
// # Errors
//
// Run returns the error of the first stage that failed:
//
//   - [*ProcessError]: a process ended with an exit code other than 0.
//   - [*mmdet.TrainingError]: a process succeeded, but its expected output is missing.
//   - [*mmdet.CheckpointError]: the checkpoint for later stages is missing, or files
//     and logs disagree about it.
//   - [*StaleError]: the stage was begun with other inputs.
//   - [*BlockedError]: the stage needs another stage or a file that is missing.
//   - [*DataError], [*InputError], [*StateError], [*mmdet.LogError]: a file is not
//     valid.
//   - [*LockedError]: another run is running the stage.
//   - [*exec.Error], [*InfrastructureError]: a required program or folder does not
//     exist.
//   - [*InterruptedError]: the run was stopped. Another run resumes it.
package run
