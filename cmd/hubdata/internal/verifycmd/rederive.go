package verifycmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
)

// rederived is what became of running a command again.
type rederived struct {
	State       rederiveState `json:"state"`
	Command     []string      `json:"command,omitempty"`
	Why         string        `json:"why,omitempty"`
	Differences []string      `json:"differences,omitempty"`
}

// rederiveState is how a file compares with what its command writes again.
type rederiveState string

// The states.
const (
	sameBytes     rederiveState = "same bytes"
	otherVersion  rederiveState = "same but for the version"
	otherBytes    rederiveState = "other bytes"
	notRunAgain   rederiveState = "not run again"
	maxDifference               = 8 // listed
)

// rederiveCount counts them.
type rederiveCount struct {
	Same         int `json:"same"`
	OtherVersion int `json:"same_but_for_the_version"`
	Different    int `json:"different"`
	NotRun       int `json:"not_run_again"`
}

func (n *rederiveCount) write(text *strings.Builder) {
	ui.Fprintf(text, "made again: %s with the same bytes, %s the same but for the version, %s with other bytes; %s not run again\n",
		ui.Thousands(n.Same), ui.Thousands(n.OtherVersion), ui.Thousands(n.Different), ui.Thousands(n.NotRun))
}

func (r *rederived) write(text *strings.Builder, f *fileReport) {
	switch r.State {
	case sameBytes:
	case otherVersion:
		ui.Fprintf(text, "%s: made again: the same but for the version, %s\n", f.node.Shown(), f.Version)
	case notRunAgain:
		ui.Fprintf(text, "%s: not run again: %s\n", f.node.Shown(), r.Why)
	case otherBytes:
		for _, d := range r.Differences {
			ui.Fprintf(text, "%s: made again with other bytes: %s\n", f.node.Shown(), d)
		}
	}
}

// rederiver runs recorded commands in a temporary folder.
type rederiver struct {
	ctx   context.Context
	c     *ui.Console // for what is compared, which is removed before the run ends
	run   Runner
	flags Flags
	root  string
	n     int // folders made
	runs  map[string]*ran
	again map[string]string      // files that were made again because they are gone, by sum
	busy  map[*lineage.Node]bool // being made again
}

// ran is a run of a command.
type ran struct {
	out string
	err error
}

// rederive makes the files again that can be, and compares them.
func (rep *report) rederive(ctx context.Context, c *ui.Console, o *options) error {
	folder, err := atomicfile.CreateFolder(filepath.Join(os.TempDir(), "hubdata-verify"), false)
	if err != nil {
		return err
	}
	defer folder.Abort()
	root := folder.Name()
	quiet := ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard)
	quiet.EndWith(ctx)
	r := &rederiver{ctx: ctx, c: quiet, run: o.run, flags: o.flags, root: root, runs: map[string]*ran{}, again: map[string]string{}, busy: map[*lineage.Node]bool{}}
	rep.Rederived = &rederiveCount{}
	add, stop := c.Counting("running again", int64(len(rep.Files)))
	defer stop()
	for _, f := range rep.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		add(1)
		if f.Path == "" {
			continue
		}
		f.Again = r.file(f)
		switch n := rep.Rederived; f.Again.State {
		case sameBytes:
			n.Same++
			f.proven()
		case otherVersion:
			n.OtherVersion++
			f.proven()
		case otherBytes:
			n.Different++
			if f.Verdict != lineage.Looped {
				f.Verdict = lineage.Differs
			}
		case notRunAgain:
			n.NotRun++
			if f.Verdict == lineage.Verified {
				f.Verdict = lineage.Incomplete
			}
		}
	}
	rep.judge()
	return ctx.Err()
}

// proven notes that a file has the bytes that its command writes, the sums of its inputs among them: so these are what its
// record says, also where no file was there to compare.
func (f *fileReport) proven() {
	if f.Verdict == lineage.Incomplete && f.node.Record.Unfinished == "" {
		f.Verdict = lineage.Verified
	}
}

// file makes a file again and compares it.
func (r *rederiver) file(f *fileReport) *rederived {
	res := &rederived{}
	done, words, err := r.step(f.node)
	res.Command = words
	if err != nil {
		res.State, res.Why = notRunAgain, err.Error()
		return res
	}
	var differences []string
	if f.node.Folder {
		res.State, differences, err = r.compareFolders(done.out, f.node)
	} else {
		res.State, differences, err = r.compareFile(done.out, f.node)
	}
	if err != nil {
		return &rederived{State: notRunAgain, Command: words, Why: err.Error()}
	}
	res.Differences = differences
	return res
}

