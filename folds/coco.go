package folds

import "github.com/hubdata/hubdata/coco"

// Split applies a plan to a dataset: the training and the validation set of a
// fold, by its number. Both share d's records; the ids stay. Images
// that are not in the plan are in neither, and are counted.
func (p *Plan) Split(d *coco.Dataset, fold int) (train, valid *coco.Dataset, unknown int, err error) {
	if !p.HasFold(fold) {
		return nil, nil, 0, p.noFold(fold)
	}
	part := func() *coco.Dataset {
		return &coco.Dataset{Info: d.Info, Licenses: d.Licenses, Categories: d.Categories, Extra: d.Extra}
	}
	train, valid = part(), part()
	ix := p.Index()
	side := make(map[coco.ID]*coco.Dataset, len(d.Images))
	for i := range d.Images {
		img := &d.Images[i]
		name := coco.ImageName(img)
		if _, ok := ix.Entry(name); !ok {
			unknown++
		}
		switch ix.Use(name, fold) {
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
