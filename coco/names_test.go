package coco

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// image makes an image of a file name or, before a colon, a tile and a file name.
func image(id int64, text string) Image {
	img := Image{ID: IntID(id), FileName: text}
	if tile, file, ok := strings.Cut(text, ":"); ok {
		img.FileName = file
		v, _ := json.Marshal(tile)
		img.Extra = Fields{{"tile", v}}
	}
	return img
}

func imagesOf(texts ...string) []Image {
	var out []Image
	for i, text := range texts {
		out = append(out, image(int64(i)+1, text))
	}
	return out
}

func TestNamesName(t *testing.T) {
	tests := []struct{ about, images, want string }{
		{"flat", "a.png b.png", "a b"},
		{"folders", "run0/a.png run1/a.png", "run0/a run1/a"},
		{"in a folder and not", "a.png x/a.png", "a x/a"},
		{"extensions", "x/a.png x/a.tif y/a.png", "x/a.png x/a.tif y/a"},
		{"numbers for extensions", "scan.001 scan.002 x.001", "scan.001 scan.002 x.001"},
		{"no extensions", "1.2.840.1 a.b_c a. a.geojson x.y/b", "1.2.840.1 a.b_c a. a.geojson x.y/b"},
		{"extensions with digits", "a.jp2 b.7z c.TIFF", "a b c"},
		{"unclean paths", `./a.png x\b.png y/../c.png`, "a x/b c"},
		{"tiles", "t1:x/a.png t2:x/a.png", "t1 t2"},
		{"one tile twice", "t:x/a.png t:y/a.png", "x/a y/a"},
		{"a tile and a file", "t:x/a.png t.png", "x/a t.png"},
		{"one file twice", "a.png b.png a.png", "1 b 3"},
		{"no file name", "a.png  b.png", "a 2 b"},
		{"an id for a name", "2.png ", "2.png 2"},
		{"a path that is another's stem", "a.png a.tif a.png.txt", "1 a.tif a.png.txt"},
		{"an id that takes a name", "1.png x.png x.png x.png", "1 2 3 4"},
		{"an id that takes the other's name", "3.png x.png x.png", "3.png 2 3"},
	}
	for _, tt := range tests {
		n := NewNames(imagesOf(strings.Split(tt.images, " ")...))
		var got []string
		for i := range n.Len() {
			got = append(got, n.Name(i))
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: %s are called %s, want %s", tt.about, tt.images, text, tt.want)
		}
	}
}

