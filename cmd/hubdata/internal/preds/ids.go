package preds

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/wsi"
)

// ImageIDs says which image an image id means, and which class a category id, in both
// directions: the meaning of --images in all commands.
type ImageIDs struct {
	from       string // what the ids are of, for messages; empty: ids are names
	rows       int    // of from, if it is a table
	Images     *coco.Names
	ids        []coco.ID       // of the images
	at         map[coco.ID]int // places of the images
	Categories map[int64]string
	Dataset    *coco.Dataset // of the file of --images; nil: it is a table
}

// NewImageIDs returns ids that are names, and hubdata's categories.
func NewImageIDs(categoryStart int64) *ImageIDs {
	n := &ImageIDs{Categories: map[int64]string{}}
	for k, name := range wsi.AllClasses() {
		n.Categories[categoryStart+int64(k)] = name
	}
	return n
}

// ReadImageIDs reads the file of --images: ids and categories of a COCO file, or rows
// of a table like tile_meta.csv. The input is closed.
func ReadImageIDs(c *ui.Console, path string, categoryStart int64) (*ImageIDs, *files.Input, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	n := NewImageIDs(categoryStart)
	r := bufio.NewReader(in)
	if IsJSON(r) {
		var d *coco.Dataset
		if d, err = files.ReadCOCOImages(r); err == nil {
			err = n.TakeDataset(in.Name, d)
			n.Dataset = d
		}
	} else {
		var tiles []wsi.SubmissionTile
		tiles, err = wsi.ReadSubmissionTiles(r)
		names := &coco.Names{}
		for _, t := range tiles {
			names.AddName(t.ID)
		}
		n.TakeRows(in.Name, names)
	}
	if err != nil {
		return nil, nil, ui.InFile(in.Name, err)
	}
	_, err = in.ReadToEnd()
	return n, in, err
}

func (n *ImageIDs) begin(from string, rows int, images *coco.Names) {
	n.from, n.rows, n.Images, n.ids, n.at = from, rows, images, nil, map[coco.ID]int{}
}

// add adds the id of the next image.
func (n *ImageIDs) add(id coco.ID) {
	n.at[id] = len(n.ids)
	n.ids = append(n.ids, id)
}

// List returns the ids of the images. Callers must not change it.
func (n *ImageIDs) List() []coco.ID { return n.ids }

// TakeRows takes the rows of a table, counted from 1, for ids.
func (n *ImageIDs) TakeRows(from string, names *coco.Names) {
	n.begin(from, names.Len(), names)
	for k := range names.Len() {
		n.add(coco.IntID(int64(k + 1)))
	}
}

// TakeDataset takes the ids of a dataset, and its categories if it has any.
func (n *ImageIDs) TakeDataset(from string, d *coco.Dataset) error {
	n.begin(from, 0, coco.NewNames(d.Images))
	files := map[string]coco.ID{}
	for i := range d.Images {
		img := &d.Images[i]
		if other, ok := n.at[img.ID]; ok {
			return fmt.Errorf("%w: image id %s is used for two tiles, %s and %s", ui.ErrInput, img.ID.AppendJSON(nil), coco.ImageName(&d.Images[other]), coco.ImageName(img))
		}
		if other, ok := files[img.FileName]; ok && img.FileName != "" && n.Images.Name(i) != coco.ImageName(img) {
			return fmt.Errorf("%w: images %s and %s are both tile %s", ui.ErrInput, other.AppendJSON(nil), img.ID.AppendJSON(nil), wtf8.Quote(coco.ImageName(img)))
		}
		files[img.FileName] = img.ID
		n.add(img.ID)
	}
	if len(d.Categories) > 0 {
		n.Categories = map[int64]string{}
		for _, cat := range d.Categories {
			n.Categories[cat.ID] = cat.Name
		}
	}
	return nil
}

// NameImages is the advice for ids that say nothing.
const NameImages = "use --images to name the COCO file or the table that the model was run on"

// IdsIn are image ids in another list: of the images of a file, or a table's tiles.
type IdsIn struct {
	*ImageIDs
	list *coco.Names
	into []int // place in list of each image, 0: not asked yet, else 1 more, or -1: none
}

// In prepares to find ids in a list.
func (n *ImageIDs) In(list *coco.Names) *IdsIn {
	return &IdsIn{ImageIDs: n, list: list, into: make([]int, len(n.ids))}
}

