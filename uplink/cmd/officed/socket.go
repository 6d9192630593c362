package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
)

// A running head office serves a socket in its data folder, for those who run it: commands go
// by its clock and its sources. Who may open the folder may use it.
//
//	GET  /now                             its clock, and since when all kiosks that are there have spoken
//	POST /reconcile?date=YYYYMMDD         runs a date, and answers as officed reconcile --json
//	POST /import?kind=&part=&date=&name=  takes in the file that is the body
//	POST /audit                           puts the act that is the body into the audit log

const (
	socketName = "officed.sock"
	socketMode = 0o600
	dialTime   = 2 * time.Second
	maxAct     = 64 << 10
)

func (o *options) socket() string { return filepath.Join(o.data, socketName) }

// listenSocket makes the socket. One that nobody serves any more is in nobody's way; nil is
// that another head office serves it.
func listenSocket(path string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, dialTime); err == nil {
		return nil, c.Close()
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot make the socket anew: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot make the socket: %w", err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot close the socket to others: %w", err), ln.Close())
	}

	return ln, nil
}

// auditLog is where the acts of command lines are kept.
type auditLog interface {
	Audit(ctx context.Context, a people.Audit) error
}

// serveSocket serves commands until ctx ends; without a socket it does nothing.
func serveSocket(ctx context.Context, ln net.Listener, clerk *settle.Clerk, log auditLog) error {
	if ln == nil {
		return nil
	}
	srv := &http.Server{Handler: socketRoutes(clerk, log), ReadHeaderTimeout: readTimeout, BaseContext: func(net.Listener) context.Context { return ctx }}

	return serveHTTP(ctx, srv, ln, "serve the socket", srv.Shutdown)
}

// said is an error on the socket.
type said struct {
	Error  string       `json:"error"`
	Busy   bool         `json:"busy,omitempty"`
	Faults *form.Faults `json:"faults,omitempty"`
}

func socketRoutes(clerk *settle.Clerk, log auditLog) http.Handler {
	mux := http.NewServeMux()
	answer := func(f func(*http.Request) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			v, err := f(r)
			w.Header().Set("Content-Type", "application/json")
			if err != nil {
				e := said{Error: err.Error(), Busy: errors.Is(err, settle.ErrBusy)}
				errors.As(err, &e.Faults)
				v = e
				w.WriteHeader(http.StatusConflict)
			}
			_ = printJSON(w, v) // nobody is there any more
		}
	}
	mux.HandleFunc("GET /now", answer(func(r *http.Request) (any, error) {
		heard, err := clerk.Room.Heard(r.Context())

		return map[string]time.Time{"now": clerk.Clock(), "heard": heard}, err
	}))
	mux.HandleFunc("POST /reconcile", answer(func(r *http.Request) (any, error) {
		found, err := clerk.Reconcile(r.Context(), r.FormValue("date"))

		return reportOf(found), err
	}))
	mux.HandleFunc("POST /import", answer(func(r *http.Request) (any, error) {
		q := r.URL.Query()
		in := settle.Incoming{Kind: q.Get("kind"), Part: q.Get("part"), Day: q.Get("date"), Name: q.Get("name"), By: q.Get("by")}
		f, fresh, err := clerk.Bring(r.Context(), in, r.Body)

		return importedOf(f, fresh), err
	}))

	mux.HandleFunc("POST /audit", answer(func(r *http.Request) (any, error) {
		var a people.Audit
		if err := json.NewDecoder(io.LimitReader(r.Body, maxAct)).Decode(&a); err != nil {
			return nil, fmt.Errorf("not an act: %w", err)
		}

		return struct{}{}, log.Audit(r.Context(), a)
	}))

	return mux
}

// errAlone says that no head office serves the data folder.
var errAlone = errors.New("no head office serves commands here")

// ask has the running head office do something; errAlone where there is none.
func (o *options) ask(ctx context.Context, path string, q url.Values, body io.Reader, into any) error {
	c, err := net.DialTimeout("unix", o.socket(), dialTime)
	if err != nil {
		return errAlone
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return c, nil }, DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://officed"+path+"?"+q.Encode(), body)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("cannot ask the running head office: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read to its end, or is of no use
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(into)
	}

	var e said
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
		return fmt.Errorf("the running head office answers %s", resp.Status)
	}
	switch {
	case e.Busy:
		return settle.ErrBusy
	case e.Faults != nil:
		return e.Faults
	}

	return errors.New(e.Error)
}
