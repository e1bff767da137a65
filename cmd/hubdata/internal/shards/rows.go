package shards

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// A Row is a line between the workers of a cluster: consecutive results of a file on one image. Its columns have tabs
// between them.
type Row struct {
	Shard  int    // from 1
	Image  int    // place of the image, from 1; 0: the shard alone, which has no results in this row
	Source int    // number of the file
	First  int    // record of the file
	Model  string // whose file it is
	Path   string // of the file
	Text   []byte // the results as a JSON list
}

// columns are the columns of a row, as SQL declares them.
const columns = "shard INT, image INT, source INT, first INT, model STRING, path STRING, results STRING"

// Append appends the line of a row.
func (r *Row) Append(dst []byte) ([]byte, error) {
	for _, s := range []string{r.Model, r.Path} {
		if strings.ContainsAny(s, "\t\r\n\\") {
			return nil, ui.Failf(ui.ExitBadData, "%q has a tab, a line feed or a backslash, which rows cannot have: rename it", s)
		}
	}
	for _, n := range []int{r.Shard, r.Image, r.Source, r.First} {
		dst = append(strconv.AppendInt(dst, int64(n), 10), '\t')
	}
	dst = append(append(dst, r.Model...), '\t')
	dst = append(append(dst, r.Path...), '\t')
	return append(append(dst, r.Text...), '\n'), nil
}

// ReadRows gives the rows of a text, which must be in rising order of shards. A row is valid until the next.
func ReadRows(r io.Reader, f func(row *Row) error) error {
	in := bufio.NewReaderSize(r, 1<<20)
	last := 0
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err == io.EOF {
			// The rows are not at fault: who sends them was killed, and they will be sent again.
			err = &ui.ReadError{Err: fmt.Errorf("line %d: found the begin of a row, expected all of it: its sender ended early", n)}
		}
		if err != nil {
			return err
		}
		words := strings.SplitN(string(line[:len(line)-1]), "\t", 7)
		if len(words) != 7 {
			return fmt.Errorf("line %d: %w: found %d columns, expected %s", n, ui.ErrInput, len(words), columns)
		}
		row := Row{Model: words[4], Path: words[5], Text: []byte(words[6])}
		for i, to := range []*int{&row.Shard, &row.Image, &row.Source, &row.First} {
			if *to, err = strconv.Atoi(words[i]); err != nil || *to < 0 {
				return fmt.Errorf("line %d: %w: found %q, expected a number from 0", n, ui.ErrInput, words[i])
			}
		}
		if row.Shard < max(last, 1) {
			return fmt.Errorf("line %d: %w: found shard %d after %d, expected rising shards", n, ui.ErrInput, row.Shard, last)
		}
		last = row.Shard
		if err := f(&row); err != nil {
			return err
		}
	}
}

// Once runs a worker, whose errors about data are not to be tried again: the first is written to the file errors, if that
// is not empty, and with that file there a worker ends at once.
func Once(errorsFile string, work func() error) error {
	if errorsFile != "" {
		if text, err := os.ReadFile(errorsFile); err == nil {
			return ui.Failf(ui.ExitBadData, "another worker failed: %s", strings.TrimSpace(string(text)))
		}
	}
	err := work()
	if errorsFile == "" || err == nil || !isData(err) {
		return err
	}
	f, made := os.OpenFile(errorsFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if made == nil {
		_, made = f.WriteString(err.Error() + "\n")
		made = errors.Join(made, f.Close())
	}
	if made != nil && !errors.Is(made, os.ErrExist) {
		return errors.Join(err, made)
	}
	return err
}

// isData reports whether an error is about data or the command line, and remains when it is tried again.
func isData(err error) bool {
	var f *ui.Failure
	var data *coco.Error
	if ui.IsReadError(err) {
		return false
	}
	return errors.As(err, &f) && (f.Code == ui.ExitBadData || f.Code == ui.ExitUsage) || errors.As(err, &data) || errors.Is(err, ui.ErrInput)
}
