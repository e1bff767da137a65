// Package mmdet hands datasets to MMDetection and takes back what it trained: a
// recipe says which trainings follow one another on which data; from it come a plan,
// a small config for each stage, the command lines, and afterwards the choice of a
// checkpoint. Nothing here starts a process or needs Python.
//
//   - [ReadRecipe] reads and checks a [Recipe].
//   - [Recipe.Order] gives the stages so that each comes after what it needs.
//   - [Recipe.Overlay] writes the config of a stage: it inherits the user's own and
//     changes only data, checkpoint, work_dir, seed and evaluation.
//   - [Recipe.Command] is the command line and environment that starts a stage.
//   - [CheckData] holds the data against what MMDetection expects, before a GPU is touched.
//   - [ReadWorkDir] and [WorkDir.Pick] find what a training left: epochs, scores and
//     checkpoints.
//   - [State] is what is known of a stage between runs.
//
// # Dialects
//
// MMDetection 2.x (mmcv 1.x) and 3.x (mmengine) differ in config, command line and
// folders. [MMDet2] and [MMDet3] name them; both are used as installed, unpatched.
package mmdet
