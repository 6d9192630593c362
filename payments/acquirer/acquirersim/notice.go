package acquirersim

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// Bounds of pushing notices.
const (
	maxTries    = 15
	retryAfter  = 15 * time.Second
	pushTimeout = 10 * time.Second
)

// pending is a notice that waits to be sent.
type pending struct {
	serial string
	refund string
	forged bool
	tries  int
	notYet time.Time
}

// Notice is a notice as it is pushed, ready to send to URL by POST.
type Notice struct {
	URL    string
	Header http.Header
	Body   string

	pending pending
}

// announce queues a notice of what became of an order or a refund. WeChat pushes
// none about a collection, whose request has no address for them.
func (s *Server) announce(serial, refund string) {
	if o := s.orders[serial]; o.Notify == "" || s.take(NoNotice) {
		return
	}
	p := pending{serial: serial, refund: refund}
	s.queue(p)
	if s.take(DuplicateNotice) {
		s.queue(p)
	}
}

func (s *Server) queue(p pending) {
	s.pending = append(s.pending, p)
	s.signal()
}

// Notices takes the notices that are due, in order. What is taken is not sent
// again, unless Return puts it back.
func (s *Server) Notices() []Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []Notice
	var rest []pending
	for _, p := range s.pending {
		if s.now().Before(p.notYet) {
			rest = append(rest, p)

			continue
		}
		due = append(due, s.write(p))
	}
	s.pending = rest

	return due
}

// write signs a notice: its content is what is true now, but for a forged one.
func (s *Server) write(p pending) Notice {
	o := s.orders[p.serial].copy()
	if p.forged {
		o.State, o.PaidAt, o.Payer = Paid, s.now(), passer
	}
	var r *Refund
	if back, ok := o.refund(p.refund); ok {
		r = &back
	}
	header, body := protocols[o.Protocol].notice(s, o, r, p.forged)

	return Notice{URL: o.Notify, Header: header, Body: body, pending: p}
}

// Return puts a notice back that was not taken. After 15 tries it is given up.
func (s *Server) Return(n Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := n.pending
	p.tries++
	p.notYet = s.now().Add(retryAfter)
	if p.tries < maxTries {
		s.queue(p)
	}
}

// Taken reports whether an answer to a notice is what its protocol wants.
func (s *Server) Taken(n Notice, status int, body string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	return protocols[s.orders[n.pending.serial].Protocol].taken(status, body)
}

// Push sends notices until ctx ends: each as soon as it is there, and again until it
// is taken. Nil client is one of its own.
func (s *Server) Push(ctx context.Context, client *http.Client) {
	if client == nil {
		client = &http.Client{Timeout: pushTimeout}
	}
	for ctx.Err() == nil {
		changed := s.watch()
		for _, n := range s.Notices() {
			if !s.push(ctx, client, n) {
				s.Return(n)
			}
		}

		timer := time.NewTimer(retryAfter)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (s *Server) watch() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.changed
}

func (s *Server) push(ctx context.Context, client *http.Client, n Notice) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, strings.NewReader(n.Body))
	if err != nil {
		return false
	}
	req.Header = n.Header.Clone()
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))

	return err == nil && s.Taken(n, resp.StatusCode, string(body))
}
