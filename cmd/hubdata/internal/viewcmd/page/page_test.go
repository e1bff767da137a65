package page

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

// files are those of the page, by name.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	entries, err := fs.ReadDir(embedded, "files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := fs.ReadFile(embedded, path.Join("files", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = text
	}
	return out
}

// TestNothingForeign: the page fetches nothing from elsewhere, and reads no text as HTML or code.
func TestNothingForeign(t *testing.T) {
	for name, text := range files(t) {
		if kinds[path.Ext(name)] == "" {
			t.Errorf("%s has no type", name)
		}
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://", "https://", "style=\"", "onclick=\"", "<style", "javascript:"} {
			if bad == "http://" && name == "icon.svg" {
				continue // the name of SVG
			}
			if bytes.Contains(text, []byte(bad)) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
}

// TestImports: each module that is imported is there, and each that is there is used. The page asks for all of them at
// once, not for those that others import only when these are there.
func TestImports(t *testing.T) {
	all := files(t)
	used := map[string]bool{"index.html": true}
	early := regexp.MustCompile(`<link rel="modulepreload" href="([\w.]+)">\n`)
	for _, m := range early.FindAllSubmatch(all["index.html"], -1) {
		used[string(m[1])] = false
	}
	for name := range all {
		if _, asked := used[name]; path.Ext(name) == ".js" && name != "main.js" && !asked {
			t.Errorf("index.html does not ask for %s early", name)
		}
	}
	all["index.html"] = early.ReplaceAll(all["index.html"], nil)
	for name, text := range all {
		for _, m := range regexp.MustCompile(`from "\./([\w.]+)"|(?:src|href)="([\w.]+)"`).FindAllSubmatch(text, -1) {
			of := string(m[1]) + string(m[2])
			if all[of] == nil {
				t.Errorf("%s asks for %s, which is not there", name, of)
			}
			used[of] = true
		}
	}
	for name := range all {
		if !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
}

// TestControlsExist: each element that a module looks for by its id is on the page.
func TestControlsExist(t *testing.T) {
	all := files(t)
	for name, text := range all {
		for _, m := range regexp.MustCompile(`\$\("([\w-]+)"\)|\bon\("([\w-]+)",`).FindAllSubmatch(text, -1) {
			id := string(m[1]) + string(m[2])
			if path.Ext(name) == ".js" && !bytes.Contains(all["index.html"], []byte(`id="`+id+`"`)) {
				t.Errorf("%s looks for %s, which index.html does not have", name, id)
			}
		}
	}
}

func TestHandler(t *testing.T) {
	ask := func(path, tag string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		return w.Result()
	}
	first := ask("/", "")
	if first.StatusCode != 200 || !strings.HasPrefix(first.Header.Get("Content-Type"), "text/html") || first.Header.Get("Content-Security-Policy") != policy {
		t.Errorf("%+v", first)
	}
	if again := ask("/", first.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("again: %d", again.StatusCode)
	}
	for _, path := range []string{"/none.js", "/files", "/files/main.js", "/../page.go", "//main.js/..", "/main"} {
		if got := ask(path, ""); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}
