package mmdet

// dataset3 sets a dataset of MMDetection 3.x.
func (o *overlay) dataset3(key, id string) {
	file, images := o.r.dataPath(id, o.in)
	o.put(key, map[string]any{
		"ann_file":    o.path("annotations", file),
		"data_prefix": map[string]any{"img": o.path("images", images)},
		"data_root":   "",
		"metainfo":    map[string]any{"classes": o.classes()},
	})
}

func (o *overlay) train3() {
	s := o.s
	o.dataset3(o.trainAt(), s.Train)
	o.put(o.trainAt()+".filter_cfg", map[string]any{"filter_empty_gt": true, "min_size": minSize})
	checkpoint := map[string]any{"type": "CheckpointHook", "interval": 1, "max_keep_ckpts": o.keep()}
	if s.Val != "" {
		file, _ := o.r.dataPath(s.Val, o.in)
		o.dataset3("val_dataloader.dataset", s.Val)
		o.put("val_evaluator", map[string]any{"ann_file": file, "metric": o.metrics3()})
		checkpoint["save_best"], checkpoint["rule"] = "coco/"+s.Metric, "greater"
	} else {
		o.config["val_dataloader"], o.config["val_cfg"], o.config["val_evaluator"] = nil, nil, nil
		checkpoint["save_best"] = nil
	}
	o.put("default_hooks.checkpoint", checkpoint)
	o.augment()
	o.weights()
	o.workDir()
	o.config["resume"] = false
	if s.Seed != nil {
		o.put("randomness.seed", *s.Seed)
	}
	if s.BatchPerGPU > 0 {
		o.put("train_dataloader.batch_size", s.BatchPerGPU)
	}
	if s.Epochs > 0 {
		o.put("train_cfg.max_epochs", s.Epochs)
	}
}

// metrics3 returns the types of metrics to compute. For masks it includes those of
// boxes, as MMDetection's own configs do.
func (o *overlay) metrics3() []any {
	if o.metric() == "segm" {
		return []any{"bbox", "segm"}
	}
	return []any{"bbox"}
}

func (o *overlay) infer3() {
	file, _ := o.r.dataPath(o.s.On, o.in)
	o.dataset3("test_dataloader.dataset", o.s.On)
	o.put("test_evaluator", map[string]any{
		"_delete_":       true,
		"type":           "CocoMetric",
		"ann_file":       file,
		"metric":         []any{"bbox", "segm"},
		"format_only":    true,
		"outfile_prefix": o.resultsPrefix(),
	})
	o.workDir()
	if o.scale() {
		o.put("test_dataloader.dataset.pipeline", testPipeline3(o.in.Scale))
	}
}
