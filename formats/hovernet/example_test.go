package hovernet_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/hovernet"
)

// A nucleus of 3 x 3 pixels, whose contour goes through the centres of those at the edge.
func Example() {
	source := &formats.Source{
		FS:      fstest.MapFS{"a.json": {Data: []byte(`{"nuc": {"1": {"contour": [[4, 2], [4, 4], [6, 4], [6, 2]], "type": 1, "type_prob": 0.9}}}`)}},
		Options: formats.Values{"size": "20x10", "score": "type_prob"},
		Classes: []string{"background", "epithelial"},
	}
	err := hovernet.Format.Import(context.Background(), source, func(img *formats.Read) error {
		for _, n := range img.Instances {
			fmt.Println(img.FileName, n.Class, n.Area, n.BBox, string(n.Segmentation.AppendJSON(nil)))
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// a.png epithelial 9 {4 2 3 3} [[4,2,7,2,7,5,4,5]]
}
