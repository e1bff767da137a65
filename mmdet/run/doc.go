// Package run runs the recipes of package mmdet: it starts their stages one after the
// other, each in a process of its own, goes on from the last checkpoint after an
// interruption, and keeps between runs what each stage was made of. It needs no console:
// progress comes as events, and what fails as an error of its own type.
//
//		recipe, err := mmdet.ReadRecipe(file, "recipe.yaml")
//		...
//		runner, err := run.New(recipe, run.Options{Events: func(e run.Event) { log.Print(e) }})
//		...
//		err = runner.Run(ctx)
//
//	  - [Runner.Run] runs the stages, and [Runner.Plan] says what it would do.
//	  - [Runner.Status] says what each stage has come to.
//	  - [Runner.Submit] puts the stages into the queue of Slurm.
//	  - [Runner.Log] copies what a stage has printed.
//	  - [DataChecker] checks the datasets of a stage as [Runner.Run] does.
//
// # Files
//
// A stage has the folder of its id in roots.work of the recipe. The trainer writes to it;
// in its folder hubdata stand stage.json, the state of the stage, console.log, what its
// processes have printed, and the configs that it was started with. Locks and the files of
// Slurm's jobs stand in .hubdata beside the stages' folders.
//
// # Errors
//
// Run returns the error of the stage that failed first:
//
//   - [*ProcessError]: a process ended with an exit code other than 0.
//   - [*mmdet.TrainingError]: it ended well, without what it should have left.
//   - [*mmdet.CheckpointError]: the checkpoint that later stages need is missing, or files
//     and logs disagree about it.
//   - [*StaleError]: the stage was begun on other inputs.
//   - [*BlockedError]: it needs a stage or a file that is not there.
//   - [*DataError], [*InputError], [*StateError], [*mmdet.LogError]: a file is not as it should be.
//   - [*LockedError]: another run is at the stage.
//   - [*exec.Error], [*InfrastructureError]: a program or folder that is needed is not there.
//   - [*InterruptedError]: the run was asked to stop. Another run goes on.
package run
