package mmdet

import "math"

// step returns a step of a pipeline or of a part of one. members are keys and values in
// turn.
func step(kind string, members ...any) map[string]any {
	m := map[string]any{"type": kind}
	for i := 0; i+1 < len(members); i += 2 {
		m[members[i].(string)] = members[i+1]
	}
	return m
}

// dict returns a mapping without a type.
func dict(members ...any) map[string]any {
	m := step("", members...)
	delete(m, "type")
	return m
}

// An op is an operation of a policy, under the names of both dialects.
type op struct {
	name2, name3 string
	prob         float64
	level        int // -1: the operation has none
}

// policy is a list of ops, or one step with the same name in both dialects.
type policy struct {
	ops  []op
	step map[string]any
}

func shear(level int) op          { return op{"Shear", "ShearX", 0.4, level} }
func translate(level int) op      { return op{"Translate", "TranslateX", 0.4, level} }
func color(p float64, n int) op   { return op{"ColorTransform", "Color", p, n} }
func brightness(n int) op         { return op{"BrightnessTransform", "Brightness", 0.6, n} }
func contrast(n int) op           { return op{"ContrastTransform", "Contrast", 0.6, n} }
func rotate(n int) op             { return op{"Rotate", "Rotate", 0.6, n} }
func equalize(p float64) op       { return op{"EqualizeTransform", "Equalize", p, -1} }
func ops(list ...op) policy       { return policy{ops: list} }
func one(s map[string]any) policy { return policy{step: s} }
func photometric(hue int) policy {
	return one(step("PhotoMetricDistortion", "brightness_delta", 32, "contrast_range", tuple{0.5, 1.5}, "hue_delta", hue))
}
func crop(least float64) policy {
	return one(step("MinIoURandomCrop", "min_ious", tuple{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}, "min_crop_size", least))
}

// holes are the sides of the holes that CutOut cuts.
var holes = [][2]int{{4, 4}, {4, 8}, {8, 4}, {8, 8}, {16, 32}, {32, 16}, {32, 32}, {32, 48}, {48, 32}, {48, 48}}

func cutOut(least, most int) policy {
	var shapes []any
	for _, h := range holes {
		shapes = append(shapes, tuple{h[0], h[1]})
	}
	return one(step("CutOut", "n_holes", tuple{least, most}, "cutout_shape", shapes))
}

// policies returns the policies, one of which is chosen for each image.
func policies(augment string) []policy {
	if augment == "light" {
		return []policy{ops(shear(0)), ops(translate(5)), ops(color(1, 6), equalize(0.5))}
	}
	return []policy{
		ops(shear(0)),
		ops(translate(5)),
		ops(color(0.6, 10), brightness(3)),
		ops(color(0.6, 10), contrast(5)),
		photometric(15),
		crop(0.2),
		cutOut(3, 8),
		ops(equalize(0.6), brightness(3)),
		photometric(18),
		crop(0.3),
		cutOut(5, 10),
		ops(brightness(4), contrast(6), rotate(10)),
		ops(color(1, 6), equalize(0.5)),
	}
}

// maxOffset is the offset in pixels of MMDetection 2.x's Translate at level 10.
const maxOffset = 250

// literal returns the step of an op. 3.x itself rounds magnitudes to one decimal:
// colour 1.18 becomes 1.2. Its offsets are fractions of the width, and so tenths of it:
// literal returns the tenth nearest to the pixels of 2.x, but at least one.
func (o op) literal(d Dialect, size int) map[string]any {
	if d == MMDet2 {
		m := step(o.name2, "prob", o.prob)
		if o.level >= 0 {
			m["level"] = o.level
		}
		return m
	}
	m := step(o.name3, "prob", o.prob)
	if o.level >= 0 {
		m["level"] = o.level
	}
	if o.name3 == "TranslateX" {
		pixels := float64(o.level) / 10 * maxOffset
		part := min(max(math.Round(10*pixels/float64(size)), 1), 10) / 10
		m["min_mag"], m["max_mag"] = part, part
	}
	return m
}

// autoAugment returns the step that applies one policy to each image.
func autoAugment(d Dialect, augment string, size int) map[string]any {
	var list []any
	for _, p := range policies(augment) {
		steps := []any{}
		if p.step != nil {
			steps = append(steps, p.step)
		}
		for _, o := range p.ops {
			steps = append(steps, o.literal(d, size))
		}
		list = append(list, steps)
	}
	return step("AutoAugment", "policies", list)
}

