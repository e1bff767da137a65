package masks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/rle"
)

// maxClasses is the largest number of classes of a mask of 16 bits.
const maxClasses = 1<<16 - 1

// What a mask does not keep of an instance.
const (
	changedMerged  = "it touches another of its class, and is read back as one with it"
	changedParts   = "its parts do not touch, and are read back as several instances"
	changedCovered = "it loses pixels that others cover too"
	changedScore   = "its score is not kept"
	changedAll     = "all instances of a class are read back as one"
	droppedCovered = "instances of other classes cover all of its pixels"
)

type exporter struct {
	binary  bool
	nnunet  bool
	rule    string
	conn    rle.Connectivity
	classes []string
	class   map[int64]int // from 1, by category id
	folders []string      // of the classes
	names   raster.Names

	mu     sync.Mutex
	suffix string              // of nnU-Net's images
	cases  map[string][]string // nnU-Net's, by split
}

func newExporter(set *formats.Set, values formats.Values) (formats.Exporter, error) {
	if err := raster.CheckChoices(values, options); err != nil {
		return nil, err
	}
	e := &exporter{
		binary: raster.Choice(values, kindOption) == "binary",
		nnunet: raster.Choice(values, layoutOption) == "nnunet",
		rule:   raster.Choice(values, raster.OverlapOption),
		conn:   connectivity(values),
		class:  map[int64]int{},
		cases:  map[string][]string{},
	}
	switch {
	case e.binary && e.nnunet:
		return nil, errors.New("found kind=binary with layout=nnunet, expected kind=index: nnU-Net reads the numbers of classes")
	case len(set.Categories) == 0:
		return nil, errors.New("found no categories, expected at least one: a mask holds their numbers")
	case len(set.Categories) > maxClasses:
		return nil, fmt.Errorf("found %d categories, expected at most %d", len(set.Categories), maxClasses)
	}
	for i, c := range set.Categories {
		if slices.Contains(e.classes, c.Name) {
			return nil, fmt.Errorf("two categories are named %q: rename or merge them", c.Name)
		}
		if c.Name == background || c.Name == "" {
			return nil, fmt.Errorf("category %d: found the name %q, expected the name of a class", c.ID, c.Name)
		}
		folder := folderName(c.Name)
		if e.binary && slices.Contains(e.folders, folder) {
			return nil, fmt.Errorf("category %d: the name %q gives the folder %s, as another does: rename it", c.ID, c.Name,
				folder)
		}
		e.classes, e.folders, e.class[c.ID] = append(e.classes, c.Name), append(e.folders, folder), i+1
	}
	return e, nil
}

// background is the name of number 0.
const background = "background"

// folderName is a class as the name of a folder.
func folderName(class string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, class)
	if strings.Trim(name, ". ") != name {
		name = "_" + strings.Trim(name, ". ") + "_"
	}
	return name
}

// Frame returns the header of the list of classes.
func (e *exporter) Frame(file string) formats.Frame {
	switch {
	case file == classesFile && e.binary:
		return formats.Frame{Before: "id,class,folder\n"}
	case file == classesFile:
		return formats.Frame{Before: "id,class\n"}
	}
	return raster.SplitsFrame(file)
}

