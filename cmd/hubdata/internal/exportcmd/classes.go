package exportcmd

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// classMap reads the values of --class, of which some rename a class as OLD=NEW: the classes to keep, nil for all, and the
// new names. A class of the file whose name has = in it is one name.
func classMap(values []string, categories []coco.Category, source string) (keep []string, renamed map[string]string, err error) {
	known := map[string]bool{}
	var names []string
	for i := range categories {
		known[categories[i].Name] = true
		names = append(names, categories[i].Name)
	}
	renamed = map[string]string{}
	var olds []string
	for _, v := range values {
		old, now, ok := cutAtClass(v, known)
		switch {
		case known[v] || !strings.Contains(v, "="):
			keep = append(keep, v)
		case !ok:
			old, _, _ = strings.Cut(v, "=")
			return nil, nil, ui.Usagef("--class: %s has no class %q", source, old).Hint("its classes are %s", strings.Join(names, ", "))
		case now == "":
			return nil, nil, ui.Usagef("--class: found %q, expected OLD=NEW", v)
		case renamed[old] != "":
			return nil, nil, ui.Usagef("--class: %q gets two names, %q and %q", old, renamed[old], now)
		default:
			renamed[old] = now
			olds = append(olds, old)
		}
	}
	if keep != nil {
		keep = append(keep, olds...)
	}
	return keep, renamed, nil
}

// cutAtClass cuts a text at the first = that follows the name of a class.
func cutAtClass(text string, known map[string]bool) (old, now string, ok bool) {
	for i, r := range text {
		if r == '=' && known[text[:i]] {
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

// rename gives classes of a dataset their new names. Classes of one name become the first of them.
func rename(d *coco.Dataset, renamed map[string]string) {
	if len(renamed) == 0 {
		return
	}
	ids, first := map[int64]int64{}, map[string]int64{}
	var out []coco.Category
	for _, c := range d.Categories {
		if now, ok := renamed[c.Name]; ok {
			c.Name = now
		}
		id, ok := first[c.Name]
		if !ok {
			id = c.ID
			first[c.Name] = id
			out = append(out, c)
		}
		ids[c.ID] = id
	}
	d.Categories = slices.Clip(out)
	for i := range d.Annotations {
		if id, ok := ids[d.Annotations[i].CategoryID]; ok {
			d.Annotations[i].CategoryID = id
		}
	}
}
