package mmdet

// gpus returns the GPUs on each node of a stage, and the number of nodes.
func (r *Recipe) gpus(s *Stage) (gpus, nodes int) {
	gpus, nodes = r.Launch.GPUs, r.Launch.Nodes
	if s.GPUs > 0 {
		gpus = s.GPUs
	}
	if s.Nodes > 0 {
		nodes = s.Nodes
	}
	return max(gpus, 1), max(nodes, 1)
}
