package mmdet

// dataset2 sets a dataset of MMDetection 2.x.
func (o *overlay) dataset2(key, id string) {
	file, images := o.r.dataPath(id, o.in)
	o.put(key, map[string]any{
		"ann_file":   o.path("annotations", file),
		"img_prefix": o.path("images", images),
		"classes":    o.classes(),
	})
}

func (o *overlay) train2() {
	s := o.s
	o.dataset2(o.trainAt(), s.Train)
	if s.Val != "" {
		o.dataset2("data.val", s.Val)
		o.dataset2("data.test", s.Val)
		o.put("evaluation", map[string]any{"metric": []any{o.metric()}, "save_best": s.Metric})
	}
	o.augment()
	o.weights()
	o.workDir()
	o.config["resume_from"] = nil
	o.put("checkpoint_config", map[string]any{"interval": 1, "max_keep_ckpts": o.keep()})
	if s.BatchPerGPU > 0 {
		o.put("data.samples_per_gpu", s.BatchPerGPU)
	}
	if s.Epochs > 0 {
		o.put("runner.max_epochs", s.Epochs)
	}
}

func (o *overlay) infer2() {
	o.dataset2("data.test", o.s.On)
	o.workDir()
	if o.scale() {
		flip := o.s.Flip == nil || *o.s.Flip
		o.put("data.test.pipeline", testPipeline2(o.in.Scale, flip))
	}
}
