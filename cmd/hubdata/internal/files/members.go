package files

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// errFollows says that bytes which are not gzip follow gzip data.
var errFollows = errors.New("not gzip")

// members inflates a gzip file, which has one member or several in a row. The gzip package would take what follows the
// last one for a broken or truncated member.
type members struct {
	r *bufio.Reader
	z *gzip.Reader
}

func newMembers(r io.Reader) (*members, error) {
	m := &members{r: bufio.NewReader(r)}
	var err error
	if m.z, err = gzip.NewReader(m.r); err != nil {
		return nil, err
	}
	m.z.Multistream(false)
	return m, nil
}

func (m *members) Read(p []byte) (int, error) {
	n, err := m.z.Read(p)
	if err == io.EOF {
		err = m.next()
	}
	return n, err
}

// next begins the next member. It returns [io.EOF] if there is none.
func (m *members) next() error {
	const magic = "\x1f\x8b"
	start, err := m.r.Peek(len(magic))
	switch {
	case err != nil && (err != io.EOF || len(start) == 0):
		return err
	case string(start) != magic[:len(start)]:
		return errFollows
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	if err := m.z.Reset(m.r); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	m.z.Multistream(false)
	return nil
}
