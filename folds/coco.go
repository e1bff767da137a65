package folds

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
)

// Split applies a plan to a dataset: the training and the validation set of a
// fold (a number from p.First). Both share d's records; the ids stay. Images
// that are not in the plan are in neither, and are counted.
func (p *Plan) Split(d *coco.Dataset, fold int) (train, valid *coco.Dataset, unknown int, err error) {
	if fold < p.First || fold >= p.First+p.K {
		return nil, nil, 0, fmt.Errorf("folds: no fold %d: the plan has %d to %d", fold, p.First, p.First+p.K-1)
	}
	part := func() *coco.Dataset {
		return &coco.Dataset{Info: d.Info, Licenses: d.Licenses, Categories: d.Categories, Extra: d.Extra}
	}
	train, valid = part(), part()
	uses := p.Uses()
	side := make(map[coco.ID]*coco.Dataset, len(d.Images))
	for i := range d.Images {
		img := &d.Images[i]
		name := coco.ImageName(img)
		if _, ok := uses.Entry(name); !ok {
			unknown++
		}
		switch uses.Of(name, fold) {
		case Train:
			side[img.ID] = train
		case Validate:
			side[img.ID] = valid
		default:
			continue
		}
		side[img.ID].Images = append(side[img.ID].Images, *img)
	}
	for i := range d.Annotations {
		if s := side[d.Annotations[i].ImageID]; s != nil {
			s.Annotations = append(s.Annotations, d.Annotations[i])
		}
	}
	return train, valid, unknown, nil
}