// Image returns the masks of an image.
func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	for i := range img.Instances {
		if a := &img.Instances[i]; e.class[a.CategoryID] == 0 {
			return nil, fmt.Errorf("image %q: annotation %s: found category %d, which the set does not have", img.FileName, a.ID,
				a.CategoryID)
		}
	}
	file, stem, err := raster.Place(img)
	if err != nil {
		return nil, err
	}
	if e.nnunet {
		stem = strings.TrimSuffix(stem, channel) // as a set that was read from this layout has it
	}
	out := &formats.Output{Fates: make([]formats.Fate, len(img.Instances))}
	suffix := raster.PNGSuffix
	known := raster.FolderSplits()
	if out.ImageFile = path.Join(imagesFolder, img.Split, file); e.nnunet {
		known = []string{"train", "val", "test"}
		if suffix, err = e.note(img, file, stem); err != nil {
			return nil, err
		}
		out.ImageFile = path.Join(nnunetFolder("images", img.Split), caseName(stem)+channel+suffix)
	}
	out.Parts = raster.SplitPart(out.ImageFile, img.Split, known...)
	if e.binary {
		return out, e.masks(img, stem, out)
	}
	flat, err := raster.Flatten(img, e.rule)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint32, len(img.Instances)+1)
	for i := range img.Instances {
		numbers[i+1] = uint32(e.class[img.Instances[i].CategoryID])
	}
	for i, v := range flat.Canvas.Values {
		if v != 0 { // most are background
			flat.Canvas.Values[i] = numbers[v]
		}
	}
	if err := e.judge(img, flat, flat.Canvas, nil, out.Fates); err != nil {
		return nil, err
	}
	name := path.Join(masksFolder, img.Split, stem+suffix)
	if e.nnunet {
		name = path.Join(nnunetFolder("labels", img.Split), caseName(stem)+suffix)
	}
	text, err := encode(flat.Canvas, suffix)
	flat.Canvas.Free()
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", img.FileName, err)
	}
	e.names.Take(name, img.FileName)
	out.Parts = append(out.Parts, formats.Part{File: name, Text: text})
	return out, nil
}

func encode(c *raster.Canvas, suffix string) ([]byte, error) {
	if suffix != raster.PNGSuffix {
		return c.TIFF(8)
	}
	text, _, err := c.PNG(8) // a number of a class has at most 16 bits
	return text, err
}

// masks adds a mask for each class.
func (e *exporter) masks(img *formats.Image, stem string, out *formats.Output) error {
	for k := range e.classes {
		own := *img
		own.Instances = nil
		var index []int
		for i := range img.Instances {
			if e.class[img.Instances[i].CategoryID] == k+1 {
				own.Instances, index = append(own.Instances, img.Instances[i]), append(index, i)
			}
		}
		flat, err := raster.Flatten(&own, raster.Later)
		if err != nil {
			return err
		}
		for i, v := range flat.Canvas.Values {
			if v != 0 {
				flat.Canvas.Values[i] = 255
			}
		}
		if err := e.judge(&own, flat, flat.Canvas, index, out.Fates); err != nil {
			return err
		}
		text, err := encode(flat.Canvas, raster.PNGSuffix)
		flat.Canvas.Free()
		if err != nil {
			return fmt.Errorf("image %q: %w", img.FileName, err)
		}
		name := path.Join(masksFolder, e.folders[k], img.Split, stem+raster.PNGSuffix)
		e.names.Take(name, img.FileName)
		out.Parts = append(out.Parts, formats.Part{File: name, Text: text})
	}
	return nil
}

// judge says of each instance what a reader of the mask makes of it: the connected part of
// its class that is most like it. index are the places of the instances in fates; nil: as
// they are.
func (e *exporter) judge(img *formats.Image, flat *raster.Flat, mask *raster.Canvas, index []int,
	fates []formats.Fate) error {
	regions, err := mask.Regions()
	if err != nil {
		return err
	}
	parts, err := raster.NewCanvas(mask.Height, mask.Width)
	if err != nil {
		return err
	}
	areas, class := []int{0}, []uint32{0} // of the parts, from 1
	for _, region := range regions {
		for _, m := range raster.Parts(region.Mask, e.conn) {
			parts.Fill(m, uint32(len(areas)))
			areas, class = append(areas, m.Area()), append(class, region.Number)
		}
	}
	defer parts.Free()
	for i := range img.Instances {
		fate := &flat.Fates[i]
		if flat.Masks[i].Area() > 0 {
			number := uint32(e.class[img.Instances[i].CategoryID])
			if e.binary {
				number = 255
			}
			*fate = e.seen(parts.Counts(flat.Masks[i]), flat.Masks[i].Area(), areas, class, number)
		}
		if _, ok, _ := img.Instances[i].Score(); ok && *fate == (formats.Fate{IoU: 1}) {
			fate.Changed = changedScore
		}
		if index != nil {
			fates[index[i]] = *fate
		} else {
			fates[i] = *fate
		}
	}
	return nil
}

