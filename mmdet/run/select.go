package run

import (
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/mmdet"
)

// A Selection restricts the stages of a recipe to those that match all of its fields.
type Selection struct {
	Only  []string // ids; nil: all
	Until string   // a stage and the stages that it needs
	From  string   // a stage and the stages that need it
}

// SelectError is returned for a [Selection] that names an unknown stage, or selects
// none.
type SelectError struct {
	Field string   // Only, Until or From; empty: together they select no stage
	ID    string   // the id in the selection
	Known []string // the ids of the recipe
}

func (e *SelectError) Error() string {
	if e.Field == "" {
		return "the selection has no stages"
	}
	return fmt.Sprintf("%s: no stage %q", e.Field, e.ID)
}

// stages returns the selected ones of the stages, in their order.
func (sel *Selection) stages(recipe *mmdet.Recipe, order []*mmdet.Stage) ([]*mmdet.Stage, error) {
	known := make([]string, len(order))
	for i, s := range order {
		known[i] = s.ID
	}
	for _, field := range []struct {
		name string
		ids  []string
	}{{"Only", sel.Only}, {"Until", idList(sel.Until)}, {"From", idList(sel.From)}} {
		for _, id := range field.ids {
			if !slices.Contains(known, id) {
				return nil, &SelectError{Field: field.name, ID: id, Known: known}
			}
		}
	}
	until, from := map[string]bool{sel.Until: true}, map[string]bool{sel.From: true}
	for _, s := range slices.Backward(order) { // a stage comes after those that it needs
		if until[s.ID] {
			for _, id := range recipe.Needs(s) {
				until[id] = true
			}
		}
	}
	for _, s := range order {
		if slices.ContainsFunc(recipe.Needs(s), func(id string) bool { return from[id] }) {
			from[s.ID] = true
		}
	}
	var out []*mmdet.Stage
	for _, s := range order {
		if (sel.Only == nil || slices.Contains(sel.Only, s.ID)) && (sel.Until == "" || until[s.ID]) && (sel.From == "" || from[s.ID]) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, &SelectError{Known: known}
	}
	return out, nil
}

// idList returns a list of the id, or an empty list if id is empty.
func idList(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}
