package main

import (
	"bufio"
	"fmt"
	"strings"
)

// maxImageLine is the longest line of --images-from, in bytes.
const maxImageLine = 64 << 10

// openLists finds the images that the flags and the list name.
func (r *openRules) openLists(c *console, o *outputs) error {
	if len(r.images) == 0 && r.imagesFrom == "" && len(r.exclude) == 0 {
		return nil
	}
	mark := func(flag string, names []string) ([]bool, error) {
		marks := make([]bool, len(r.file.Images))
		for _, name := range names {
			i, err := findNamed(r.names, r.file.in.name, name)
			if err != nil {
				return nil, usagef("%s: %w", flag, err)
			}
			marks[i] = true
		}
		return marks, nil
	}
	var err error
	if len(r.exclude) > 0 {
		if r.excluded, err = mark("--exclude-image", r.exclude); err != nil {
			return err
		}
	}
	if len(r.images) == 0 && r.imagesFrom == "" {
		return nil
	}
	if r.wanted, err = mark("--image", r.images); err != nil || r.imagesFrom == "" {
		return err
	}
	in, err := openInput(c, r.imagesFrom)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxImageLine)
	var names []string
	for lines.Scan() {
		names = append(names, strings.TrimSpace(lines.Text()))
	}
	if err := lines.Err(); isReadError(err) {
		return inFile(in.name, err)
	} else if err != nil {
		return fmt.Errorf("%s: line %d: %w: %w", in.name, len(names)+1, errInput, err)
	}
	for i, name := range names {
		line := i + 1
		if line == 1 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		if name == "" {
			continue
		}
		k, err := findNamed(r.names, r.file.in.name, name)
		if err != nil {
			return fmt.Errorf("%s: line %d: %w: %w", in.name, line, errInput, err)
		}
		r.wanted[k] = true
	}
	if _, err := in.provenance(); err != nil {
		return err
	}
	o.inputs = append(o.inputs, in)
	return nil
}
