package cellpose

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Limits of a pickle. An instance of a file of Cellpose takes a few objects.
const (
	maxOps   = 1 << 21
	maxDepth = 1 << 20
)

// errPickle is wrapped by the errors of a pickle that is not one of Cellpose's.
var errPickle = errors.New(`pickled objects, which run code when numpy loads them, are read only if they are as Cellpose writes them: save the masks alone, with numpy.save("x.npy", numpy.load("x_seg.npy", allow_pickle=True).item()["masks"]), if you trust the file`)

// What a pickle is made of, besides nil, bool, int64, float64, string and []byte.
type (
	global string // module and name of a function or class, with a space between
	tuple  []any
	list   struct{ items []any }
	dict   struct{ items map[string]any } // with text as keys; others are left out
	dtype  struct{ code, order string }
	opaque struct{} // a number of numpy, which is not needed
)

// globals are the functions and classes that may be named. None is called: what they would
// make is made here.
var globals = map[global]bool{
	"numpy ndarray": true, "numpy dtype": true,
	"numpy.core.multiarray _reconstruct": true, "numpy._core.multiarray _reconstruct": true,
	"numpy.core.multiarray scalar": true, "numpy._core.multiarray scalar": true,
}

// unpickler reads the subset of pickle that numpy writes for dicts, lists, texts, numbers
// and arrays. It runs nothing, and refuses whatever else the file names.
type unpickler struct {
	data  []byte
	at    int
	stack []any
	marks []int
	memo  map[uint32]any
}

// unpickle reads a pickle. The arrays share the memory of data.
func unpickle(data []byte) (any, error) {
	u := &unpickler{data: data, memo: map[uint32]any{}}
	for range maxOps {
		at := u.at
		op, err := u.bytes(1)
		if err != nil {
			return nil, err
		}
		if op[0] == '.' {
			return u.pop()
		}
		if err := u.op(op[0]); err != nil {
			return nil, fmt.Errorf("byte %d of the pickle: %w", at, err)
		}
		if len(u.stack) > maxDepth || len(u.marks) > maxDepth {
			return nil, fmt.Errorf("byte %d of the pickle: found more than %d objects on the stack: %w", at, maxDepth, errPickle)
		}
	}
	return nil, fmt.Errorf("found more than %d steps of a pickle: %w", maxOps, errPickle)
}

var errCut = errors.New("the pickle ends too early: the file is cut")

func (u *unpickler) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(u.data)-u.at) {
		return nil, errCut
	}
	b := u.data[u.at : u.at+int(n)]
	u.at += int(n)
	return b, nil
}

// sized reads n bytes that say how many follow, and these.
func (u *unpickler) sized(n int) ([]byte, error) {
	size, err := u.uint(n)
	if err != nil {
		return nil, err
	}
	return u.bytes(size)
}