// step runs the command of a node, or finds that it ran already.
func (r *rederiver) step(n *lineage.Node) (*ran, []string, error) {
	if r.busy[n] {
		return nil, nil, cannot("it was made from itself")
	}
	r.busy[n] = true
	defer delete(r.busy, n)
	r.n++
	p := &placer{r: r, base: filepath.Join(r.root, fmt.Sprint(r.n))}
	s := &step{node: n, rec: n.Record, flags: r.flags(n.Record.Command), at: p, out: filepath.Join(p.base, "out"), name: nameOf(n)}
	words, err := s.words()
	if err := errors.Join(err, p.err); err != nil {
		return nil, nil, err
	}
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = strings.ReplaceAll(w, p.base+string(filepath.Separator), "")
	}
	key := strings.Join(shown, "\x00")
	for i := range n.Inputs {
		key += "\x00" + n.Inputs[i].SHA256
	}
	if done := r.runs[key]; done != nil {
		_ = os.RemoveAll(p.base) // links, and an empty folder
		return done, shown, done.err
	}
	done := &ran{out: s.out}
	r.runs[key] = done
	if done.err = os.MkdirAll(s.out, 0o777); done.err != nil {
		return done, shown, done.err
	}
	var stderr bytes.Buffer
	code := r.run(r.ctx, append([]string{"hubdata"}, append(words, "--quiet")...), p.stdin(), io.Discard, &stderr)
	if err := r.ctx.Err(); err != nil {
		return nil, nil, err
	}
	if code != ui.ExitOK && code != ui.ExitSkipped {
		line, _, _ := strings.Cut(strings.TrimPrefix(stderr.String(), "hubdata: "), "\n")
		done.err = cannot("the command fails now: %s", strings.ReplaceAll(line, p.base+string(filepath.Separator), ""))
	}
	return done, shown, done.err
}

// nameOf is the name that a file has in its run. That of the record counts: the file may be renamed.
func nameOf(n *lineage.Node) string {
	if n.Path == "" {
		return filepath.Base(n.Name)
	}
	return filepath.Base(n.Path)
}

// placer puts inputs into a folder, as links to them.
type placer struct {
	r     *rederiver
	base  string
	files map[*lineage.Link]string
	input io.Reader
	err   error // the first
}

func (p *placer) stdin() io.Reader {
	if p.input != nil {
		return p.input
	}
	return strings.NewReader("")
}

// stdinName is how a record names what came from standard input.
const stdinName = "standard input"

func (p *placer) file(l *lineage.Link) string {
	if path, ok := p.files[l]; ok {
		return path
	}
	if p.files == nil {
		p.files = map[*lineage.Link]string{}
	}
	path := filepath.Join(p.base, fmt.Sprint("in", len(p.files)+1), filepath.Base(l.Name))
	if l.Name == stdinName {
		path = "-"
		if f := p.source(l); f != "" {
			text, err := os.ReadFile(f)
			p.fail(err)
			p.input = bytes.NewReader(text)
		}
	} else {
		p.put(l, path)
	}
	p.files[l] = path
	return path
}

func (p *placer) dir(named map[string]*lineage.Link) string {
	dir := filepath.Join(p.base, "data")
	p.fail(os.MkdirAll(dir, 0o777))
	for name, l := range named {
		p.put(l, filepath.Join(dir, filepath.Base(name)))
	}
	return dir
}

