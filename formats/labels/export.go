package labels

import (
	"cmp"
	"fmt"
	"path"
	"strconv"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// changedScore is what the table does not keep.
const changedScore = "a score that is not a finite number is left out"

type exporter struct {
	suffix string
	rule   string
	class  map[int64]string
	names  raster.Names
}

func newExporter(set *formats.Set, values formats.Values) (formats.Exporter, error) {
	if err := raster.CheckChoices(values, options); err != nil {
		return nil, err
	}
	e := &exporter{suffix: raster.TIFFSuffix, rule: raster.Choice(values, raster.OverlapOption), class: map[int64]string{}}
	if raster.Choice(values, fileOption) == "png" {
		e.suffix = raster.PNGSuffix
	}
	for _, c := range set.Categories {
		e.class[c.ID] = c.Name
	}
	return e, nil
}

// Frame returns the header of the table.
func (e *exporter) Frame(file string) formats.Frame {
	if file == tableFile {
		return formats.Frame{Before: "label_image,id,class,score\n"}
	}
	return raster.SplitsFrame(file)
}

// Image returns the label image of an image, and its rows of the table.
func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	file, stem, err := raster.Place(img)
	if err != nil {
		return nil, err
	}
	flat, err := raster.Flatten(img, e.rule)
	if err != nil {
		return nil, err
	}
	label := path.Join(labelsFolder, img.Split, stem+e.suffix)
	e.names.Take(label, img.FileName)
	numbers := make([]uint32, len(img.Instances)+1) // of the instances that have pixels, by index + 1
	next := uint32(0)
	var rows []byte
	for i := range img.Instances {
		a, fate := &img.Instances[i], &flat.Fates[i]
		if fate.Dropped != "" {
			continue
		}
		class, ok := e.class[a.CategoryID]
		if !ok {
			return nil, fmt.Errorf("image %q: annotation %s: found category %d, which the set does not have", img.FileName, a.ID, a.CategoryID)
		}
		next++
		numbers[i+1] = next
		rows = strconv.AppendUint(append(raster.AppendField(rows, label), ','), uint64(next), 10)
		rows = append(raster.AppendField(append(rows, ','), class), ',')
		score, ok, err := a.Score()
		if err != nil {
			return nil, fmt.Errorf("image %q: annotation %s: score: %w", img.FileName, a.ID, err)
		}
		switch {
		case jsonscan.HasNonFinite(a.Extra.Get("score")):
			fate.Changed = cmp.Or(fate.Changed, changedScore)
		case ok:
			rows = strconv.AppendFloat(rows, score, 'g', -1, 64)
		}
		rows = append(rows, '\n')
	}
	if int(next) != len(img.Instances) {
		for i, v := range flat.Canvas.Values {
			flat.Canvas.Values[i] = numbers[v]
		}
	}
	text, err := e.encode(flat.Canvas, next)
	flat.Canvas.Free()
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", img.FileName, err)
	}
	image := path.Join(imagesFolder, img.Split, file)
	return &formats.Output{
		Parts:     append([]formats.Part{{File: label, Text: text}, {File: tableFile, Text: rows}}, raster.SplitPart(image, img.Split, raster.FolderSplits()...)...),
		ImageFile: image,
		Fates:     flat.Fates,
	}, nil
}

func (e *exporter) encode(c *raster.Canvas, instances uint32) ([]byte, error) {
	if e.suffix == raster.TIFFSuffix {
		return c.TIFF(16)
	}
	text, ok, err := c.PNG(16)
	if err == nil && !ok {
		err = fmt.Errorf("found %d instances, expected at most 65535 in a PNG: use the option file=tif", instances)
	}
	return text, err
}

// Finish checks that no two images share a file.
func (e *exporter) Finish() ([]formats.Part, error) { return nil, e.names.Check() }