func (u *unpickler) uint(n int) (uint64, error) {
	b, err := u.bytes(uint64(n))
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

func (u *unpickler) push(v any) error {
	u.stack = append(u.stack, v)
	return nil
}

// floor is the number of objects below the last mark, which cannot be popped.
func (u *unpickler) floor() int {
	if len(u.marks) == 0 {
		return 0
	}
	return u.marks[len(u.marks)-1]
}

func (u *unpickler) pop() (any, error) {
	if len(u.stack) <= u.floor() {
		return nil, fmt.Errorf("found too few objects: %w", errPickle)
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// popMark pops the objects above the last mark.
func (u *unpickler) popMark() (tuple, error) {
	if len(u.marks) == 0 {
		return nil, fmt.Errorf("found no mark: %w", errPickle)
	}
	at := u.floor()
	u.marks = u.marks[:len(u.marks)-1]
	items := append(tuple{}, u.stack[at:]...)
	u.stack = u.stack[:at]
	return items, nil
}

func (u *unpickler) popN(n int) (tuple, error) {
	items := make(tuple, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if items[i], err = u.pop(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (u *unpickler) get(index uint64) error {
	v, ok := u.memo[uint32(index)]
	if !ok {
		return fmt.Errorf("found a reference to object %d, which is missing: %w", index, errPickle)
	}
	return u.push(v)
}

func (u *unpickler) put(index uint64) error {
	if len(u.stack) == 0 {
		return fmt.Errorf("found too few objects: %w", errPickle)
	}
	u.memo[uint32(index)] = u.stack[len(u.stack)-1]
	return nil
}

// op does one step.
func (u *unpickler) op(op byte) error {
	if n := numbers[op]; n > 0 {
		v, err := u.uint(n)
		if err != nil {
			return err
		}
		return u.number(op, v)
	}
	if n := texts[op]; n > 0 {
		b, err := u.sized(n)
		if err != nil {
			return err
		}
		switch op {
		case 'B', 'C', 0x8e, 0x96:
			return u.push(b)
		case 0x8a, 0x8b: // an integer of any length
			if len(b) > 8 {
				return u.push(opaque{})
			}
			return u.push(signed(b))
		}
		return u.push(string(b))
	}
	switch op {
	case '(':
		u.marks = append(u.marks, len(u.stack))
		return nil
	case 'N':
		return u.push(nil)
	case 0x88, 0x89:
		return u.push(op == 0x88)
	case '}':
		return u.push(&dict{})
	case ']':
		return u.push(&list{})
	case ')':
		return u.push(tuple{})
	case '0':
		_, err := u.pop()
		return err
	case 0x94:
		return u.put(uint64(len(u.memo)))
	case 'c', 0x93:
		return u.global(op)
	}
	return u.combine(op)
}

// numbers are the steps with an argument of a number of bytes.
var numbers = map[byte]int{0x80: 1, 0x95: 8, 'K': 1, 'M': 2, 'J': 4, 'G': 8, 'q': 1, 'r': 4, 'h': 1, 'j': 4}

// texts are those with an argument whose length is a number of so many bytes.
var texts = map[byte]int{0x8c: 1, 'X': 4, 0x8d: 8, 'C': 1, 'B': 4, 0x8e: 8, 0x96: 8, 'U': 1, 'T': 4, 0x8a: 1, 0x8b: 4}

func (u *unpickler) number(op byte, v uint64) error {
	switch op {
	case 'K', 'M':
		return u.push(int64(v))
	case 'J':
		return u.push(int64(int32(v)))
	case 'G':
		return u.push(math.Float64frombits(reverse(v)))
	case 'q', 'r':
		return u.put(v)
	case 'h', 'j':
		return u.get(v)
	case 0x80:
		if v > 5 {
			return fmt.Errorf("found protocol %d, expected at most 5: %w", v, errPickle)
		}
	}
	return nil // a frame needs nothing
}

func reverse(v uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return binary.BigEndian.Uint64(b[:])
}

// signed is an integer of up to 8 bytes in two's complement.
func signed(b []byte) int64 {
	if len(b) == 0 {
		return 0
	}
	var wide [8]byte
	copy(wide[8-len(b):], b)
	return int64(binary.LittleEndian.Uint64(wide[:])) >> (64 - 8*len(b))
}

// global reads the name of a function or class.
func (u *unpickler) global(op byte) error {
	var name global
	if op == 'c' {
		lines := strings.SplitN(string(u.data[u.at:min(len(u.data), u.at+256)]), "\n", 3)
		if len(lines) < 3 {
			return fmt.Errorf("found no name: %w", errPickle)
		}
		u.at += len(lines[0]) + len(lines[1]) + 2
		name = global(lines[0] + " " + lines[1])
	} else {
		two, err := u.popN(2)
		if err != nil {
			return err
		}
		module, ok1 := two[0].(string)
		member, ok2 := two[1].(string)
		if !ok1 || !ok2 {
			return fmt.Errorf("found no name: %w", errPickle)
		}
		name = global(module + " " + member)
	}
	if !globals[name] {
		return fmt.Errorf("found the name %q, which the file would have Python call: %w", short(strings.ReplaceAll(string(name), " ", ".")), errPickle)
	}
	return u.push(name)
}

// combine makes an object of others.
func (u *unpickler) combine(op byte) error {
	var items tuple
	var err error
	switch op {
	case 't', 'l', 'd', 'e', 'u', '1':
		items, err = u.popMark()
	case 0x85, 0x86, 0x87:
		items, err = u.popN(int(op) - 0x84)
	case 'a', 'R', 'b':
		items, err = u.popN(1)
	case 's':
		items, err = u.popN(2)
	default:
		return fmt.Errorf("found the step %#02x: %w", op, errPickle)
	}
	if err != nil {
		return err
	}
	switch op {
	case 't', 0x85, 0x86, 0x87:
		return u.push(items)
	case 'l':
		return u.push(&list{items})
	case 'd':
		if err := u.push(&dict{}); err != nil {
			return err
		}
		return u.add(items)
	case '1':
		return nil
	case 'R':
		return u.reduce(items[0])
	case 'b':
		return u.build(items[0])
	}
	return u.add(items)
}

// add adds to the list or dict at the top.
func (u *unpickler) add(items tuple) error {
	top, err := u.pop()
	if err != nil {
		return err
	}
	switch to := top.(type) {
	case *list:
		to.items = append(to.items, items...)
	case *dict:
		if len(items)%2 == 1 {
			return fmt.Errorf("found a key without a value: %w", errPickle)
		}
		for i := 0; i < len(items); i += 2 {
			if key, ok := items[i].(string); ok {
				if to.items == nil {
					to.items = map[string]any{}
				}
				to.items[key] = items[i+1]
			}
		}
	default:
		return fmt.Errorf("found no list or dict: %w", errPickle)
	}
	return u.push(top)
}

// reduce makes what a function would return.
func (u *unpickler) reduce(arguments any) error {
	f, err := u.pop()
	if err != nil {
		return err
	}
	name, _ := f.(global)
	a, _ := arguments.(tuple)
	switch {
	case strings.HasSuffix(string(name), " _reconstruct"):
		return u.push(&array{})
	case strings.HasSuffix(string(name), " scalar"):
		return u.push(opaque{})
	case name == "numpy dtype" && len(a) > 0:
		if code, ok := a[0].(string); ok {
			return u.push(&dtype{code: code})
		}
	}
	return fmt.Errorf("found a call that is not one of an array: %w", errPickle)
}

// build sets the state of an array or a type.
func (u *unpickler) build(state any) error {
	top, err := u.pop()
	if err != nil {
		return err
	}
	s, _ := state.(tuple)
	switch to := top.(type) {
	case *dtype:
		if len(s) > 1 {
			to.order, _ = s[1].(string)
		}
	case *array:
		if err := to.setState(s); err != nil {
			return err
		}
	default:
		return fmt.Errorf("found a state of something that is no array: %w", errPickle)
	}
	return u.push(top)
}

// setState sets an array: its version, shape, type, whether it is in Fortran's order, data.
func (a *array) setState(s tuple) error {
	if len(s) != 5 {
		return fmt.Errorf("found an array of %d parts, expected 5: %w", len(s), errPickle)
	}
	shape, ok1 := s[1].(tuple)
	kind, ok2 := s[2].(*dtype)
	if !ok1 || !ok2 || len(shape) > 32 {
		return fmt.Errorf("found an array without shape or type: %w", errPickle)
	}
	a.shape = a.shape[:0]
	for _, v := range shape {
		n, ok := v.(int64)
		if !ok || n < 0 || n > math.MaxInt32 {
			return fmt.Errorf("found %v in the shape of an array: %w", v, errPickle)
		}
		a.shape = append(a.shape, n)
	}
	if err := a.setType(kind.order + kind.code); err != nil {
		a.kind = 0 // of no use as labels; an error only if it is these
	}
	a.fortran, _ = s[3].(bool)
	switch data := s[4].(type) {
	case []byte:
		a.data = data
	case *list:
		a.objects = data.items
	}
	return nil
}
