package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// decodeText reads a dataset from a text with ' in place of ".
func decodeText(t testing.TB, text string) *Dataset {
	t.Helper()
	d, err := Decode(strings.NewReader(strings.ReplaceAll(text, "'", `"`)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func encodeText(t testing.TB, d *Dataset) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sourcesOf(t testing.TB, texts ...string) []Source {
	t.Helper()
	var out []Source
	for i, text := range texts {
		name := string(rune('a' + i))
		out = append(out, Source{Name: name, File: name + ".json", Dataset: decodeText(t, text)})
	}
	return out
}

func TestMerge(t *testing.T) {
	const a = `{'licenses':[],'images':[{'id':5,'file_name':'x.png','height':9,'width':9},{'id':2,'file_name':'y.png','height':9,'width':9,'by':1}],
		'annotations':[{'id':7,'image_id':2,'category_id':3,'area':1},{'id':9,'image_id':5,'category_id':3,'area':2,'source':'old'}],'categories':[{'id':3,'name':'v'}],'more':[1]}`
	const b = `{'licenses':[{'id':1}],'images':[{'id':2,'file_name':'y.png','height':9,'tile':'y','by':1},{'id':4,'file_name':'z.png','height':9,'width':9}],
		'annotations':[{'id':7,'image_id':4,'category_id':8,'area':3},{'id':1,'image_id':2,'category_id':1,'area':4}],'categories':[{'id':1,'name':'g'},{'id':8,'name':'v','supercategory':'s'}],'other':2}`
	tests := []struct {
		name string
		opts *MergeOptions
		want string
		maps string
	}{
		{"ids kept", &MergeOptions{Info: json.RawMessage(`{"by":"me"}`)},
			`{'info':{'by':'me'},'licenses':[{'id':1}],'categories':[{'id':3,'name':'v','supercategory':'s'},{'id':1,'name':'g'}],
			'images':[{'id':5,'file_name':'x.png','height':9,'width':9},{'id':2,'file_name':'y.png','height':9,'width':9,'by':1,'tile':'y'},{'id':4,'file_name':'z.png','height':9,'width':9}],
			'annotations':[{'id':1,'image_id':2,'category_id':3,'area':1,'source':'a'},{'id':2,'image_id':5,'category_id':3,'area':2,'source':'old'},
			{'id':3,'image_id':4,'category_id':3,'area':3,'source':'b'},{'id':4,'image_id':2,'category_id':1,'area':4,'source':'b'}],'more':[1],'other':2}`,
			"a: images 5>5 2>2, annotations 7>1 9>2, categories 3>3, 2 new\nb: images 2>2 4>4, annotations 7>3 1>4, categories 1>1 8>3, 1 new\n"},
		{"images renumbered", &MergeOptions{RenumberImages: true},
			`{'licenses':[{'id':1}],'categories':[{'id':3,'name':'v','supercategory':'s'},{'id':1,'name':'g'}],
			'images':[{'id':1,'file_name':'x.png','height':9,'width':9},{'id':2,'file_name':'y.png','height':9,'width':9,'by':1,'tile':'y'},{'id':3,'file_name':'z.png','height':9,'width':9}],
			'annotations':[{'id':1,'image_id':2,'category_id':3,'area':1,'source':'a'},{'id':2,'image_id':1,'category_id':3,'area':2,'source':'old'},
			{'id':3,'image_id':3,'category_id':3,'area':3,'source':'b'},{'id':4,'image_id':2,'category_id':1,'area':4,'source':'b'}],'more':[1],'other':2}`,
			"a: images 5>1 2>2, annotations 7>1 9>2, categories 3>3, 2 new\nb: images 2>2 4>3, annotations 7>3 1>4, categories 1>1 8>3, 1 new\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sources := sourcesOf(t, a, b)
			before := encodeText(t, sources[0].Dataset) + encodeText(t, sources[1].Dataset)
			m, err := Merge(sources, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := encodeText(t, m.Dataset), encodeText(t, decodeText(t, tt.want)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got := showMaps(m.Sources); got != tt.maps {
				t.Errorf("maps: got %s, want %s", got, tt.maps)
			}
			if after := encodeText(t, sources[0].Dataset) + encodeText(t, sources[1].Dataset); after != before {
				t.Errorf("the sources have changed: got %s, want %s", after, before)
			}
		})
	}
}

func showMaps(maps []SourceMap) string {
	var b strings.Builder
	list := func(name string, changes []IDChange) {
		fmt.Fprintf(&b, "%s", name)
		for _, c := range changes {
			fmt.Fprintf(&b, " %s>%s", c.Old, c.New)
			if c.Duplicate {
				b.WriteString("=")
			}
		}
	}
	for _, s := range maps {
		list(s.Name+": images", s.Images)
		list(", annotations", s.Annotations)
		list(", categories", s.Categories)
		fmt.Fprintf(&b, ", %d new\n", s.NewImages)
	}
	return b.String()
}

func TestMergeRenumberCategories(t *testing.T) {
	m, err := Merge(sourcesOf(t, `{'categories':[{'id':1,'name':'a'}]}`,
		`{'categories':[{'id':1,'name':'b'},{'id':2,'name':'c'}]}`,
		`{'categories':[{'id':1,'name':'d'},{'id':3,'name':'b'},{'id':2,'name':'a'}]}`),
		&MergeOptions{RenumberCategories: true})
	if err != nil {
		t.Fatal(err)
	}
	// c keeps its id; b and d get the lowest ids that are then free.
	const want = "a: images, annotations, categories 1>1, 0 new\nb: images, annotations, categories 1>3 2>2, 0 new\nc: images, annotations, categories 1>4 3>3 2>1, 0 new\n"
	if got := showMaps(m.Sources); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMergeConflicts(t *testing.T) {
	image := func(members string) string { return `{'images':[{` + members + `}]}` }
	category := func(list string) string { return `{'categories':[` + list + `]}` }
	const plain = `{'images':[{'id':1,'file_name':'x.png','height':9,'width':8,'by':1}],'categories':[{'id':1,'name':'v','supercategory':'s','by':1}],'annotations':[]}`
	tests := []struct {
		name     string
		a, b     string
		want     string // path and code of each conflict
		renumber string // the same with all ids renumbered
	}{
		{"none", plain, plain, "", ""},
		{"one id, two tiles", plain, image(`'id':1,'file_name':'y.png'`), "images[0].id image-id-taken\n", ""},
		{"one tile, two ids", plain, image(`'id':2,'file_name':'x.png'`), "images[0].id image-id-differs\n", ""},
		{"integers and strings", plain, image(`'id':'1','file_name':'y.png'`), "images[0].id image-id-mixed\n", ""},
		{"both kinds in one file", `{'images':[]}`, `{'images':[{'id':1,'file_name':'a'},{'id':'b','file_name':'b'}]}`,
			"images[1].id image-id-mixed\n", ""},
		{"one id twice in a file", plain, `{'images':[{'id':7,'file_name':'p'},{'id':7,'file_name':'q'}]}`,
			"images[1].id image-id-duplicate\n", "images[1].id image-id-duplicate\n"},
		{"one path twice in a file", plain, `{'images':[{'id':7,'file_name':'p/a.png'},{'id':8,'file_name':'./p/a.png'}]}`,
			"images[1] image-name-duplicate\n", "images[1] image-name-duplicate\n"},
		{"one tile twice in a file", plain,
			`{'images':[{'id':7,'tile':'t','file_name':'p/a.png'},{'id':8,'tile':'t','file_name':'q/a.png'}]}`,
			"images[1] image-name-duplicate\n", "images[1] image-name-duplicate\n"},
		{"one base name twice in a file", plain, `{'images':[{'id':7,'file_name':'p/a.png'},{'id':8,'file_name':'q/a.png'}]}`,
			"", ""},
		{"height", plain, image(`'id':1,'file_name':'x.png','height':8`), "images[0].height image-size-differs\n",
			"images[0].height image-size-differs\n"},
		{"width", plain, image(`'id':1,'file_name':'x.png','width':9`), "images[0].width image-size-differs\n",
			"images[0].width image-size-differs\n"},
		{"folder", plain, image(`'id':1,'file_name':'f/x.png'`), "images[0].id image-id-taken\n", ""},
		{"tile of a file in a folder", image(`'id':1,'file_name':'f/x.png'`),
			image(`'id':1,'file_name':'f/x.png','tile':'x'`), "", ""},
		{"tile of a file in another folder", image(`'id':1,'file_name':'f/x.png','tile':'x'`),
			image(`'id':1,'file_name':'g/x.png','tile':'x'`), "images[0].file_name image-file-differs\n",
			"images[0].file_name image-file-differs\n"},
		{"suffix", plain, image(`'id':1,'file_name':'x.tif'`), "images[0].file_name image-file-differs\n",
			"images[0].file_name image-file-differs\n"},
		{"file of a tile", plain, image(`'id':2,'file_name':'x.png','tile':'t'`), "images[0].file_name image-file-taken\n",
			"images[0].file_name image-file-taken\n"},
		{"two tiles, one file name", image(`'id':1,'file_name':'x.png','tile':'s'`),
			image(`'id':2,'file_name':'x.png','tile':'t'`), "", ""},
		{"an id and a name", image(`'id':1,'file_name':'12.png'`), image(`'id':12`), "", ""},
		{"an id and an empty name", image(`'id':12,'file_name':''`), image(`'id':12`), "", ""},
		{"tile in one file only", plain, image(`'id':1,'file_name':'x.png','tile':'x'`), "", ""},
		{"hostile sizes", image(`'id':1,'file_name':'h.png','height':-9223372036854775808,'width':1000000`),
			`{'images':[{'id':1,'file_name':'h.png'}],'categories':[{'id':9223372036854775807,'name':'z'}],
			'annotations':[{'id':1,'image_id':1,'category_id':9223372036854775807,'segmentation':[[1,1,1e9,1,1e9,1e9]]},{'id':-1,'image_id':1,'category_id':9223372036854775807,'segmentation':{'size':[9007199254740991,9],'counts':[-1]}}]}`, "", ""},
		{"other member", plain, image(`'id':1,'file_name':'x.png','by':2`), "images[0].by image-member-differs\n",
			"images[0].by image-member-differs\n"},
		{"category id taken", plain, category(`{'id':1,'name':'w'}`), "categories[0].id category-id-taken\n", ""},
		{"supercategory", plain, category(`{'id':1,'name':'v','supercategory':'t'}`),
			"categories[0].supercategory supercategory-differs\n", "categories[0].supercategory supercategory-differs\n"},
		{"category member", plain, category(`{'id':1,'name':'v','by':2}`), "categories[0].by category-differs\n",
			"categories[0].by category-differs\n"},
		{"one id, two names", plain, category(`{'id':5,'name':'p'},{'id':5,'name':'q'}`),
			"categories[1].id category-id-duplicate\n", "categories[1].id category-id-duplicate\n"},
		{"one name, two ids", plain, category(`{'id':5,'name':'p'},{'id':6,'name':'p'}`),
			"categories[1].name category-name-duplicate\n", "categories[1].name category-name-duplicate\n"},
		{"no name", plain, category(`{'id':5},{'id':6,'name':''}`),
			"categories[0].name category-name-missing\ncategories[1].name category-name-missing\n",
			"categories[0].name category-name-missing\ncategories[1].name category-name-missing\n"},
		{"annotation id twice", plain,
			plain[:len(plain)-2] + `{'id':1,'image_id':1,'category_id':1},{'id':1,'image_id':1,'category_id':1}]}`,
			"annotations[1].id annotation-id-duplicate\n", "annotations[1].id annotation-id-duplicate\n"},
		{"no such image", plain, plain[:len(plain)-2] + `{'id':1,'image_id':'1','category_id':1}]}`,
			"annotations[0].image_id image-unknown\n", "annotations[0].image_id image-unknown\n"},
		{"no such category", plain, plain[:len(plain)-2] + `{'id':1,'image_id':1,'category_id':2}]}`,
			"annotations[0].category_id category-unknown\n", "annotations[0].category_id category-unknown\n"},
		{"no categories", plain,
			`{'images':[{'id':1,'file_name':'x.png'}],'annotations':[{'id':1,'image_id':1,'category_id':1}]}`,
			"annotations[0].category_id category-unknown\n", "annotations[0].category_id category-unknown\n"},
		{"licenses", `{'licenses':[{'id':1}],'images':[]}`, `{'licenses':[{'id':2}],'images':[]}`,
			"licenses member-differs\n", "licenses member-differs\n"},
		{"outermost member", `{'more':1,'images':[]}`, `{'more':2,'images':[]}`, "more member-differs\n",
			"more member-differs\n"},
		{"several", plain, `{'images':[{'id':2,'file_name':'x.png','height':1}],'categories':[{'id':1,'name':'w'}]}`,
			"categories[0].id category-id-taken\nimages[0].id image-id-differs\nimages[0].height image-size-differs\n",
			"images[0].height image-size-differs\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, opts := range []*MergeOptions{nil, {RenumberImages: true, RenumberCategories: true, DropDuplicates: true}} {
				want := tt.want
				if opts != nil {
					want = tt.renumber
				}
				m, err := Merge(sourcesOf(t, tt.a, tt.b), opts)
				var got strings.Builder
				var conflicts *MergeError
				if errors.As(err, &conflicts) {
					for _, c := range conflicts.Conflicts {
						fmt.Fprintf(&got, "%s %s\n", c.Place, c.Code)
						if c.File != "b.json" || strings.Contains(c.Reason, "%!") || c.Reason == "" {
							t.Errorf("bad words: %s", c)
						}
						t.Log(c)
					}
				}
				if got.String() != want || (err == nil) != (want == "") || (m == nil) != (err != nil) {
					t.Errorf("renumber %v: got %s (%v), want %s", opts != nil, got.String(), err, want)
				}
			}
		})
	}
}

// TestMergeFolders merges images whose names differ by folder or extension alone.
func TestMergeFolders(t *testing.T) {
	list := func(files string) string {
		var out []string
		for i, file := range strings.Fields(files) {
			out = append(out, fmt.Sprintf(`{'id':%d,'file_name':'%s'}`, i+1, file))
		}
		return `{'images':[` + strings.Join(out, ",") + `]}`
	}
	tests := []struct{ a, b, want string }{
		{"run0/a.png run1/a.png", "", "run0/a.png run1/a.png"},
		{"x/a.png x/b.png", "y/a.png y/b.png", "x/a.png x/b.png y/a.png y/b.png, 2 namesakes"},
		{"a.png", "y/a.png", "a.png y/a.png, 1 namesakes"},
		{"y/a.png", "a.png b.png", "y/a.png a.png b.png, 1 namesakes"},
		{"x/a.png y/a.png", "y/a.png z/a.png", "x/a.png y/a.png z/a.png, 1 namesakes"},
		{"a.png a.tif", "a.tif", "a.png a.tif"},
		{"a.tif", "a.png a.tif", "a.tif a.png, 1 namesakes"},
		{"./b.png p/a.png", "b.png p//a.png", "./b.png p/a.png"},
		{`p\\a.png`, "p/a.png", `p\a.png`},
		{"p/a.png", `p\\a.png q/../b.png`, "p/a.png q/../b.png"},
		{"1.2.840.1", "1.2.840.2", "1.2.840.1 1.2.840.2"},
	}
	for _, tt := range tests {
		m, err := Merge(sourcesOf(t, list(tt.a), list(tt.b)), &MergeOptions{RenumberImages: true})
		if err != nil {
			t.Error(err)
			continue
		}
		var files []string
		for i := range m.Dataset.Images {
			files = append(files, m.Dataset.Images[i].FileName)
		}
		got := strings.Join(files, " ")
		if n := m.Sources[0].SameBaseName; n > 0 {
			t.Errorf("%s: %d namesakes in the first source", tt.a, n)
		}
		if n := m.Sources[1].SameBaseName; n > 0 {
			got += fmt.Sprintf(", %d namesakes", n)
		}
		if got != tt.want {
			t.Errorf("%s and %s: got %s, want %s", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestMergeWithoutNames merges images that have nothing but an id.
func TestMergeWithoutNames(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int // images
	}{
		{`{'id':1,'file_name':'12.png'}`, `{'id':12}`, 2},
		{`{'id':12}`, `{'id':1,'file_name':'12.png'}`, 2},
		{`{'id':1,'tile':'12'}`, `{'id':12}`, 2},
		{`{'id':12}`, `{'id':12,'file_name':''},{'id':13}`, 2},
	} {
		m, err := Merge(sourcesOf(t, `{'images':[`+tt.a+`]}`, `{'images':[`+tt.b+`]}`), &MergeOptions{RenumberImages: true})
		if err != nil {
			t.Errorf("%s and %s: %v", tt.a, tt.b, err)
		} else if n := len(m.Dataset.Images); n != tt.want || m.Sources[1].SameBaseName != 0 {
			t.Errorf("%s and %s: got %d images and %d namesakes, want %d and none", tt.a, tt.b, n, m.Sources[1].SameBaseName,
				tt.want)
		}
	}
}

func TestMergeError(t *testing.T) {
	var list []string
	for i := range 50 {
		list = append(list, fmt.Sprintf("{'id':%d,'file_name':'f%d'}", i, i))
	}
	slices.Reverse(list)
	a := `{'images':[` + strings.Join(list, ",") + `]}`
	_, err := Merge(sourcesOf(t, a, strings.ReplaceAll(a, ":'f", ":'g")), nil)
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 22 || lines[0] != "coco: cannot merge: 50 conflicts:" || lines[21] != "and 30 more" ||
		lines[1] != `b.json: images[0].id: 49 is the id of image "g49" here, but of "f49" in a.json: images[0]: renumber the images (image-id-taken)` {
		t.Errorf("got %q", lines)
	}
	for _, sources := range [][]Source{nil, {{Name: "a"}}, {{Dataset: new(Dataset)}},
		{{Name: "a", Dataset: new(Dataset)}, {Name: "a", Dataset: new(Dataset)}}} {
		if _, err := Merge(sources, nil); err == nil {
			t.Errorf("no error for %v", sources)
		}
	}
}

func TestMergeDropDuplicates(t *testing.T) {
	ring := rle.Ring{{1, 1}, {6, 1}, {6, 5}, {1, 5}}
	mask, err := rle.FromPolygon(9, 8, rle.FillCOCO, ring)
	if err != nil {
		t.Fatal(err)
	}
	segm := func(text string) Segmentation {
		s, err := SegmentationFromJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	base := Annotation{ImageID: IntID(1), CategoryID: 1, Segmentation: RLE(mask), BBox: rle.Box{X: 1, Y: 1, W: 5, H: 4}}
	with := func(change func(a *Annotation)) Annotation {
		a := base
		change(&a)
		return a
	}
	as := func(s Segmentation) Annotation { return with(func(a *Annotation) { a.Segmentation = s }) }
	moved := func(a Annotation) Annotation { a.BBox.X++; return a }
	tests := []struct {
		name string
		a, b Annotation
		want int // number kept
	}{
		{"equal", base, base, 1},
		{"other form", as(Counts(mask)), as(Polygons([]rle.Ring{ring})), 1},
		{"other box and area, same mask", base, with(func(a *Annotation) { a.BBox, a.Area = rle.Box{}, 7 }), 1},
		{"other image", base, with(func(a *Annotation) { a.ImageID = IntID(2) }), 2},
		{"other category", base, with(func(a *Annotation) { a.CategoryID = 2 }), 2},
		{"no category", with(func(a *Annotation) { a.CategoryID = 0 }),
			with(func(a *Annotation) { a.CategoryID, a.Missing = 0, FieldCategoryID }), 2},
		{"crowd", base, with(func(a *Annotation) { a.IsCrowd = true }), 2},
		{"other mask", base, as(Polygons([]rle.Ring{{{1, 1}, {6, 1}, {6, 6}}})), 2},
		{"broken, equal", as(segm(`{"size":[1,1],"counts":"x"}`)), as(segm(`{"size": [1, 1], "counts": "x"}`)), 1},
		{"broken, other text", as(segm(`{"size":[1,1],"counts":"x"}`)), as(segm(`{"size":[1,1],"counts":"y"}`)), 2},
		{"huge", as(segm(`{"size":[4000000000,4000000000],"counts":[1]}`)),
			as(segm(`{"size":[4000000000,4000000000],"counts":[1]}`)), 1},
		{"boxes only, equal", as(segm(`[]`)), as(segm(`[]`)), 1},
		{"boxes only, other box", as(segm(`[]`)), moved(as(segm(`[]`))), 2},
		{"masks without a pixel", as(segm(`[[1,1,1,1,1,1]]`)), as(segm(`[[2,1,2,1,2,1]]`)), 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := tt.a, tt.b
			a.ID, b.ID = IntID(4), IntID(5)
			dataset := func(list ...Annotation) *Dataset {
				return &Dataset{Images: []Image{{ID: IntID(1), FileName: "x", Height: 9, Width: 8},
					{ID: IntID(2), FileName: "y", Height: 9, Width: 8}},
					Categories: []Category{{ID: 0, Name: "u"}, {ID: 1, Name: "v"}, {ID: 2, Name: "w"}}, Annotations: list}
			}
			for _, sources := range [][]Source{
				{{Name: "a", Dataset: dataset(a, b)}},
				{{Name: "a", Dataset: dataset(a)}, {Name: "b", Dataset: dataset(b)}},
			} {
				m, err := Merge(sources, &MergeOptions{DropDuplicates: true})
				if err != nil {
					t.Fatal(err)
				}
				last := m.Sources[len(sources)-1]
				got := last.Annotations[len(last.Annotations)-1]
				want := IDChange{Old: b.ID, New: IntID(int64(tt.want)), Duplicate: tt.want == 1}
				if len(m.Dataset.Annotations) != tt.want || got != want || last.Duplicates != 2-tt.want {
					t.Errorf("%d sources: kept %d, map %v, %d duplicates; want %d and %v", len(sources), len(m.Dataset.Annotations),
						got, last.Duplicates, tt.want, want)
				}
			}
		})
	}
}

// TestMergeRoundTrip merges random datasets without conflicts, and restores each by its
// map.
func TestMergeRoundTrip(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		opts := &MergeOptions{RenumberImages: seed%2 == 1, RenumberCategories: seed%3 > 0, DropDuplicates: seed%5 == 0}
		sources := randomSources(rng, opts)
		m, err := Merge(sources, opts)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if p := duplicateIDs(m.Dataset); p != "" {
			t.Fatalf("seed %d: %s", seed, p)
		}
		total := 0
		for i, s := range m.Sources {
			total += len(s.Annotations) - s.Duplicates
			got, want := encodeText(t, restore(t, m, i)), encodeText(t, withoutSource(sources[i].Dataset))
			if got != want {
				t.Fatalf("seed %d: source %d restored is\n%s, want\n%s", seed, i, got, want)
			}
		}
		if total != len(m.Dataset.Annotations) {
			t.Fatalf("seed %d: %d annotations, want %d", seed, len(m.Dataset.Annotations), total)
		}
		again, err := Merge(sources, opts)
		if err != nil || encodeText(t, again.Dataset) != encodeText(t, m.Dataset) ||
			!reflect.DeepEqual(again.Sources, m.Sources) {
			t.Fatalf("seed %d: a second merge differs (%v)", seed, err)
		}
	}
}

// randomSources returns datasets with some images each of a common pool.
func randomSources(rng *rand.Rand, opts *MergeOptions) []Source {
	names := []string{"u", "v", "w", "x"}
	var sources []Source
	for s := range 1 + rng.IntN(4) {
		d := new(Dataset)
		for k, name := range names {
			if rng.IntN(3) > 0 {
				id := int64(k + 10)
				if opts.RenumberCategories {
					id = int64(k*7 + rng.IntN(7)) // from 0, different in each file
				}
				d.Categories = append(d.Categories, Category{ID: id, Name: name})
			}
		}
		for _, k := range rng.Perm(8) {
			if rng.IntN(2) == 0 {
				img := Image{ID: IntID(int64(k)), FileName: fmt.Sprintf("f%d.png", k), Height: 20, Width: 30 + k}
				if opts.RenumberImages {
					img.ID = []ID{IntID(int64(k + 100*s)), StringID(fmt.Sprint(k))}[rng.IntN(2)]
				}
				d.Images = append(d.Images, img)
			}
		}
		ids := rng.Perm(60)
		for i := range rng.IntN(30) {
			if len(d.Images) == 0 || len(d.Categories) == 0 {
				break
			}
			a := Annotation{ID: IntID(int64(ids[i])), ImageID: d.Images[rng.IntN(len(d.Images))].ID,
				CategoryID: d.Categories[rng.IntN(len(d.Categories))].ID}
			x, y := float64(rng.IntN(3)), float64(rng.IntN(3))
			a.Segmentation = Polygons([]rle.Ring{{{x, y}, {x + 4, y}, {x + 4, y + 4}, {x, y + 4}}})
			a.Area, a.BBox = 16, rle.Box{X: x, Y: y, W: 4, H: 4}
			if !opts.DropDuplicates {
				a.Extra = Fields{{"n", json.RawMessage(fmt.Sprint(rng.IntN(9)))}}
			}
			d.Annotations = append(d.Annotations, a)
		}
		sources = append(sources, Source{Name: fmt.Sprint("s", s), Dataset: d})
	}
	return sources
}

// restore restores a source from a merged dataset, by its map.
func restore(t *testing.T, m *Merged, i int) *Dataset {
	t.Helper()
	s, d := m.Sources[i], new(Dataset)
	index := m.Dataset.Index()
	images, categories := map[ID]ID{}, map[int64]int64{}
	for _, c := range s.Categories {
		from, _ := c.New.Int()
		to, _ := c.Old.Int()
		cat := *index.Category(from)
		cat.ID, categories[from] = to, to
		d.Categories = append(d.Categories, cat)
	}
	for _, c := range s.Images {
		img := *index.Image(c.New)
		img.ID, images[c.New] = c.Old, c.Old
		d.Images = append(d.Images, img)
	}
	for _, c := range s.Annotations {
		n, _ := c.New.Int()
		a := m.Dataset.Annotations[n-1]
		if a.ID != c.New {
			t.Fatalf("annotation %d has id %s", n-1, a.ID)
		}
		if got, want := string(a.Extra.Get("source")), fmt.Sprintf("%q", s.Name); got != want && !c.Duplicate {
			t.Fatalf("annotation %d has source %s, want %s", n-1, got, want)
		}
		a.ID, a.ImageID, a.CategoryID = c.Old, images[a.ImageID], categories[a.CategoryID]
		d.Annotations = append(d.Annotations, a)
	}
	return withoutSource(d)
}

// withoutSource returns the dataset without the member source.
func withoutSource(d *Dataset) *Dataset {
	out := *d
	out.Annotations = slices.Clone(d.Annotations)
	for i := range out.Annotations {
		a := &out.Annotations[i]
		a.Extra = slices.DeleteFunc(slices.Clone(a.Extra), func(f Field) bool { return f.Key == "source" })
	}
	return &out
}

// duplicateIDs lists ids and names that are duplicates, and ids that refer to nothing.
func duplicateIDs(d *Dataset) string {
	seen := map[string]bool{}
	twice := ""
	note := func(format string, args ...any) {
		key := fmt.Sprintf(format, args...)
		if seen[key] {
			twice = key
		}
		seen[key] = true
	}
	ix := d.Index()
	for _, c := range d.Categories {
		note("category %d", c.ID)
		note("category name %q", c.Name)
	}
	for _, img := range d.Images {
		note("image %s", jsonID(img.ID))
		if img.FileName != "" {
			note("file name %q", img.FileName)
		}
	}
	for i, a := range d.Annotations {
		note("annotation %s", jsonID(a.ID))
		switch {
		case a.ID == ID{}:
			return fmt.Sprintf("annotations[%d].id is 0", i)
		case ix.Image(a.ImageID) == nil:
			return fmt.Sprintf("annotations[%d].image_id", i)
		case !a.Missing.Has(FieldCategoryID) && ix.Category(a.CategoryID) == nil:
			return fmt.Sprintf("annotations[%d].category_id", i)
		}
	}
	return twice
}

// FuzzMerge merges all readable inputs, which must not panic. Merging the result again
// must not change it.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"images":[{"id":1,"file_name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1}],"categories":[{"id":1,"name":"a"}]}`),
		[]byte(`{"images":[{"id":"1","height":9000000000}],"annotations":[{"id":1,"image_id":"1","segmentation":{"size":[1,2],"counts":[2]}}]}`))
	f.Add([]byte(`{"images":[{"id":1,"height":-4,"width":1e9}],"annotations":[{"id":1,"image_id":1,"segmentation":[[1,2,3,4,5,6]]}]}`), []byte(`{"images":`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		da, err := Decode(bytes.NewReader(a))
		if err != nil {
			return
		}
		db, err := Decode(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, img := range slices.Concat(da.Images, db.Images) {
			if img.FileName == "" && img.Extra.Get("tile") == nil {
				return // identified by its id, which changes
			}
		}
		opts := &MergeOptions{RenumberImages: true, RenumberCategories: true, DropDuplicates: true}
		m, err := Merge([]Source{{Name: "a", Dataset: da}, {Name: "b", Dataset: db}}, opts)
		if err != nil {
			return
		}
		again, err := Merge([]Source{{Name: "c", Dataset: m.Dataset}}, opts)
		if err != nil {
			t.Fatalf("merged once more: %v", err)
		}
		if got, want := encodeText(t, again.Dataset), encodeText(t, m.Dataset); got != want {
			t.Errorf("merged once more: got %s, want %s", got, want)
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	for _, drop := range []bool{false, true} {
		b.Run(fmt.Sprintf("drop=%v", drop), func(b *testing.B) {
			// Two files with the size of one competition in total: 1,633 images, 17,000
			// annotations.
			one, err := Decode(bytes.NewReader(generate(817, 8500, true, "")))
			if err != nil {
				b.Fatal(err)
			}
			two, err := Decode(bytes.NewReader(generate(816, 8500, true, "")))
			if err != nil {
				b.Fatal(err)
			}
			for i := range two.Images {
				two.Images[i].FileName = "other" + two.Images[i].FileName
			}
			b.ReportAllocs()
			for b.Loop() {
				m, err := Merge([]Source{{Name: "one", Dataset: one}, {Name: "two", Dataset: two}},
					&MergeOptions{RenumberImages: true, DropDuplicates: drop})
				if err != nil || len(m.Dataset.Images) != 1633 || len(m.Dataset.Annotations) != 17000 {
					b.Fatal(err, len(m.Dataset.Annotations))
				}
			}
		})
	}
}
