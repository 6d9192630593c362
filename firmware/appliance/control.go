package appliance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// listLimit bounds the records of one answer of the control socket.
const listLimit = 1000

// Entry is a record as kioskctl shows it.
type Entry struct {
	Seq     uint64 `json:"seq"`
	Boot    uint32 `json:"boot"`
	Time    string `json:"time"`
	Trust   uint8  `json:"trust"`
	Type    string `json:"type"`
	Txn     string `json:"txn,omitempty"`
	Payload string `json:"payload"`
}

// EntryOf turns a record into an Entry.
func EntryOf(r record.Record) Entry {
	return Entry{r.Seq, r.Boot, r.Time.Format("2006-01-02T15:04:05.000Z07:00"), uint8(r.Trust), r.Type, r.Txn, string(r.Payload)}
}

// Verdict is the answer to a verification.
type Verdict struct {
	OK     bool           `json:"ok"`
	Error  string         `json:"error,omitempty"`
	Report journal.Report `json:"report"`
	Money  MoneyReport    `json:"money"`
}

// routes are a part of the control socket.
type routes interface{ add(*http.ServeMux) }

// control serves kioskctl and the update agent on a unix socket of mode 0600.
func control(ctx context.Context, path string, j *journal.Journal, status func(context.Context) (Status, error), parts []routes, more ...prometheus.Collector) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("cannot make the folder of the control socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot remove the old control socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("cannot open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("cannot protect the control socket: %w", err)
	}
	mux := http.NewServeMux()
	Routes(mux, status, more...)
	mux.HandleFunc("GET /journal", func(w http.ResponseWriter, r *http.Request) { listJournal(w, r, j) })
	mux.HandleFunc("GET /journal/txn/{serial}", func(w http.ResponseWriter, r *http.Request) {
		recs, err := j.Txn(r.PathValue("serial"))
		answerRecords(w, recs, err)
	})
	mux.HandleFunc("GET /journal/verify", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, Verify(r.Context(), j))
	})
	for _, p := range parts {
		p.add(mux)
	}
	return serve(ctx, ln, mux)
}

func listJournal(w http.ResponseWriter, r *http.Request, j *journal.Journal) {
	n := func(key string, otherwise uint64) uint64 {
		v, err := strconv.ParseUint(r.URL.Query().Get(key), 10, 64)
		if err != nil {
			return otherwise
		}
		return v
	}
	limit := min(n("limit", 20), listLimit)
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
