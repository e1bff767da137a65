package foldscmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// groups are what images are divided by and audited by: the values of keys.
type groups struct {
	asked   []askedKey
	columns []*groupColumn // of asked, then of what is called like a group
	others  []*otherMember
	seen    map[string]bool // members: whether they are not known to group images
	members []string        // of the first image
	deep    bool            // the first folder of an image is not its last one
	n       int             // images
}

// askedKey is a key that a flag names.
type askedKey struct {
	flag, label string // label: as on the command line
	key         coco.Key
	audited     bool // groups of it are looked for on both sides
}

// groupColumn is the values of a key.
type groupColumn struct {
	imagekey.Column
	key     coco.Key
	audited bool
}

// otherMember is a member that is not known to group images.
type otherMember struct {
	key     coco.Key
	values  map[string]bool // not more than mostOther
	repeats bool
}

// mostOther bounds the values of a member of which none repeats: it is taken to differ on all images.
const mostOther = 4096

// noGroups are members whose equal values say nothing of the origin of images, or that are looked at elsewhere.
var noGroups = []string{"license", "date_captured", "coco_url", "flickr_url", "tile", string(wsi.MemberWSI), string(wsi.MemberDataset), string(wsi.MemberI), string(wsi.MemberJ)}

// askedKeys are the keys that the flags name.
func (p *planning) askedKeys() ([]askedKey, error) {
	var list []askedKey
	add := func(flag, label string, audited bool) error {
		if label == "" || folds.CountsInstances(label) {
			return nil
		}
		key, err := imagekey.Parse(flag, label)
		if err != nil {
			return err
		}
		list = append(list, askedKey{flag, label, key, audited})
		return nil
	}
	for _, label := range p.method.Stratify {
		if err := add("stratify", label, false); err != nil {
			return nil, err
		}
	}
	if err := add("group", p.method.Group, true); err != nil {
		return nil, err
	}
	for _, label := range p.auditBy {
		if err := add("audit-by", label, true); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// newGroups prepares for images; table may be nil.
func newGroups(asked []askedKey, table *imagekey.Table) *groups {
	g := &groups{asked: asked, seen: map[string]bool{"": false}}
	for _, a := range asked {
		g.columns = append(g.columns, &groupColumn{key: a.key, audited: a.audited})
	}
	if table != nil {
		for _, name := range table.Columns() {
			g.addNamed(name)
		}
	}
	return g
}

// addNamed adds the column of a member that is called like a group. It says whether
// another member may be one: its name does not tell.
func (g *groups) addNamed(member string) (other bool) {
	other, seen := g.seen[member]
	if seen {
		return other
	}
	known := slices.Contains(noGroups, member)
	named := !known && folds.NamesGroup(member)
	other = !known && !named
	g.seen[member] = other
	if !named {
		return other
	}
	has := func(c *groupColumn) bool { return c.audited && slices.Contains(c.key.Members, member) }
	if slices.ContainsFunc(g.columns, has) {
		return other
	}
	c := &groupColumn{key: coco.Key{Name: member, Members: []string{member}}, audited: true}
	for range g.n {
		c.Add("", false) // of the images before
	}
	g.columns = append(g.columns, c)
	return other
}

// add takes the values of the next image.
func (g *groups) add(img *coco.Image) {
	if g.n == 0 {
		g.members = imagekey.Members(img)
	}
	for i := range img.Extra {
		f := &img.Extra[i]
		if len(f.Value) > 0 && (f.Value[0] == '[' || f.Value[0] == '{') {
			continue
		}
		if g.addNamed(f.Key) {
			g.addOther(coco.Key{Name: f.Key, Members: []string{f.Key}}, img)
		}
	}
	first := g.addOther(coco.Key{Name: "path:1", Folder: 1}, img)
	last := g.addOther(coco.Key{Name: "path:-1", Folder: -1}, img)
	g.deep = g.deep || first != last
	for _, c := range g.columns {
		c.Add(c.key.Value(img))
	}
	g.n++
}

// addOther notes the value of a member that is not known to group images, and returns it; empty: none.
func (g *groups) addOther(k coco.Key, img *coco.Image) string {
	v, ok := k.Value(img)
	if !ok {
		return ""
	}
	at := slices.IndexFunc(g.others, func(o *otherMember) bool { return o.key.Name == k.Name })
	if at < 0 {
		at = len(g.others)
		g.others = append(g.others, &otherMember{key: k, values: map[string]bool{}})
	}
	o := g.others[at]
	o.repeats = o.repeats || o.values[v]
	if len(o.values) < mostOther {
		o.values[v] = true
	}
	return v
}

// complete adds what a table says, and checks that the keys of flags have values. It returns what to note.
func (g *groups) complete(keys *imagekey.Reader) (notes []string, err error) {
	for k, c := range g.columns {
		own := c.Column
		c.Column = imagekey.Column{Values: make([]string, 0, g.n)}
		for i, v := range own.Values {
			text, ok, err := keys.Complete(c.key, i, v, own.Has(i))
			if err != nil {
				return nil, err
			}
			c.Add(text, ok)
		}
		if k >= len(g.asked) {
			continue
		}
		if c.None == g.n && g.n > 0 {
			return nil, keys.Absent(g.asked[k].flag, c.key, append(g.members, "vessels (the number of annotations)"))
		}
		if note := imagekey.Note(c.key, c.None, g.n); note != "" {
			notes = append(notes, "--"+g.asked[k].flag+" "+g.asked[k].label+": "+note)
		}
	}
	return notes, nil
}

// labels are the values of a label of --stratify or --group; nil: it is none of them.
func (g *groups) labels(label string) []string {
	for k, a := range g.asked {
		if a.label == label {
			return g.columns[k].Values
		}
	}
	return nil
}

// audit says by what an audit looks for groups on both sides, and of what it cannot: the values of images are added to
// samples, which are in the order of the images.
func (g *groups) audit(samples []folds.Sample) *folds.AuditOptions {
	o := &folds.AuditOptions{}
	slides := slices.ContainsFunc(samples, func(s folds.Sample) bool { return s.Place.Slide != "" })
	for k, c := range g.columns {
		if !c.audited || slices.Contains(o.Groups, c.key.Name) || slides && slices.Contains(c.key.Members, string(wsi.MemberWSI)) {
			continue // or it is the slide of the samples
		}
		values := make([]string, g.n)
		for i := range values {
			if c.Has(i) {
				values[i] = c.Values[i]
			}
		}
		if k >= len(g.asked) && !folds.GroupsImages(values) {
			if c.None < g.n && slices.ContainsFunc(values[1:], func(v string) bool { return v == values[0] }) {
				o.NotAudited = append(o.NotAudited, fmt.Sprintf("%s: all images have the same", c.key.Name))
			}
			continue
		}
		o.Groups = append(o.Groups, c.key.Name)
		for i := range samples {
			samples[i].Groups = append(samples[i].Groups, values[i])
		}
	}
	var names []string
	for _, other := range g.others {
		folder := other.key.Members == nil
		asked := func(c *groupColumn) bool {
			return c.audited && (c.key.Name == other.key.Name || folder && c.key.Members == nil && !g.deep) // the same folder
		}
		if other.repeats && len(other.values) > 1 && !slices.ContainsFunc(g.columns, asked) {
			names = append(names, other.key.Name)
		}
	}
	if k := slices.Index(names, "path:-1"); k >= 0 && slices.Contains(names, "path:1") && !g.deep {
		names = slices.Delete(names, k, k+1)
	}
	if len(names) > 0 {
		o.NotAudited = append(o.NotAudited, fmt.Sprintf("images of one %s on both sides: --audit-by FIELD checks it", strings.Join(names, ", ")))
	}
	return o
}

// note says notes.
func note(c *ui.Console, notes []string) {
	for _, n := range notes {
		c.Note("%s", n)
	}
}
