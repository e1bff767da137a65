package pseudo

import (
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/rle"
)

// Set sets an option by its name as a flag of hubdata pseudo, from the text that the flag
// takes: tta-nms, fuse, iou, skip, conf, cluster, vote-rule, vote, box-clip, post or
// rescore. 0 means 0, not a default. Errors about names and numbers wrap [ErrOptions], those about steps are of
// [rle.ParseSteps].
func (o *Options) Set(name, text string) (err error) {
	switch name {
	case "tta-nms":
		o.Suppress, err = ParseSuppression(text)
	case "fuse":
		o.Fusion.Method, err = ParseMethod(text)
	case "conf":
		o.Fusion.Confidence, err = ParseConfidence(text)
	case "cluster":
		o.By, err = ParseOverlap(text)
	case "rescore":
		o.Rescore, err = parseName[Rescore](rescoreNames, text)
	case "vote-rule":
		o.Vote.Rule, err = ParseVoteRule(text)
	case "iou":
		o.Fusion.IoU, err = number(text)
		if o.Fusion.IoU == 0 {
			o.Fusion.IoU = -1
		}
	case "vote":
		o.Vote.Part, err = number(text)
		if o.Vote.Part == 0 {
			o.Vote.Part = -1
		}
	case "skip":
		o.Fusion.Skip, err = number(text)
	case "box-clip":
		if o.Vote.ClipBox, err = strconv.ParseBool(text); err != nil {
			err = fmt.Errorf("%w: found %q, expected true or false", ErrOptions, text)
		}
	case "post":
		if o.Post = nil; text != "none" {
			o.Post, err = rle.ParseSteps(text)
		}
	default:
		err = fmt.Errorf("%w: found the name %q", ErrOptions, name)
	}
	return err
}

// number reads a share of 0 to 1.
func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%w: found %q, expected a number from 0 to 1", ErrOptions, text)
	}
	return v, nil
}
