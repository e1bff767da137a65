package mmdet

// Trains reports whether a stage is a training: it has checkpoints.
func (s *Stage) Trains() bool { return s.Kind == Train || s.Kind == CommandKind && s.Train != "" }

// Predicts reports whether a stage predicts with a trained model: it has results.
func (s *Stage) Predicts() bool { return s.Kind == Infer || s.Kind == CommandKind && s.Train == "" }

// gpus returns the GPUs on each node of a stage, and the number of nodes.
func (r *Recipe) gpus(s *Stage) (gpus, nodes int) {
	gpus, nodes = r.Launch.GPUs, r.Launch.Nodes
	if s.GPUs != nil {
		gpus = *s.GPUs
	}
	if s.Nodes > 0 {
		nodes = s.Nodes
	}
	if s.Kind == CommandKind {
		return max(gpus, 0), max(nodes, 1)
	}
	return max(gpus, 1), max(nodes, 1)
}
