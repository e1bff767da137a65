package mmdet

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// maxNodes is the maximum number of values of a recipe whose aliases are written out.
const maxNodes = 200_000

// An expander writes out the aliases and merge keys of a recipe.
type expander struct {
	nodes int          // written out so far
	open  []*yaml.Node // anchors that are being written out
}

// expand replaces each alias below a node by a copy of what it stands for, and each
// merge key by the keys of its mappings that the mapping itself does not have. It
// returns the line of an error.
func expand(root *yaml.Node) (int, error) {
	x := &expander{}
	out, line, err := x.copy(root)
	if err == nil {
		*root = *out
	}
	return line, err
}

var errManyValues = fmt.Errorf("found more than %d values once each alias is written out: this is not a recipe", maxNodes)

func (x *expander) copy(n *yaml.Node) (*yaml.Node, int, error) {
	if x.nodes++; x.nodes > maxNodes {
		return nil, n.Line, errManyValues
	}
	if n.Kind == yaml.AliasNode {
		if slices.Contains(x.open, n.Alias) {
			return nil, n.Line, fmt.Errorf("found the alias *%s inside what it stands for: write the value itself", n.Value)
		}
		x.open = append(x.open, n.Alias)
		defer func() { x.open = x.open[:len(x.open)-1] }()
		return x.copy(n.Alias)
	}
	if n.Anchor != "" {
		x.open = append(x.open, n)
		defer func() { x.open = x.open[:len(x.open)-1] }()
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	var merged []*yaml.Node // mappings
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && n.Content[i&^1].Tag == "!!merge" {
			if i%2 == 0 {
				continue
			}
			from, line, err := x.mappings(c)
			if err != nil {
				return nil, line, err
			}
			merged = append(merged, from...)
			continue
		}
		e, line, err := x.copy(c)
		if err != nil {
			return nil, line, err
		}
		out.Content = append(out.Content, e)
	}
	own := map[string]bool{}
	for i := 0; i+1 < len(out.Content); i += 2 {
		own[out.Content[i].Value] = true
	}
	for _, m := range merged {
		for i := 0; i+1 < len(m.Content); i += 2 {
			if key := m.Content[i]; key.Kind != yaml.ScalarNode || !own[key.Value] {
				own[key.Value] = true
				out.Content = append(out.Content, key, m.Content[i+1])
			}
		}
	}
	return &out, 0, nil
}

// mappings returns copies of the mappings that a merge key names, the first with
// precedence.
func (x *expander) mappings(n *yaml.Node) ([]*yaml.Node, int, error) {
	c, line, err := x.copy(n)
	if err != nil {
		return nil, line, err
	}
	list := []*yaml.Node{c}
	if c.Kind == yaml.SequenceNode {
		list = c.Content
	}
	for _, m := range list {
		if m.Kind != yaml.MappingNode {
			return nil, n.Line, errors.New("found a merge key (<<) of something else than keys: name an anchor of keys")
		}
	}
	return list, 0, nil
}
