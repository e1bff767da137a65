// Package loopback serves a page to the browser of the user who runs the program, and to no one else.
//
// A [Server] listens on the loopback interface only. Everything it serves is below a path with a random token, so that
// another user of the machine, or a page of another site that guesses the port, gets nothing. A request whose Host is
// not a name of the loopback interface is refused, which stops DNS rebinding; one that a page of another origin sends
// is refused, which stops forgery. The port in Host may differ from the server's: it does behind an SSH tunnel.
package loopback

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Server is a page that is served.
type Server struct {
	listener net.Listener
	token    string
}

// Limits of a request. A tab that is left open overnight holds an idle connection, which the server closes and the
// browser opens again.
const (
	headerWait = 10 * time.Second
	bodyWait   = 30 * time.Second
	idleWait   = 2 * time.Minute
	headerMost = 64 << 10
	// lastRequests is how long requests may take to end once the server is to.
	lastRequests = 300 * time.Millisecond
	tokenBytes   = 24
)

// Listen begins to listen on a port of the loopback interface; 0: any that is free. The error for a port that is taken
// wraps [ErrTaken].
func Listen(port int) (*Server, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port)))
	if err != nil {
		if isTaken(err) {
			err = fmt.Errorf("port %d: %w", port, ErrTaken)
		}
		return nil, err
	}
	token := make([]byte, tokenBytes)
	_, _ = rand.Read(token) // never fails: it ends the program
	return &Server{l, base64.RawURLEncoding.EncodeToString(token)}, nil
}

// ErrTaken is the error for a port that another program listens on.
var ErrTaken = errors.New("another program listens on it")

// URL is the address of the page. Who knows it may use the page.
func (s *Server) URL() string { return fmt.Sprintf("http://%s/%s/", s.listener.Addr(), s.token) }

// Close ends listening, for a server that does not serve.
func (s *Server) Close() { _ = s.listener.Close() }

// Serve serves h, whose paths begin after the token, until ctx ends, which is not an error. Requests that are not
// answered by then are given up.
func (s *Server) Serve(ctx context.Context, h http.Handler) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler:           s.guard(h),
		ReadHeaderTimeout: headerWait,
		ReadTimeout:       bodyWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    headerMost,
		BaseContext:       func(net.Listener) context.Context { return running },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(s.listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, stop := context.WithTimeout(context.Background(), lastRequests)
	defer stop()
	if server.Shutdown(last) != nil {
		_ = server.Close() // requests that hang
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// guard lets through what the user's own browser asks of the page.
func (s *Server) guard(h http.Handler) http.Handler {
	below := "/" + s.token
	page := http.StripPrefix(below, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		switch path, own := strings.CutPrefix(r.URL.Path, below); {
		case !isLoopback(r.Host):
			http.Error(w, "not a name of this machine's loopback interface", http.StatusForbidden)
		case !own || path != "" && path[0] != '/':
			http.NotFound(w, r)
		case !sameOrigin(r):
			http.Error(w, "a page of another site may not ask this", http.StatusForbidden)
		case path == "":
			http.Redirect(w, r, below+"/", http.StatusMovedPermanently)
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// isLoopback reports whether a Host, with or without a port, names the loopback interface.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// sameOrigin reports whether a request comes from the page itself, from the user's address bar or from a frame that
// shows the page. Browsers say so in Sec-Fetch-Site; older ones in Origin, for what changes something.
func sameOrigin(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		from, err := url.Parse(origin)
		if err != nil || from.Host != r.Host {
			return false
		}
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return true
	case "same-site", "cross-site": // a link to the page, or a frame with it; never its parts
		return reads && r.Header.Get("Sec-Fetch-Mode") == "navigate"
	}
	return false
}
