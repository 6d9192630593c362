package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/record"
)

// ListLimit bounds the records of one answer of the control socket.
const ListLimit = 1000

// Entry is a record as kioskctl shows it.
type Entry struct {
	Seq     uint64 `json:"seq"`
	Boot    uint32 `json:"boot"`
	Time    string `json:"time"`
	Trust   uint8  `json:"trust"`
	Type    string `json:"type"`
	Txn     string `json:"txn,omitempty"`
	Payload string `json:"payload"`
	Version uint16 `json:"version"`
	Prev    string `json:"prev"` // hash of the record before, so that a reader can follow the chain
}

// EntryOf turns a record into an Entry.
func EntryOf(r record.Record) Entry {
	return Entry{r.Seq, r.Boot, r.Time.Format("2006-01-02T15:04:05.000Z07:00"), uint8(r.Trust), r.Type, r.Txn, string(r.Payload), r.Version, r.Prev.String()}
}

// Verdict is the answer to a verification.
type Verdict struct {
	OK     bool           `json:"ok"`
	Error  string         `json:"error,omitempty"`
	Report journal.Report `json:"report"`
	Money  MoneyReport    `json:"money"`
}

// Routes are a part of the control socket.
type Routes interface{ Add(*http.ServeMux) }

// Socket is where the control socket lies, and what is served there.
type Socket struct {
	Path    string
	Handler http.Handler
	Serve   func(ctx context.Context, ln net.Listener, h http.Handler) error // until ctx ends
	Warn    func(kiosk.Warning)
	Log     *slog.Logger
}

// Waits of a socket that cannot be opened.
const (
	socketRetry     = time.Second
	socketRetryMost = time.Minute
)

// Handler is what kioskctl and the update agent may ask.
func Handler(j *journal.Journal, status func(context.Context) (Status, error), parts []Routes, more ...prometheus.Collector) http.Handler {
	mux := http.NewServeMux()
	AddStatus(mux, status, more...)
	mux.HandleFunc("GET /journal", func(w http.ResponseWriter, r *http.Request) { listJournal(w, r, j) })
	mux.HandleFunc("GET /cards", func(w http.ResponseWriter, r *http.Request) { listKeptCards(w, r, j) })
	mux.HandleFunc("GET /journal/txn/{serial}", func(w http.ResponseWriter, r *http.Request) {
		recs, err := j.Txn(r.PathValue("serial"))
		answerRecords(w, recs, err)
	})

	mux.HandleFunc("GET /journal/verify", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, Verify(r.Context(), j))
	})

	mux.HandleFunc("GET /cash", func(w http.ResponseWriter, r *http.Request) {
		c, err := CashInside(r.Context(), j)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, c)
	})

	for _, p := range parts {
		p.Add(mux)
	}

	return mux
}

// Run serves the socket until ctx ends. While it cannot, the kiosk sells without it,
// says so, and tries again: customers are served all the same.
func (s Socket) Run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; failures++ {
		ln, err := listenControl(s.Path)
		if err == nil {
			s.Warn(kiosk.Warning{Code: kiosk.NoDesk})
			failures = 0
			err = s.Serve(ctx, ln, s.Handler)
		}
		if ctx.Err() != nil {
			return
		}
		s.Log.Error("no control socket; it is tried again", "err", err)
		s.Warn(kiosk.Warning{Code: kiosk.NoDesk, On: true, Detail: err.Error()})
		_ = backoff.Pause(ctx, backoff.Wait(failures, socketRetry, socketRetryMost))
	}
}

// listenControl opens a unix socket of mode 0600. What an earlier run left there goes;
// a folder that is not empty is in the way.
func listenControl(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the control socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot remove the old control socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot protect the control socket: %w", err), ln.Close())
	}
	return ln, nil
}

func listJournal(w http.ResponseWriter, r *http.Request, j *journal.Journal) {
	n := func(key string, otherwise uint64) uint64 {
		v, err := strconv.ParseUint(r.URL.Query().Get(key), 10, 64)
		if err != nil {
			return otherwise
		}
		return v
	}
	limit := min(n("limit", 20), ListLimit)
	head := j.Head().Seq
	from := n("from", head-min(head, limit)+1)
	recs, err := j.Read(max(from, j.First()), int(limit), 8<<20)
	answerRecords(w, recs, err)
}

func answerRecords(w http.ResponseWriter, recs []record.Record, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	out := make([]Entry, len(recs))
	for i, r := range recs {
		out[i] = EntryOf(r)
	}
	writeJSON(w, out)
}
