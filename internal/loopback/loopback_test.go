package loopback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// serve starts a server that echoes paths, and returns it with what ends it.
// At /hangs it sends to hangs, which may be nil, and waits.
func serve(t *testing.T, hangs chan<- struct{}) (s *Server, end func() error) {
	t.Helper()
	s, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hangs" {
				hangs <- struct{}{}
				<-r.Context().Done()
			}
			_, _ = io.WriteString(w, r.Method+" "+r.URL.Path)
		}))
	}()
	return s, func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("the server did not end")
		}
	}
}

// TestGuard: only the user's own browser gets something.
func TestGuard(t *testing.T) {
	s, end := serve(t, nil)
	base, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for _, tt := range []struct {
		name, method, path string
		head               map[string]string
		code               int
		body               string
	}{
		{"page", "GET", "TOKEN/", nil, 200, "GET /"},
		{"part", "GET", "TOKEN/a/b", nil, 200, "GET /a/b"},
		{"part, asked by the page", "GET", "TOKEN/a",
			map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200, "GET /a"},
		{"change, asked by the page", "POST", "TOKEN/a",
			map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://" + base.Host}, 200, "POST /a"},
		{"by another name", "GET", "TOKEN/", map[string]string{"Host": "localhost:9999"}, 200, "GET /"},
		{"by IPv6", "GET", "TOKEN/", map[string]string{"Host": "[::1]:9999"}, 200, "GET /"},
		{"through a tunnel, a change", "POST", "TOKEN/a",
			map[string]string{"Host": "localhost:9999", "Origin": "http://localhost:9999"}, 200, "POST /a"},
		{"in a frame", "GET", "TOKEN/", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, 200,
			"GET /"},
		{"without the end of the folder", "GET", "TOKEN", nil, 301, ""},
		{"without a token", "GET", "/", nil, 404, ""},
		{"with another token", "GET", "/abc/", nil, 404, ""},
		{"with more than the token", "GET", "TOKENx/", nil, 404, ""},
		{"rebound name", "GET", "TOKEN/", map[string]string{"Host": "evil.example"}, 403, ""},
		{"rebound name with the port", "GET", "TOKEN/", map[string]string{"Host": "evil.example:" + base.Port()}, 403, ""},
		{"a name that begins alike", "GET", "TOKEN/", map[string]string{"Host": "localhost.evil.example"}, 403, ""},
		{"another address of this machine", "GET", "TOKEN/", map[string]string{"Host": "10.0.0.1"}, 403, ""},
		{"forged change", "POST", "TOKEN/a", map[string]string{"Origin": "http://evil.example"}, 403, ""},
		{"forged change of a sandboxed frame", "POST", "TOKEN/a", map[string]string{"Origin": "null"}, 403, ""},
		{"forged form", "POST", "TOKEN/a", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
			403, ""},
		{"part, asked by another page", "GET", "TOKEN/a",
			map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403, ""},
		{"another port of this machine", "POST", "TOKEN/a", map[string]string{"Origin": "http://" + base.Hostname() + ":1",
			"Sec-Fetch-Site": "same-site"}, 403, ""},
	} {
		path := strings.Replace(tt.path, "TOKEN", strings.TrimSuffix(base.Path, "/"), 1)
		r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+base.Host+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range tt.head {
			if key == "Host" {
				r.Host = value
			}
			r.Header.Set(key, value)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != tt.code || tt.code == 200 && string(body) != tt.body {
			t.Errorf("%s: %d %q, %v, expected %d %q", tt.name, answer.StatusCode, body, err, tt.code, tt.body)
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != "" ||
			answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: header %v", tt.name, answer.Header)
		}
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

// TestEnd: a request that hangs does not keep the server.
func TestEnd(t *testing.T) {
	hangs := make(chan struct{})
	s, end := serve(t, hangs)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		answer, err := http.Get(s.URL() + "hangs")
		if err == nil {
			_ = answer.Body.Close()
		}
	}()
	select {
	case <-hangs:
	case <-time.After(10 * time.Second):
		t.Error("the request does not arrive")
	}
	begun := time.Now()
	if err := end(); err != nil || time.Since(begun) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	<-asked
	if _, err := net.Dial("tcp", s.listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestPortTaken(t *testing.T) {
	s, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Listen(s.listener.Addr().(*net.TCPAddr).Port); !errors.Is(err, ErrTaken) ||
		!strings.Contains(err.Error(), "port ") {
		t.Errorf("%v", err)
	}
	other, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if s.token == other.token || len(s.token) < 30 {
		t.Errorf("tokens %q and %q", s.token, other.token)
	}
}
