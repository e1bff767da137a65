package tunecmd

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/flock"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/tune"
)

// kept is the file of --resume: the scores of settings. The zero kept is none.
type kept struct {
	log  *tune.Log
	file *os.File
	size int64 // up to its last whole line
}

// openKept opens the file of --resume, which is begun if there is none, and reads its scores.
func openKept(c *ui.Console, o *options, d *data) (*kept, error) {
	k := &kept{}
	if o.resume == "" {
		return k, nil
	}
	if st, err := os.Stat(o.resume); err == nil {
		if err := regularfile.Check(o.resume, st); err != nil {
			return nil, err
		}
		if c.InputLike(st) != "" {
			return nil, ui.Usagef("--resume: %s is also an input, which is never written to", o.resume)
		}
	}
	var err error
	if k.file, err = os.OpenFile(o.resume, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return nil, err
	}
	if err := k.read(o, d); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

func (k *kept) read(o *options, d *data) error {
	if err := flock.Lock(k.file, false); errors.Is(err, flock.ErrHeld) {
		return ui.Failf(ui.ExitFailure, "%s is %w", o.resume, err).Hint("another \"hubdata tune\" adds to it: wait for it, or name another file")
	}
	key, err := d.key(o)
	if err != nil {
		return err
	}
	if k.log, err = tune.ReadLog(k.file, key); errors.Is(err, tune.ErrLog) {
		return ui.Failf(ui.ExitBadData, "%s: %w", o.resume, err).Hint("name another file, or delete it to search again")
	} else if err != nil {
		return ui.InFile(o.resume, err)
	}
	k.size = k.log.Sound
	if err := k.file.Truncate(k.size); err != nil {
		return err
	}
	return k.log.AppendTo(k)
}

// Write adds a line, and waits until it is on the disk.
func (k *kept) Write(line []byte) (int, error) {
	n, err := k.file.WriteAt(line, k.size)
	if err == nil {
		err = k.file.Sync()
	}
	if err != nil {
		_ = k.file.Truncate(k.size) // else a line that is cut off is left, which the next search cuts
		return n, err
	}
	k.size += int64(n)
	return n, nil
}

// close closes the file. Each line is on the disk already.
func (k *kept) close() {
	if k.file != nil {
		_ = k.file.Close()
	}
}

// key stands for all that scores depend on but for the settings: the ground truth, the predictions and their models, the
// goal, and the version.
func (d *data) key(o *options) (string, error) {
	of := struct {
		Version, Goal, Class string
		Models               []string
		Files                []int // of each model
		Sums                 []string
	}{Version: ui.Version, Goal: o.goal.String(), Class: o.class, Models: o.models.Names()}
	for _, m := range o.models {
		of.Files = append(of.Files, len(m.Files))
	}
	for _, in := range d.inputs {
		switch info := in.FileInfo(); info.Flag {
		case "truth", "images", "":
			of.Sums = append(of.Sums, info.Flag+" "+info.SHA256)
		}
	}
	text, err := jsonscan.Marshal(of)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