// Find finds the image of an id in the list, and its name; -1: it is not in the list. With
// a table, and without a file, strings are names, whether they are listed or not.
func (n *IdsIn) Find(id coco.ID) (i int, name string, err error) {
	if k, ok := n.at[id]; ok {
		return n.match(id, k)
	}
	ofCOCO := n.from != "" && n.rows == 0
	listed := -1
	if n.Images != nil && id.IsString() {
		listed, _ = n.Images.FindName(id.String())
	}
	switch {
	case listed >= 0:
		return n.match(id, listed)
	case id.IsString() && !ofCOCO:
		i, err = n.list.FindName(id.String())
		return i, id.String(), n.word(id, err)
	case n.from == "":
		err = fmt.Errorf("image_id: found %s, expected the name of a tile: %s", id, NameImages)
	case !ofCOCO:
		err = fmt.Errorf("image_id: found %s, expected a row of %s from 1 to %d: %s", id, n.from, n.rows, NameImages)
	case id.IsString() && n.all(func(id coco.ID) bool { return !id.IsString() }):
		err = fmt.Errorf("image_id: found the string %s, but the images of %s have integers as ids: the predictions were made with another file", id.AppendJSON(nil), n.from)
	case !id.IsString() && n.all(coco.ID.IsString):
		err = fmt.Errorf("image_id: found the integer %s, but the images of %s have strings as ids: the predictions were made with another file", id, n.from)
	default:
		err = fmt.Errorf("image_id: found %s, which no image of %s has: %s", id.AppendJSON(nil), n.from, NameImages)
	}
	return -1, "", err
}

// match finds image k in the list.
func (n *IdsIn) match(id coco.ID, k int) (i int, name string, err error) {
	name = n.Images.Name(k)
	if n.into[k] == 0 {
		i, err := n.Images.Match(k, n.list)
		if err := n.word(id, err); err != nil {
			return i, name, err
		}
		if n.into[k] = i + 1; i < 0 {
			n.into[k] = -1
		}
	}
	if n.into[k] < 0 {
		return -1, name, nil
	}
	return n.into[k] - 1, name, nil
}

// word words the error of a name that several images have. A name that no image has is not
// an error.
func (n *IdsIn) word(id coco.ID, err error) error {
	var ambiguous *coco.AmbiguousNameError
	if errors.As(err, &ambiguous) {
		return fmt.Errorf("image_id: found %s: %w", id.AppendJSON(nil), err)
	}
	return nil
}

// all says whether there are ids, and all are of a kind.
func (n *ImageIDs) all(kind func(coco.ID) bool) bool {
	for id := range n.at {
		if !kind(id) {
			return false
		}
	}
	return len(n.at) > 0
}

// Id returns the image id of a tile.
func (n *ImageIDs) Id(tile string) (coco.ID, error) {
	if n.from == "" {
		return coco.StringID(tile), nil
	}
	i, err := n.Images.FindName(tile)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(err, &ambiguous):
		return coco.ID{}, fmt.Errorf("%w: %w", ui.ErrInput, err)
	case err != nil:
		return coco.ID{}, fmt.Errorf("%w: tile %s is not in %s", ui.ErrInput, tile, n.from)
	}
	return n.ids[i], nil
}

// Class returns the class of a category id.
func (n *ImageIDs) Class(category int64) (string, error) {
	name, ok := n.Categories[category]
	if !ok {
		return "", fmt.Errorf("category_id: found %d, expected one of %s: --category-start sets where the model's ids begin, --images names the file that the model was run on", category, n.Classes())
	}
	return name, nil
}

// OfClasses returns the ids of the classes, the lowest of several.
func (n *ImageIDs) OfClasses() map[string]int64 {
	ids := make(map[string]int64, len(n.Categories))
	for id, class := range n.Categories {
		if other, again := ids[class]; !again || id < other {
			ids[class] = id
		}
	}
	return ids
}

// Category returns the id of a class, the lowest of several.
func (n *ImageIDs) Category(class string) (int64, error) {
	if id, ok := n.OfClasses()[class]; ok {
		return id, nil
	}
	return 0, fmt.Errorf("%s: %w: no category %s: found %s", n.from, ui.ErrInput, class, n.Classes())
}

// Classes shows the categories.
func (n *ImageIDs) Classes() string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(n.Categories)) {
		list = append(list, fmt.Sprintf("%d %s", id, n.Categories[id]))
	}
	return strings.Join(list, ", ")
}
