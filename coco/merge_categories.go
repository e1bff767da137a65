package coco

import "github.com/hubdata/hubdata/internal/wtf8"

// mergeCategories merges the categories of all sources. It comes before everything
// else, since an id is free only if no source uses it for another category.
func (m *merger) mergeCategories() {
	var (
		byName  = map[string]int32{}
		byID    = map[int64]int32{}
		first   []place
		pending []int32 // categories whose ids are taken
	)
	m.categoryOf = make([]map[int64]int32, len(m.sources))
	where := func(at int32) string { return m.where(first[at], SectionCategories) }
	for i := range m.sources {
		m.source = i
		d := m.sources[i].Dataset
		m.categoryOf[i] = make(map[int64]int32, len(d.Categories))
		here := make(map[string]int, len(d.Categories))
		for k := range d.Categories {
			c := &d.Categories[k]
			record := Place{Section: SectionCategories, Index: k}
			if c.Name == "" || c.Missing.Has(FieldName) {
				m.conflict(CategoryNameMissing, record.Within("name"), "found none: categories are matched by name")
				continue
			}
			if other, ok := m.categoryOf[i][c.ID]; ok {
				m.conflict(CategoryIDDuplicate, record.Within("id"), "%d is also the id of category %s: give each category one entry with its own id", c.ID, wtf8.Quote(m.out.Categories[other].Name))
				continue
			}
			if other, ok := here[c.Name]; ok {
				m.conflict(CategoryNameDuplicate, record.Within("name"), "%s is also the name of categories[%d]: give each name one id", wtf8.Quote(c.Name), other)
				continue
			}
			here[c.Name] = k
			at, known := byName[c.Name]
			if known {
				m.uniteCategory(c, at, record, where)
				m.categoryOf[i][c.ID] = at
				continue
			}
			at = int32(len(m.out.Categories))
			byName[c.Name], m.categoryOf[i][c.ID] = at, at
			first = append(first, place{i, k})
			m.out.Categories = append(m.out.Categories, *c)
			if other, taken := byID[c.ID]; !taken {
				byID[c.ID] = at
			} else if pending = append(pending, at); !m.opts.RenumberCategories {
				m.conflict(CategoryIDTaken, record.Within("id"), "%d is the id of category %s here, but of %s in %s: give the categories new ids", c.ID, wtf8.Quote(c.Name), wtf8.Quote(m.out.Categories[other].Name), where(other))
			}
		}
	}
	next := int64(1)
	for _, at := range pending {
		for taken := true; taken; next++ {
			_, taken = byID[next]
		}
		m.out.Categories[at].ID = next - 1
	}
	for i := range m.sources {
		d, s := m.sources[i].Dataset, &m.maps[i]
		s.Categories = make([]IDChange, 0, len(d.Categories))
		for k := range d.Categories {
			if at, ok := m.categoryOf[i][d.Categories[k].ID]; ok {
				s.Categories = append(s.Categories, IDChange{Old: IntID(d.Categories[k].ID), New: IntID(m.out.Categories[at].ID)})
			}
		}
	}
}

// uniteCategory adds the members of another source's category to a category.
func (m *merger) uniteCategory(c *Category, at int32, record Place, where func(int32) string) {
	out := &m.out.Categories[at]
	differs := func(code Code, member string, got, want any) {
		m.conflict(code, record.Within(member), "found %s, but %s in %s: make them equal for category %s", got, want, where(at), wtf8.Quote(c.Name))
	}
	switch {
	case c.Supercategory == "":
	case out.Supercategory == "":
		out.Supercategory = c.Supercategory
	case c.Supercategory != out.Supercategory:
		differs(SupercategoryDiffers, "supercategory", wtf8.Quote(c.Supercategory), wtf8.Quote(out.Supercategory))
	}
	out.Extra = unite(out.Extra, c.Extra, func(key string, got, want []byte) { differs(CategoryDiffers, key, got, want) })
}