func TestNamesFind(t *testing.T) {
	const frames = "s/run0/a.png s/run1/a.png s/run1/b.png c.png c.tif d.png x/d.png tile:z/e.png"
	tests := []struct{ images, name, want string }{
		{frames, "s/run0/a", "0"},
		{frames, "s/run0/a.png", "0"},
		{frames, `s\run0\a.png`, "0"},
		{frames, "./s/run0//a", "0"},
		{frames, "run0/a", "0"},
		{frames, "run1/a.png", "1"},
		{frames, "un1/a", "none"},
		{frames, "run1/a.tif", "none"},
		{frames, "RUN1/a", "none"},
		{frames, "b", "2"},
		{frames, "b.png", "2"},
		{frames, "a", "s/run0/a s/run1/a of 2"},
		{frames, "a.png", "s/run0/a s/run1/a of 2"},
		{frames, "c", "c.png c.tif of 2"},
		{frames, "c.tif", "4"},
		{frames, "d", "5"},
		{frames, "d.png", "5"},
		{frames, "x/d.png", "6"},
		{frames, "tile", "7"},
		{frames, "e", "7"},
		{frames, "z/e.png", "7"},
		{frames, "5", "4"},
		{frames, "05", "none"},
		{frames, "", "none"},
		{frames, "9", "none"},
		{"5.png a.png b.png c.png d.png", "5", "0"},
		{"t:a.png t:b.png", "t", "a b of 2"},
		{"1/a 2/a 3/a 4/a 5/a 6/a 7/a", "a", "1/a 2/a 3/a 4/a 5/a of 7"},
		{"x/a.png y/a.tif", "a", "x/a y/a of 2"},
		{"x/a.png y/a.tif", "a.tif", "1"},
		{"p/a.png p/b.tif", "/d/p/a", "0"},
		{"p/a.png p/b.tif", "/d/p/a.png", "0"},
		{"p/a.png p/b.tif", `D:\d\p\b.tif`, "1"},
		{"p/a.png p/b.tif", "d/p/b.tif", "1"},
		{"p/a.png p/b.tif", "../p/b", "1"},
		{"p/a.png p/b.tif", "/d/p/a.tif", "none"},
		{"p/a.png p/b.tif", "/d/q/a.png", "none"},
		{"p/a.png a.png", "/d/p/a.png", "0"},
		{"p/a.png a.png", "/d/q/a.png", "1"},
		{"p/a.png p/a.tif", "/d/p/a", "p/a.png p/a.tif of 2"},
		{"p/a.png p/a.tif", "/d/p/a.tif", "1"},
		{"c.png", "q/c", "none"},
		{"c.png", "q/c.png", "none"},
		{"c.png", "./c.png", "0"},
		{"c.png", "/q/c.png", "0"},
		{"c.png", "C:/c", "0"},
		{"c.png ", "/q/2", "none"},
		{"c.png c.png", "/q/1", "none"},
		{"1.png 1.tif x", "/q/1", "1.png 1.tif of 2"},
		{"t:z/e.png", "/q/t", "0"},
	}
	for _, tt := range tests {
		n := NewNames(imagesOf(strings.Split(tt.images, " ")...))
		if got := outcome(n.Find(tt.name)); got != tt.want {
			t.Errorf("%q among %s is %s, want %s", tt.name, tt.images, got, tt.want)
		}
	}
	n := NewNames(imagesOf("a.png", "b.png"))
	if got := outcome(n.FindName("2")); got != "none" {
		t.Errorf("an id was taken for a name: %s", got)
	}
	n.Add(&Image{ID: StringID("2"), FileName: "c.png"})
	if got := outcome(n.Find("2")); got != "b c of 2" {
		t.Errorf("the ids 2 and \"2\": %s", got)
	}
	if got := outcome(n.FindID("a")) + outcome(n.FindID("1")); got != "none0" {
		t.Errorf("by id: %s", got)
	}
	if got := outcome(new(Names).Find("a")); got != "none" {
		t.Errorf("no image, but %s", got)
	}
}

// outcome words what Find returns.
func outcome(i int, err error) string {
	var ambiguous *AmbiguousNameError
	var unknown *UnknownNameError
	switch {
	case err == nil:
		return fmt.Sprint(i)
	case errors.As(err, &ambiguous) && i < 0:
		return fmt.Sprintf("%s of %d", strings.Join(ambiguous.Candidates, " "), ambiguous.Count)
	case errors.As(err, &unknown) && i < 0:
		return "none"
	}
	return fmt.Sprintf("%d, %v", i, err)
}

