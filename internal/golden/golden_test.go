package golden

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// witness records the messages of a test that it runs.
type witness struct {
	testing.TB
	said []string
}

func (w *witness) Helper()                   {}
func (w *witness) Logf(f string, v ...any)   { w.said = append(w.said, "log: "+fmt.Sprintf(f, v...)) }
func (w *witness) Errorf(f string, v ...any) { w.said = append(w.said, "error: "+fmt.Sprintf(f, v...)) }
func (w *witness) Fatal(v ...any)            { w.Fatalf("%s", fmt.Sprint(v...)) }
func (w *witness) Skipf(f string, v ...any) {
	w.said = append(w.said, "skip: "+fmt.Sprintf(f, v...))
	runtime.Goexit()
}
func (w *witness) Fatalf(f string, v ...any) {
	w.said = append(w.said, "fatal: "+fmt.Sprintf(f, v...))
	runtime.Goexit()
}

// messages runs f as a test and returns its messages.
func messages(f func(t testing.TB)) string {
	w, done := &witness{}, make(chan bool)
	go func() {
		defer close(done)
		f(w)
	}()
	<-done
	return strings.Join(w.said, "\n")
}

func TestEqual(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "x.txt")
	defer func(was bool) { *update = was }(*update)
	*update = false
	for _, step := range []struct {
		got  string
		want string
	}{{"a\nb\n", "line 1 differs (4 bytes, expected 0)"}, {"", ""}} {
		if said := messages(func(t testing.TB) { Equal(t, path, []byte(step.got)) }); !strings.Contains(said, step.want) ||
			step.want == "" && said != "" {
			t.Errorf("of no file: said %q, want %q", said, step.want)
		}
	}
	*update = true
	if said := messages(func(t testing.TB) { Equal(t, path, []byte("a\nb\n")) }); said != "" || !Update() {
		t.Errorf("with -update: said %q", said)
	}
	*update = false
	if said := messages(func(t testing.TB) { Equal(t, path, []byte("a\nb\n")) }); said != "" {
		t.Errorf("of the same: said %q", said)
	}
	if said := messages(func(t testing.TB) { Equal(t, path, []byte("a\nc\n")) }); !strings.Contains(said,
		"line 2 differs") {
		t.Errorf("of another: said %q", said)
	}
	if said := messages(func(t testing.TB) { Want(t, filepath.Dir(path), nil) }); !strings.HasPrefix(said, "fatal: ") {
		t.Errorf("of a folder: said %q", said)
	}
}

func TestAnswers(t *testing.T) {
	t.Setenv("HUBDATA_GOLDEN", "")
	if Fresh() || Path("x") != filepath.Join("testdata", "golden", "x") {
		t.Errorf("fresh %v, path %s", Fresh(), Path("x"))
	}
	dir := t.TempDir()
	t.Setenv("HUBDATA_GOLDEN", dir)
	packed := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		return b.Bytes()
	}
	const good = "{\"tool\":\"1.0\"}\n{\"n\":3}\n{\"n\":5}\n"
	for name, data := range map[string][]byte{
		"plain.jsonl": []byte(good), "good.jsonl.gz": packed(good), "cut.jsonl.gz": packed(good)[:30],
		"not.jsonl.gz":  []byte(good),
		"head.jsonl.gz": packed("{}\n"), "bad.jsonl.gz": packed("{}\n{\"n\":3}\n{\"n\":}\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"plain.jsonl", "good.jsonl.gz"} {
		if text := File(t, name); string(text) != good || !Fresh() {
			t.Errorf("%s: %q", name, text)
		}
	}
	cases := func(name string) string {
		return messages(func(t testing.TB) {
			for n, c := range Cases[struct{ N int }](t, name) {
				t.Logf("%d is %d", n, c.N)
			}
		})
	}
	if said, want := cases("good.jsonl.gz"), "log: good.jsonl.gz: {\"tool\":\"1.0\"}\nlog: 1 is 3\nlog: 2 is 5"; said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	for name, want := range map[string]string{
		"cut.jsonl.gz": "unexpected end", "not.jsonl.gz": "invalid header", "head.jsonl.gz": "holds no cases",
		"bad.jsonl.gz": "case 2: ", "none.jsonl.gz": "no such file",
	} {
		said := cases(name)
		if last := said[strings.LastIndex(said, "\n")+1:]; !strings.HasPrefix(last, "fatal: ") ||
			!strings.Contains(last, want) {
			t.Errorf("%s: said %q, want %q", name, said, want)
		}
	}
}

func TestReal(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HUBDATA_REAL", dir)
	if said := messages(func(t testing.TB) { Real(t, "hubmap/train") }); !strings.HasPrefix(said,
		"skip: no real data: ") || !strings.Contains(said, "set HUBDATA_REAL") {
		t.Errorf("without data: said %q", said)
	}
	want := filepath.Join(dir, "hubmap", "train")
	if err := os.MkdirAll(want, 0o777); err != nil {
		t.Fatal(err)
	}
	if got := Real(t, "hubmap/train"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