func (p *placer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// put puts the bytes of an input at a path.
func (p *placer) put(l *lineage.Link, path string) {
	from := p.source(l)
	if from == "" {
		return
	}
	abs, err := filepath.Abs(from)
	p.fail(err)
	p.fail(os.MkdirAll(filepath.Dir(path), 0o777))
	if p.err != nil || os.Symlink(abs, path) == nil {
		return
	}
	p.fail(copyFile(abs, path)) // a system, or a user, without links
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// source is a file with the bytes of an input, which are made again if they are gone.
func (p *placer) source(l *lineage.Link) string {
	folder := l.State == lineage.NotChecked && l.Why != "" && len(l.Found) > 0
	switch {
	case p.err != nil:
		return ""
	case l.Loop && l.State != lineage.Changed:
		p.fail(cannot("it was made from itself"))
		return ""
	case l.State == lineage.Unchanged || l.State == lineage.Renamed || folder:
		return l.Found[0]
	}
	path, err := p.r.remake(l)
	if err != nil {
		p.fail(err)
	}
	return path
}

// remake makes an input again.
func (r *rederiver) remake(l *lineage.Link) (string, error) {
	if path := r.again[l.SHA256]; path != "" {
		return path, nil
	}
	if l.To == nil || l.To.Record == nil {
		return "", cannot("its input %s is %s", l.String(), l.State)
	}
	done, _, err := r.step(l.To)
	if err != nil {
		return "", cannot("its input %s is %s, and cannot be made again: %v", l.String(), l.State, err)
	}
	written, err := filesBelow(done.out)
	if err != nil {
		return "", err
	}
	for _, path := range written {
		info, err := files.SumFile(path)
		if err != nil {
			return "", err
		}
		if info.SHA256 == l.SHA256 {
			r.again[l.SHA256] = path
			return path, nil
		}
	}
	return "", cannot("its input %s is %s, and its command writes other bytes now", l.String(), l.State)
}

// filesBelow are the regular files below a folder, in order.
func filesBelow(dir string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			list = append(list, path)
		}
		return err
	})
	return list, err
}

// compareFile compares a file with those that its command wrote: with that of equal bytes, else of its name, else of its
// kind.
func (r *rederiver) compareFile(out string, n *lineage.Node) (rederiveState, []string, error) {
	written, err := filesBelow(out)
	if err != nil {
		return "", nil, err
	}
	mine, err := files.SumFile(n.Path)
	if err != nil {
		return "", nil, err
	}
	var named, alike []string
	for _, path := range written {
		info, err := files.SumFile(path)
		if err != nil {
			return "", nil, err
		}
		if info.Bytes == mine.Bytes && info.SHA256 == mine.SHA256 {
			return sameBytes, nil, nil
		}
		switch base := filepath.Base(path); {
		case base == filepath.Base(n.Path) || base == n.Name:
			named = append(named, path)
		case filepath.Ext(files.UnpackedName(base)) == filepath.Ext(files.UnpackedName(n.Path)):
			alike = append(alike, path)
		}
	}
	candidates := named
	if len(candidates) == 0 {
		if alike, err = r.toldLike(alike, n.By == ""); err != nil {
			return "", nil, err
		}
		candidates = alike
	}
	var state rederiveState
	var differences []string
	for i, path := range candidates {
		s, d, err := r.compare(n.Path, path)
		if err != nil {
			return "", nil, err
		}
		if s != otherBytes {
			return s, nil, nil
		}
		if i == 0 {
			state, differences = s, d
		}
	}
	if len(candidates) == 0 {
		return otherBytes, []string{"the command writes no such file now"}, nil
	}
	if len(named) == 0 && len(alike) > 1 {
		differences = []string{fmt.Sprintf("it is none of the %d files that the command writes now", len(alike))}
	}
	return state, differences, nil
}

// toldLike are those of some files that say how they were made, or those that do not: a set is compared with sets, and a
// list of results with such lists.
func (r *rederiver) toldLike(list []string, told bool) ([]string, error) {
	var out []string
	for _, path := range list {
		record, _, err := lineage.Read(r.c, path)
		if err != nil {
			return nil, err
		}
		if (record != nil) == told {
			out = append(out, path)
		}
	}
	return out, nil
}

// compareFolders compares what a command wrote into a folder with the files there.
func (r *rederiver) compareFolders(out string, n *lineage.Node) (rederiveState, []string, error) {
	root := filepath.Join(out, "folder")
	written, err := filesBelow(root)
	if err != nil {
		return "", nil, err
	}
	state, differences := sameBytes, []string(nil)
	for _, path := range written {
		if filepath.Base(path) == files.MarkName {
			continue // options about images may differ
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return "", nil, err
		}
		there := filepath.Join(filepath.Dir(n.Path), rel)
		rel = filepath.ToSlash(rel)
		if _, err := os.Stat(there); errors.Is(err, fs.ErrNotExist) {
			state, differences = otherBytes, append(differences, rel+" is gone")
			continue
		}
		s, d, err := r.compare(there, path)
		if err != nil {
			return "", nil, err
		}
		switch {
		case s == otherBytes:
			state = otherBytes
			for _, text := range d {
				differences = append(differences, rel+": "+text)
			}
		case s == otherVersion && state == sameBytes:
			state = otherVersion
		}
	}
	if more := len(differences) - maxDifference; more > 0 {
		differences = append(slices.Clip(differences[:maxDifference]), fmt.Sprintf("and %s more", ui.Thousands(more)))
	}
	return state, differences, nil
}
