// Package page has the page of "hubdata view": HTML, a style sheet and modules of JavaScript, as they are served. There is
// no build step.
package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

//go:embed files
var embedded embed.FS

// policy lets the page run its own scripts and styles, ask its own server, and show what it has drawn. Frames of
// notebooks on this machine may show it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; " +
	"frame-ancestors 'self' http://localhost:* http://127.0.0.1:* vscode-webview:"

// kinds are the types of the files.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Handler serves the page at /, and the files that it asks for.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if name == "/" {
			name = "/index.html"
		}
		text, err := fs.ReadFile(embedded, path.Join("files", path.Clean("/"+name)))
		kind := kinds[path.Ext(name)]
		if err != nil || kind == "" {
			http.NotFound(w, r)
			return
		}
		sum := sha256.Sum256(text)
		tag := `"` + hex.EncodeToString(sum[:12]) + `"`
		head := w.Header()
		head.Set("Content-Type", kind)
		head.Set("Content-Security-Policy", policy)
		head.Set("Cache-Control", "no-cache")
		head.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(text) // the browser may have gone away
	})
}