// seen is the fate of an instance, of whose pixels counts are in each of the parts.
func (e *exporter) seen(counts map[uint32]int, area int, areas []int, class []uint32, number uint32) formats.Fate {
	best, own, parts, whole := 0.0, 0, 0, true
	for part, n := range counts {
		if part == 0 || class[part] != number {
			continue
		}
		own += n
		parts++
		whole = whole && areas[part] == n
		best = max(best, float64(n)/float64(area+areas[part]-n))
	}
	switch {
	case own == 0:
		return formats.Fate{Dropped: droppedCovered, IoU: math.NaN()}
	case !whole && e.conn == 0:
		return formats.Fate{Changed: changedAll, IoU: best}
	case !whole:
		return formats.Fate{Changed: changedMerged, IoU: best}
	case own < area:
		return formats.Fate{Changed: changedCovered, IoU: best}
	case parts > 1:
		return formats.Fate{Changed: changedParts, IoU: best}
	}
	return formats.Fate{IoU: 1}
}

// nnunetFolder is imagesTr, labelsTs and the like.
func nnunetFolder(kind, split string) string {
	if split == "test" {
		return kind + "Ts"
	}
	return kind + "Tr"
}

// caseName is the name of an image as nnU-Net has it, without folders.
func caseName(stem string) string { return strings.ReplaceAll(stem, "/", "_") }

// note notes a case of nnU-Net, and returns the suffix of its files.
func (e *exporter) note(img *formats.Image, file, stem string) (string, error) {
	suffix := strings.ToLower(path.Ext(file))
	if suffix != raster.PNGSuffix && suffix != raster.TIFFSuffix {
		return "", fmt.Errorf("image %q: found the suffix %q, expected .png or .tif, which nnU-Net reads: convert or rename the images", img.FileName, suffix)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.suffix == "" {
		e.suffix = suffix
	}
	if e.suffix != suffix {
		kinds := []string{e.suffix, suffix}
		slices.Sort(kinds)
		return "", fmt.Errorf("found images with the suffixes %s and %s, expected one: nnU-Net reads one kind of file per dataset", kinds[0], kinds[1])
	}
	e.cases[img.Split] = append(e.cases[img.Split], caseName(stem))
	return suffix, nil
}

// Finish returns the list of classes.
func (e *exporter) Finish() ([]formats.Part, error) {
	if err := e.names.Check(); err != nil {
		return nil, err
	}
	if e.nnunet {
		return e.dataset()
	}
	var text []byte
	for i, name := range e.classes {
		text = raster.AppendField(append(strconv.AppendInt(text, int64(i+1), 10), ','), name)
		if e.binary {
			text = raster.AppendField(append(text, ','), e.folders[i])
		}
		text = append(text, '\n')
	}
	return []formats.Part{{File: classesFile, Text: text}}, nil
}

// dataset returns dataset.json and splits_final.json.
func (e *exporter) dataset() ([]formats.Part, error) {
	labels := []byte(`{"background": 0`)
	for i, name := range e.classes {
		text, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		labels = fmt.Appendf(labels, ", %s: %d", text, i+1)
	}
	n := 0
	for split, cases := range e.cases {
		slices.Sort(cases)
		if split != "test" {
			n += len(cases)
		}
	}
	suffix := e.suffix
	if suffix == "" {
		suffix = raster.PNGSuffix
	}
	text := fmt.Appendf(nil,
		`{"channel_names": {"0": "R", "1": "G", "2": "B"}, "labels": %s}, "numTraining": %d, "file_ending": %q}`+"\n", labels,
		n, suffix)
	parts := []formats.Part{{File: datasetFile, Text: text}}
	if len(e.cases["val"]) == 0 {
		return parts, nil
	}
	split := struct {
		Train []string `json:"train"`
		Val   []string `json:"val"`
	}{e.cases["train"], e.cases["val"]}
	if split.Train == nil {
		split.Train = []string{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode([]any{split}); err != nil {
		return nil, err
	}
	return append(parts, formats.Part{File: splitsFile, Text: b.Bytes()}), nil
}