// albu returns the steps of Albumentations.
func albu(d Dialect, augment string) map[string]any {
	move := step("ShiftScaleRotate", "shift_limit", 0.0625, "scale_limit", 0.15, "rotate_limit", 15, "p", 0.4)
	steps := []any{move}
	if augment == "heavy" {
		move["p"] = 0.5
		steps = append(steps,
			step("RandomRotate90", "p", 0.5),
			step("OneOf", "p", 0.3, "transforms", []any{
				step("ElasticTransform", "alpha", 120, "sigma", 6.0, "alpha_affine", 3.6, "p", 1.0),
				step("GridDistortion", "p", 1.0),
				step("OpticalDistortion", "distort_limit", 2, "shift_limit", 0.5, "p", 1.0),
			}))
	}
	labels := []any{"gt_labels"}
	if d == MMDet3 {
		labels = []any{"gt_bboxes_labels", "gt_ignore_flags"}
	}
	kind := "Albu"
	if d == MMDet3 {
		kind = moduleName + ".Albu"
	}
	m := step(kind,
		"transforms", steps,
		"bbox_params", step("BboxParams", "format", "pascal_voc", "label_fields", labels, "min_visibility", 0.0, "filter_lost_elements", true),
		"keymap", dict("img", "image", "gt_masks", "masks", "gt_bboxes", "bboxes"),
		"skip_img_without_anno", true)
	if d == MMDet2 {
		m["update_pad_shape"] = false
	}
	return m
}

var directions = []any{"horizontal", "vertical"}

// normalize returns ImageNet's mean and deviation, which all configs of the winner use.
// With 3.x the model's preprocessor normalises.
func normalize() map[string]any {
	return step("Normalize", "mean", []any{123.675, 116.28, 103.53}, "std", []any{58.395, 57.12, 57.375}, "to_rgb", true)
}

// trainPipeline returns a complete training pipeline.
func trainPipeline(d Dialect, augment string, size int) []any {
	load := step("LoadImageFromFile")
	annotations := step("LoadAnnotations", "with_bbox", true, "with_mask", true)
	if d == MMDet2 {
		return []any{load, annotations,
			step("Resize", "img_scale", tuple{size, size}, "keep_ratio", true),
			step("RandomFlip", "flip_ratio", 0.5, "direction", directions),
			autoAugment(d, augment, size),
			// A crop to the whole image, which skips an image without boxes: Albumentations 1.3.1 fails on it.
			step("RandomCrop", "crop_size", tuple{1.0, 1.0}, "crop_type", "relative", "allow_negative_crop", false),
			albu(d, augment), normalize(),
			step("Pad", "size_divisor", 32),
			step("DefaultFormatBundle"),
			step("Collect", "keys", []any{"img", "gt_bboxes", "gt_labels", "gt_masks"}),
		}
	}
	return []any{load, annotations,
		step("Resize", "scale", tuple{size, size}, "keep_ratio", true),
		step("RandomFlip", "prob", 0.5, "direction", directions),
		autoAugment(d, augment, size),
		// 2.x drops objects that were moved out of the image. 3.x keeps an empty box,
		// which Albumentations rejects.
		step("FilterAnnotations", "min_gt_bbox_wh", tuple{1, 1}),
		albu(d, augment),
		step("PackDetInputs"),
	}
}

// testPipeline2 returns a complete test pipeline. MMDetection 2.x merges the detections
// on flipped images by its NMS.
func testPipeline2(size int, flip bool) []any {
	m := step("MultiScaleFlipAug", "img_scale", tuple{size, size}, "flip", flip,
		"transforms", []any{
			step("Resize", "keep_ratio", true), step("RandomFlip"), normalize(),
			step("Pad", "size_divisor", 32),
			step("ImageToTensor", "keys", []any{"img"}),
			step("Collect", "keys", []any{"img"}),
		})
	if flip {
		m["flip_direction"] = directions
	}
	return []any{step("LoadImageFromFile"), m}
}

func testPipeline3(size int) []any {
	return []any{
		step("LoadImageFromFile"),
		step("Resize", "scale", tuple{size, size}, "keep_ratio", true),
		step("PackDetInputs", "meta_keys", tuple{"img_id", "img_path", "ori_shape", "img_shape", "scale_factor"}),
	}
}
