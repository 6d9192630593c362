package httpgate

import (
	"net/http"
	"time"
)

// piece is what a client has to take within one wait: so it may be slow, and not still.
const piece = 32 << 10 // bytes

// taken gives each piece of an answer its own time: the server's WriteTimeout is for a whole
// answer, and live pages have no end.
func taken(within time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, control: http.NewResponseController(w), within: within}
		a.wait()
		defer a.wait() // the rest leaves when the handler has returned
		next.ServeHTTP(a, r)
	})
}

// answer is an answer whose client has to read.
type answer struct {
	http.ResponseWriter
	control *http.ResponseController
	within  time.Duration
}

// wait begins the time of the next piece. A recorder has none.
func (a *answer) wait() { _ = a.control.SetWriteDeadline(time.Now().Add(a.within)) }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.wait()
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (n int, err error) {
	for first := true; err == nil && (first || len(b) > 0); first = false {
		var wrote int
		a.wait()
		wrote, err = a.ResponseWriter.Write(b[:min(len(b), piece)])
		n, b = n+wrote, b[wrote:]
	}

	return n, err
}

// FlushError is for http.ResponseController.
func (a *answer) FlushError() error {
	a.wait()

	return a.control.Flush()
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
