package cardsystemsim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/cardsystem"
	cardsoap "wattkiosk/payments/cardsystem/soap"
	"wattkiosk/payments/soap"
)

// maxHeld bounds how long a call that gets no answer is kept.
const maxHeld = 2 * time.Minute

// Web is the system as a web service: an http.Handler that speaks the documents of
// cardsystem/soap in either version. The ledger's codes have to be those of the documents,
// as they are with s2, the dialect that a Server has by itself.
type Web struct {
	Server  *Server
	Service soap.Service
}

// ServeHTTP answers one call, with the faults of the server: an answer that does not come
// leaves the caller waiting, garbage is a page of HTML.
func (h Web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := h.Server
	if s.Take(Down) {
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	m, err := h.Service.Read(r)
	if errors.Is(err, soap.ErrToken) {
		h.fault(w, m.Version, soap.Fault{Code: "FailedAuthentication", Text: "令牌无效"})

		return
	}
	if err != nil {
		h.fault(w, soap.V11, soap.Fault{Code: "Client", Text: "报文错误"})

		return
	}

	if s.Take(LoseRequest) {
		hold(r.Context(), maxHeld)

		return
	}
	req, err := cardsoap.ReadRequest(m)
	if err != nil {
		h.fault(w, m.Version, soap.Fault{Code: "Client", Text: "报文错误"})

		return
	}
	if req.Op == cardsystem.OpSell && s.Take(LateSale) {
		s.delay(req)
		hold(r.Context(), maxHeld)

		return
	}

	reply := s.respond(req)
	if s.Take(Duplicate) {
		reply = s.respond(req)
	}
	h.answer(w, r, m.Version, req, reply)
}

// answer sends an answer, as the faults let it.
func (h Web) answer(w http.ResponseWriter, r *http.Request, v soap.Version, req cardsystem.Request, reply cardsystem.Reply) {
	s := h.Server
	e, reply := s.spoil(cardsystem.EchoOf(req), reply)
	switch {
	case s.Take(NoReply):
		hold(r.Context(), maxHeld)

		return
	case s.Take(Garbage):
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>502 Bad Gateway</body></html>")) // who is gone misses nothing

		return
	case s.Take(Oversized):
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write(append([]byte("<!-- "), bytes.Repeat([]byte{'9'}, 2*maxGarbage)...)) // the same

		return
	}
	if s.Take(Slow) {
		s.mu.Lock()
		late := s.slow
		s.mu.Unlock()
		if !hold(r.Context(), late) {
			return
		}
	}

	if s.Take(AnswerTwice) {
		h.twice(w, v, e, reply)

		return
	}
	if err := cardsoap.WriteReply(h.Service, w, v, e, reply); err != nil && r.Context().Err() == nil {
		s.fail(fmt.Errorf("cannot write an answer: %w", err))
	}
}

// twice sends an answer twice on its connection, which stays open for another request.
func (h Web) twice(w http.ResponseWriter, v soap.Version, e cardsystem.Echo, reply cardsystem.Reply) {
	kept := &page{header: http.Header{}}
	err := cardsoap.WriteReply(h.Service, kept, v, e, reply)
	if err == nil {
		var conn net.Conn
		if conn, _, err = http.NewResponseController(w).Hijack(); err == nil {
			one := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", kept.header.Get("Content-Type"), kept.body.Len(), kept.body.String())
			_, _ = conn.Write([]byte(one + one)) // who is gone misses nothing
			_, _ = conn.Read(make([]byte, 1))    // until the caller hangs up
			_ = conn.Close()
		}
	}
	if err != nil {
		h.Server.fail(fmt.Errorf("cannot write an answer twice: %w", err))
	}
}

// page is a response that is kept.
type page struct {
	header http.Header
	body   bytes.Buffer
}

func (p *page) Header() http.Header         { return p.header }
func (p *page) WriteHeader(int)             {}
func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }

func (h Web) fault(w http.ResponseWriter, v soap.Version, f soap.Fault) {
	if err := h.Service.WriteFault(w, v, f); err != nil {
		h.Server.fail(fmt.Errorf("cannot write a fault: %w", err))
	}
}

// hold waits; false means that the caller went away before.
func hold(ctx context.Context, d time.Duration) bool { return backoff.Pause(ctx, d) == nil }
