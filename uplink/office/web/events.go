package web

import (
	"fmt"
	"net/http"
	"time"
)

const (
	beatEvery   = 15 * time.Second
	streamLife  = 10 * time.Minute // then the browser comes again, and is checked again
	retryMillis = 1000
	laterMillis = 30000 // for a page whose session has too many: they would drive each other out all the time
)

// events is the stream of ticks: "event: tick", "data: <pulse>". The first one
// comes at once or with the next look; a comment keeps the line open.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	pulses, leave, err := s.pulse.join(s.sessions.Token(r.Context()))
	if err != nil {
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusServiceUnavailable, codeBusy, err.Error())
		return
	}
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	if !send(w, "retry: %d\n\n", retryMillis) {
		return
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	end := time.NewTimer(streamLife)
	defer end.Stop()
	for ok := true; ok; {
		select {
		case <-r.Context().Done():
			return
		case <-end.C:
			return
		case <-beat.C:
			ok = send(w, ": beat\n\n")
		case p, more := <-pulses:
			if ok = more && send(w, "event: tick\ndata: %s\n\n", p); !more {
				send(w, "retry: %d\n\n", laterMillis)
			}
		}
	}
}

// send writes and flushes; false means that nobody listens any more. Who does not read is
// given up by the gate around the server.
func send(w http.ResponseWriter, format string, args ...any) bool {
	if _, err := fmt.Fprintf(w, format, args...); err != nil {
		return false
	}

	return http.NewResponseController(w).Flush() == nil
}
