// Package mmdet passes datasets to MMDetection, or to any other program, and reads what
// it trained. A recipe lists trainings and the data of each. From a recipe come a plan, a
// small config and the command line of each stage, and afterwards the choice of a
// checkpoint. The package starts no processes and does not need Python.
//
//   - [ReadRecipe] reads and checks a [Recipe].
//   - [Recipe.Order] returns the stages so that each comes after those that it needs.
//   - [Recipe.Overlay] returns the config of a stage: it inherits the user's own config
//     and changes only data, checkpoint, work_dir, seed and evaluation.
//   - [Recipe.Command] returns the command line and environment that start a stage.
//   - [CheckData] checks data against MMDetection's requirements, before a GPU is used.
//   - [ReadWorkDir] and [WorkDir.Pick] read the output of a training: epochs, scores
//     and checkpoints.
//
// Package mmdet/run runs the stages of a recipe.
//
// # Commands
//
// A stage of kind command trains or predicts with a program that the recipe names: its
// command line has placeholders, and its [Output] says what the program leaves. MMDetection
// and commands are the two kinds of trainers; all else is common to both.
//
// # Dialects
//
// MMDetection 2.x (mmcv 1.x) and 3.x (mmengine) differ in config, command line and
// folders. [MMDet2] and [MMDet3] name them. Both are used as installed, without
// patches.
package mmdet