func TestNameErrors(t *testing.T) {
	n := NewNames(imagesOf("0/a", "1/a", "2/a"))
	_, err := n.Find("a")
	if got, want := err.Error(), `"a" fits "0/a", "1/a" and "2/a": use one of these names`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	e := &AmbiguousNameError{Name: "a", Candidates: []string{"0/a", "1/a"}, Count: 9}
	if got, want := e.Error(), `"a" fits "0/a", "1/a" and 7 more: use one of these names`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = n.Find("b")
	if got, want := err.Error(), `no image "b"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNamesTwins(t *testing.T) {
	tests := []struct{ about, images, want string }{
		{"none", "a.png b.png x/a.png t:c.png", ""},
		{"a tile", "t:x/a.png b.png t:y/a.png t:z/a.png", "2-0 3-0"},
		{"a path", `x/a.png ./x/a.png x\a.png`, "1-0 2-0"},
		{"extensions", "a.png a.tif", ""},
		{"a file of a tile", "a:x/b.png a a.png", "1-0"},
		{"no file name", "  a.png", ""},
		{"one file of two tiles", "t:a.png u:a.png", ""},
		{"a tile that is the file's own name", "a.png a:a.png", "1-0"},
	}
	for _, tt := range tests {
		images := imagesOf(strings.Split(tt.images, " ")...)
		var got []string
		for i, first := range NewNames(images).Twins() {
			got = append(got, fmt.Sprintf("%d-%d", i, first))
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: got %s, want %s", tt.about, text, tt.want)
		}
		var refused []string
		_, err := Merge([]Source{{Name: "s", Dataset: &Dataset{Images: images}}}, nil)
		var conflicts *MergeError
		if errors.As(err, &conflicts) {
			for _, c := range conflicts.Conflicts {
				refused = append(refused, fmt.Sprint(c.Place.Index))
			}
		}
		if len(refused) != len(got) {
			t.Errorf("%s: merge refuses images %s", tt.about, refused)
		}
	}
}

func TestNamesMatch(t *testing.T) {
	tests := []struct{ about, a, b, want string }{
		{"equal", "x/a.png x/b.png", "x/b.png x/a.png", "1 0"},
		{"extensions", "a.png", "a.tif", "0"},
		{"folders", "x/a.png", "y/a.png", "none"},
		{"folders on one side", "x/a.png", "a.png", "0"},
		{"folders on the other side", "a.png", "x/a.png", "0"},
		{"more folders", "s/x/a.png", "x/a.png y/a.png", "0"},
		{"two images for one", "x/a.png y/a.png", "a.png", "x/a y/a of 2|x/a y/a of 2"},
		{"one image for two", "a.png", "x/a.png y/a.png", "x/a y/a of 2"},
		{"one there, two here", "a.png x/a.png", "a.png", "0 none"},
		{"in a folder there", "a.png x/a.png", "x/a.png", "none 0"},
		{"extensions there", "a.png", "a.png a.tif", "0"},
		{"extensions here", "a.png a.tif", "a.png", "0 none"},
		{"tiles", "t:x/a.png", "t.png", "0"},
		{"a tile of the same file", "t:t.png", "x/t.png", "0"},
		{"different tiles", "t:a.png", "u:a.png", "none"},
		{"one file twice", "a.png a.png 1.png", "1.png", "none none 0"},
		{"a number there", "1.png", "a.png a.png", "none"},
	}
	for _, tt := range tests {
		a, b := NewNames(imagesOf(strings.Split(tt.a, " ")...)), NewNames(imagesOf(strings.Split(tt.b, " ")...))
		separator := " "
		if strings.Contains(tt.want, " of ") {
			separator = "|"
		}
		var got []string
		for i := range a.Len() {
			got = append(got, outcome(a.Match(i, b)))
		}
		if text := strings.Join(got, separator); text != tt.want {
			t.Errorf("%s: %s in %s: got %s, want %s", tt.about, tt.a, tt.b, text, tt.want)
		}
	}
}

// TestNamesMatchTable matches images and names, as of a table.
func TestNamesMatchTable(t *testing.T) {
	tests := []struct{ about, images, table, of, rows string }{
		{"short names", "x/a.png x/b.c.png x/b.png", "b.c a", "1 0 none", "1 0"},
		{"short names with extensions", "x/a.png x/b.png", "b.png a", "1 0", "1 0"},
		{"unclean", "x/a.png x/b.png", `x\b ./x/a`, "1 0", "1 0"},
		{"longer", "x/a.png x/b.png", "/d/x/b d/x/a", "1 0", "1 0"},
		{"longer with extensions", "x/a.png x/b.png", "/d/x/b.png d/x/a.png", "1 0", "1 0"},
		{"longer, of another extension", "x/a.png", "/d/x/a.jpg", "none", "none"},
		{"longer, absolute", "a.png b.png", "/d/b.png D:/a", "1 0", "1 0"},
		{"longer, not absolute", "a.png b.png", "d/b.png d/a", "none none", "none none"},
		{"two that are longer", "x/a.png", "/d/x/a.png /e/x/a", "1", "0 0"},
		{"two that are longer in one way", "x/a.png", "/d/x/a /e/x/a", "ambiguous", "ambiguous ambiguous"},
		{"two images of which both are ends", "x/a.png d/x/a.png", "/e/d/x/a.png", "none 0", "1"},
		{"two of another list", "a.png", "x/a y/a", "ambiguous", "none none"},
	}
	for _, tt := range tests {
		images, table := NewNames(imagesOf(strings.Split(tt.images, " ")...)), &Names{}
		for _, name := range strings.Split(tt.table, " ") {
			table.AddName(name)
		}
		match := func(a, b *Names) string {
			var got []string
			for i := range a.Len() {
				text := outcome(a.Match(i, b))
				if strings.Contains(text, " of ") {
					text = "ambiguous"
				}
				got = append(got, text)
			}
			return strings.Join(got, " ")
		}
		if got := match(images, table); got != tt.of {
			t.Errorf("%s: images: got %s, want %s", tt.about, got, tt.of)
		}
		if got := match(table, images); got != tt.rows {
			t.Errorf("%s: rows: got %s, want %s", tt.about, got, tt.rows)
		}
	}
	var table Names
	table.AddName(`.\x\a`)
	if got := table.Name(0); got != "x/a" || table.ByID(0) {
		t.Errorf("got %s, by id %v", got, table.ByID(0))
	}
}

func TestNamesOf(t *testing.T) {
	n := NewNames(imagesOf(`./x\a.png`, "t:c.png", "", "b.png", "b.png"))
	got := ""
	for i := range n.Len() {
		got += fmt.Sprintf("%s,%s,%v ", n.Tile(i), n.Path(i), n.ByID(i))
	}
	if want := ",x/a.png,false t,c.png,false ,,true ,b.png,true ,b.png,true "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// naiveExtension is a path with something like an extension.
var naiveExtension = regexp.MustCompile(`(?s)^(.*[^/])\.([0-9A-Za-z]{1,5})$`)

// naiveNames looks through all images again and again.
type naiveNames struct {
	names [][]string // of each image
	at    []int      // which is the full one
	stems []string
	paths []string
	ids   []string
}

func newNaiveNames(images []Image) *naiveNames {
	n := &naiveNames{at: make([]int, len(images))}
	for i := range images {
		img := &images[i]
		file, stem := "", ""
		if img.FileName != "" {
			file = path.Clean(strings.ReplaceAll(img.FileName, `\`, "/"))
			stem = file
			if m := naiveExtension.FindStringSubmatch(file); m != nil && strings.Trim(m[2], "0123456789") != "" {
				stem = m[1]
			}
		}
		var names []string
		var tile string
		_ = json.Unmarshal(img.Extra.Get("tile"), &tile)
		for _, name := range []string{tile, stem, file} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		n.names = append(n.names, append(names, img.ID.String()))
		n.stems, n.paths, n.ids = append(n.stems, stem), append(n.paths, file), append(n.ids, img.ID.String())
	}
	for again := true; again; {
		again = false
		for i, names := range n.names {
			for j := range n.names {
				if j != i && slices.Contains(n.claimed(j), names[n.at[i]]) && n.at[i] < len(names)-1 {
					n.at[i]++
					again = true
					break
				}
			}
		}
	}
	return n
}

// claimed are the full name of an image and those that it has given up.
func (n *naiveNames) claimed(i int) []string { return n.names[i][:n.at[i]+1] }

func (n *naiveNames) full(i int) string { return n.names[i][n.at[i]] }

// find returns the images of a name.
func (n *naiveNames) find(name string) []int {
	clean := name
	if clean != "" {
		clean = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	}
	ends := func(file, end string) bool { return end != "" && (file == end || strings.HasSuffix(file, "/"+end)) }
	rules := []func(i int) bool{
		func(i int) bool { return n.full(i) == name },
		func(i int) bool { return slices.Contains(n.claimed(i), name) },
		func(i int) bool { return n.full(i) == clean },
		func(i int) bool { return slices.Contains(n.claimed(i), clean) },
		func(i int) bool { return clean != "" && (n.stems[i] == clean || n.paths[i] == clean) },
		func(i int) bool { return ends(n.stems[i], clean) || ends(n.paths[i], clean) },
	}
	parts := strings.Split(clean, "/")
	absolute := strings.HasPrefix(clean, "/") || regexp.MustCompile("^[A-Za-z]:/").MatchString(clean)
	for k := 1; k < len(parts); k++ {
		end := strings.Join(parts[k:], "/")
		if end == "" || k == len(parts)-1 && !absolute {
			continue
		}
		byID := func(i int) bool { return n.at[i] == len(n.names[i])-1 && n.full(i) == end }
		rules = append(rules,
			func(i int) bool { return n.full(i) == end && !byID(i) },
			func(i int) bool { return slices.Contains(n.claimed(i), end) && !byID(i) },
			func(i int) bool { return n.stems[i] == end || n.paths[i] == end })
	}
	rules = append(rules, func(i int) bool { return n.ids[i] == name })
	for _, is := range rules {
		var found []int
		for i := range n.names {
			if is(i) {
				found = append(found, i)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func FuzzNames(f *testing.F) {
	f.Add("a.png\nb.png", "a")
	f.Add("run0/a.png\nrun1/a.png\nrun1/b.png", "run1/a")
	f.Add("a.png\na.tif\nx/a.png\nx/a.tif\n5.png\na.png", "x/a.tif")
	f.Add("t:x/a.png\nt:y/a.png\nt.png\n\n6.png", "t")
	f.Add("a.png\na.tif\na.png.txt\na.png.txt.txt\na.png.txt.txt", "a.png")
	f.Add("1.png\nx\nx\nx.1\nx.2\n\\x\\1", "2")
	f.Add("/\n.\n..\n.png\n/.png\na/\n./a", ".png")
	f.Add("p/a.png\nq/a.png\na.png\n1.2.840.1\n1.2.840.2\nx/1.23456\nx/1.abcdef", "/d/p/a.png")
	f.Add("1.png\n1.tif\nx\n\nc.png\nc.png\nt:z/e.png", "/q/1")
	f.Add("p/c.png\np/c.tif", "d/p/c")
	f.Fuzz(func(t *testing.T, list, name string) {
		if len(list) > 200 {
			return
		}
		images := imagesOf(strings.Split(list, "\n")...)
		n, naive := NewNames(images), newNaiveNames(images)
		seen := map[string]bool{}
		queries := []string{name}
		for i := range images {
			full := n.Name(i)
			if want := naive.full(i); full != want {
				t.Errorf("image %d is called %q, want %q", i, full, want)
			}
			if seen[full] {
				t.Errorf("two images are called %q", full)
			}
			seen[full] = true
			if got, err := n.Find(full); got != i {
				t.Errorf("image %d is not found as %q: %d, %v", i, full, got, err)
			}
			if got, err := n.Match(i, n); got != i && !n.images[i].numbered() {
				t.Errorf("image %d is not itself: %d, %v", i, got, err)
			}
			queries = append(queries, "/d/"+naive.paths[i], "d/"+naive.stems[i], naive.stems[i], naive.paths[i], path.Base(naive.stems[i]), path.Base(naive.paths[i]), strconv.Itoa(i), images[i].FileName)
		}
		for _, q := range queries {
			want := naive.find(q)
			i, err := n.Find(q)
			var ambiguous *AmbiguousNameError
			switch {
			case len(want) == 1:
				if err != nil || i != want[0] {
					t.Errorf("%q: got %d, %v, want %d", q, i, err, want[0])
				}
			case len(want) == 0:
				var unknown *UnknownNameError
				if !errors.As(err, &unknown) {
					t.Errorf("%q: got %d, %v, want none", q, i, err)
				}
			case !errors.As(err, &ambiguous) || ambiguous.Count != len(want):
				t.Errorf("%q: got %d, %v, want %d", q, i, err, want)
			default:
				var names []string
				for _, k := range want[:min(len(want), mostCandidates)] {
					names = append(names, naive.full(k))
				}
				if !reflect.DeepEqual(ambiguous.Candidates, names) {
					t.Errorf("%q: got %q, want %q", q, ambiguous.Candidates, names)
				}
			}
		}
	})
}
