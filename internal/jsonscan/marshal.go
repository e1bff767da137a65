package jsonscan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Marshal is [json.Marshal] for values whose strings, or keys, may have what is not
// UTF-8. It writes that as [AppendString] does, where encoding/json writes U+FFFD. A type
// with a method MarshalJSON is responsible for its own strings.
func Marshal(v any) ([]byte, error) { return marshal(v, json.Marshal) }

// MarshalText is [Marshal] without escapes for the characters of HTML.
func MarshalText(v any) ([]byte, error) {
	return marshal(v, func(v any) ([]byte, error) {
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		err := enc.Encode(v)
		return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
	})
}

// marshal encodes v twice if encoding/json has lost something: then a copy, in which a
// character that v does not have stands before the digits of each surrogate.
func marshal(v any, encode func(any) ([]byte, error)) ([]byte, error) {
	text, err := encode(v)
	if err != nil || !bytes.Contains(text, []byte(`\ufffd`)) { // the character itself is written as it is
		return text, err
	}
	m := newMarker(text)
	if text, err = encode(m.copy(reflect.ValueOf(v)).Interface()); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(text, []byte(m), []byte(`\u`)), nil
}

// marker is a character of its own for surrogates.
type marker string

// newMarker returns a character that a text does not have.
func newMarker(text []byte) marker {
	const firstPrivate = 0xe000
	r := rune(firstPrivate)
	for bytes.ContainsRune(text, r) {
		r++
	}
	return marker(r)
}

// copy returns a copy of a value that has the marker in place of what is not UTF-8.
func (m marker) copy(v reflect.Value) reflect.Value {
	if !v.IsValid() || isMarshaler(v.Type()) {
		return v
	}
	to := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		to.SetString(m.mark(v.String()))
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		to.Set(m.copy(v.Elem()))
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		to.Set(reflect.New(v.Type().Elem()))
		to.Elem().Set(m.copy(v.Elem()))
	case reflect.Struct:
		to.Set(v)
		m.copyFields(to)
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		to.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			to.Index(i).Set(m.copy(v.Index(i)))
		}
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		to.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for key, value := range v.Seq2() {
			to.SetMapIndex(m.copy(key), m.copy(value))
		}
	default:
		return v
	}
	return to
}

// copyFields replaces the fields of a struct that encoding/json sees.
func (m marker) copyFields(to reflect.Value) {
	for i := range to.NumField() {
		field := to.Field(i)
		switch info := to.Type().Field(i); {
		case field.CanSet():
			field.Set(m.copy(field))
		case info.Anonymous && field.Kind() == reflect.Struct:
			m.copyFields(field)
		}
	}
}

var marshalerType = reflect.TypeFor[json.Marshaler]()

// isMarshaler reports whether values of a type write their own JSON.
func isMarshaler(t reflect.Type) bool {
	return t.Implements(marshalerType) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(marshalerType)
}

// mark returns s with the marker and four digits for each surrogate.
func (m marker) mark(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError || n != 1 {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		half, n := notUTF8(s[i:])
		fmt.Fprintf(&b, "%s%04x", string(m), half)
		i += n
	}
	return b.String()
}
