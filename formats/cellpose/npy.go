package cellpose

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	magic     = "\x93NUMPY"
	maxHeader = 1 << 16
)

var errHeader = errors.New("found no valid header of a .npy file")

// parseNPY reads a .npy file of version 1 to 3. The array shares the memory of data.
// pickled is set if the data are pickled objects; they were not looked at.
func parseNPY(data []byte) (a *array, pickled bool, err error) {
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, false, fmt.Errorf("%w: found %q at the beginning, expected %q", errHeader, data[:min(len(data), 6)], magic)
	}
	if len(data) < 10 {
		return nil, false, fmt.Errorf("%w: the file ends after %d bytes", errHeader, len(data))
	}
	version, at := data[6], 10
	size := int64(data[8]) | int64(data[9])<<8
	switch version {
	case 1:
	case 2, 3:
		if at = 12; len(data) < at {
			return nil, false, fmt.Errorf("%w: the file ends after %d bytes", errHeader, len(data))
		}
		size |= int64(data[10])<<16 | int64(data[11])<<24
	default:
		return nil, false, fmt.Errorf("%w: found version %d, expected 1 to 3", errHeader, version)
	}
	if size > maxHeader || size > int64(len(data)-at) {
		return nil, false, fmt.Errorf("%w: found a header of %d bytes, expected at most %d", errHeader, size, min(maxHeader, len(data)-at))
	}
	if a, err = parseHeader(string(data[at : at+int(size)])); err != nil {
		return nil, false, fmt.Errorf("%w: %w", errHeader, err)
	}
	a.data = data[at+int(size):]
	return a, a.kind == 'O', nil
}

// parseHeader reads the description of an array:
//
//	{'descr': '<u2', 'fortran_order': False, 'shape': (512, 512), }
func parseHeader(text string) (*array, error) {
	p := &literal{text: text}
	a := &array{}
	found := map[string]bool{}
	if !p.take("{") {
		return nil, p.unexpected("{")
	}
	for !p.take("}") {
		key, err := p.text1()
		if err != nil {
			return nil, err
		}
		if found[key] {
			return nil, fmt.Errorf("found %q twice", short(key))
		}
		found[key] = true
		if !p.take(":") {
			return nil, p.unexpected(":")
		}
		switch key {
		case "descr":
			if p.next() == '[' {
				return nil, errors.New("found elements with fields, expected integers")
			}
			code, err := p.text1()
			if err != nil {
				return nil, err
			}
			if err := a.setType(code); err != nil {
				return nil, err
			}
		case "fortran_order":
			switch {
			case p.take("True"):
				a.fortran = true
			case p.take("False"):
			default:
				return nil, p.unexpected("True or False")
			}
		case "shape":
			if a.shape, err = p.tuple(); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("found the key %q, expected descr, fortran_order and shape", short(key))
		}
		if !p.take(",") && p.next() != '}' {
			return nil, p.unexpected(", or }")
		}
	}
	if len(found) != 3 {
		return nil, errors.New("expected descr, fortran_order and shape")
	}
	return a, nil
}

// literal reads a Python literal.
type literal struct {
	text string
	at   int
}

// next skips white space and returns the next byte; 0 at the end.
func (p *literal) next() byte {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *literal) take(s string) bool {
	p.next()
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *literal) unexpected(want string) error {
	p.next()
	return fmt.Errorf("byte %d: found %q, expected %s", p.at, short(p.text[p.at:]), want)
}

// text1 reads a text in quotes, without escapes.
func (p *literal) text1() (string, error) {
	quote := p.next()
	if quote != '\'' && quote != '"' {
		return "", p.unexpected("a text in quotes")
	}
	end := strings.IndexByte(p.text[p.at+1:], quote)
	if end < 0 {
		return "", p.unexpected("a text in quotes")
	}
	s := p.text[p.at+1 : p.at+1+end]
	p.at += end + 2
	return s, nil
}

// tuple reads a tuple of up to 32 numbers.
func (p *literal) tuple() ([]int64, error) {
	if !p.take("(") {
		return nil, p.unexpected("a tuple of numbers")
	}
	list := []int64{}
	for !p.take(")") {
		p.next()
		end := p.at
		for end < len(p.text) && p.text[end] >= '0' && p.text[end] <= '9' {
			end++
		}
		n, err := strconv.ParseInt(p.text[p.at:end], 10, 64)
		if err != nil || len(list) == 32 {
			return nil, p.unexpected("a number of elements")
		}
		list = append(list, n)
		if p.at = end; p.take("L") && p.next() == 0 { // of Python 2
			return nil, p.unexpected(")")
		}
		if !p.take(",") && p.next() != ')' {
			return nil, p.unexpected(", or )")
		}
	}
	return list, nil
}
