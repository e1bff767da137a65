package selection

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// maxImageLine is the longest line of --images-from, in bytes.
const maxImageLine = 64 << 10

// openLists finds the images that the flags and the list name.
func (r *OpenRules) openLists(c *ui.Console, o *files.Outputs) error {
	if len(r.Images) == 0 && r.ImagesFrom == "" && len(r.exclude) == 0 {
		return nil
	}
	mark := func(flag string, names []string) ([]bool, error) {
		marks := make([]bool, len(r.file.Images))
		for _, name := range names {
			i, err := findNamed(r.names, r.file.Input.Name, name)
			if err != nil {
				return nil, r.miss(ui.Usagef("%s: %w", flag, err), name)
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
	if len(r.Images) == 0 && r.ImagesFrom == "" {
		return nil
	}
	if r.wanted, err = mark("--image", r.Images); err != nil || r.ImagesFrom == "" {
		return err
	}
	in, err := files.OpenInput(c, r.ImagesFrom)
	if err != nil {
		return err
	}
	defer in.Close()
	in.Flag = "images-from"
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxImageLine)
	var names []string
	for lines.Scan() {
		names = append(names, strings.TrimSpace(lines.Text()))
	}
	if err := lines.Err(); ui.IsReadError(err) {
		return ui.InFile(in.Name, err)
	} else if err != nil {
		return fmt.Errorf("%s: line %d: %w: %w", in.Name, len(names)+1, ui.ErrInput, err)
	}
	for i, name := range names {
		line := i + 1
		if line == 1 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		if name == "" {
			continue
		}
		k, err := findNamed(r.names, r.file.Input.Name, name)
		if err != nil {
			return r.miss(ui.Failf(ui.ExitBadData, "%s: line %d: %w", in.Name, line, err), name)
		}
		r.wanted[k] = true
	}
	if _, err := in.ReadToEnd(); err != nil {
		return err
	}
	o.Inputs = append(o.Inputs, in)
	return nil
}

// findNamed finds the image of a file that a flag or a list names.
func findNamed(names *coco.Names, file, name string) (int, error) {
	i, err := names.Find(name)
	var ambiguous *coco.AmbiguousNameError
	switch {
	case errors.As(err, &ambiguous):
		return i, ui.InFile(file, err)
	case err != nil:
		return i, fmt.Errorf("%s has no image %s", file, wtf8.Quote(name))
	}
	return i, nil
}

// miss adds a hint to the failure to find the image of a name.
func (r *OpenRules) miss(f *ui.Failure, name string) error {
	var ambiguous *coco.AmbiguousNameError
	if errors.As(f, &ambiguous) {
		return f
	}
	return imagenames.Hint(f, r.names, name)
}
