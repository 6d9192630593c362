package depot

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"wattkiosk/uplink/office/stored"
)

// Bounds of handing out.
const (
	MaxDownloads  = 64 // answers at the same time
	maxOfKiosk    = 2  // of these, to one kiosk
	stallTimeout  = 2 * time.Minute
	retrySeconds  = "30"
	kioskDigits   = 8
	contentType   = "application/octet-stream"
	refusedText   = "this certificate is not of a kiosk in service"
	busyText      = "too many downloads; try again"
	internalText  = "an internal error; it is in head office's log"
	notFoundText  = "no such bundle"
	noCertificate = "a client certificate is needed"
)

// Prefix is where bundles are: Prefix and the SHA-256 of the file.
const Prefix = "/bundles/"

// Path of a bundle at Handler.
func Path(sha256 string) string { return Prefix + sha256 }

// Handler answers GET and HEAD of Path to kiosks, whole or in ranges (RFC 9110
// section 14); the entity tag is the file's SHA-256. known says whether a certificate
// is that of a kiosk in service; stored.ErrNotFound is a refusal.
func (d *Depot) Handler(known func(ctx context.Context, kiosk string, leaf *x509.Certificate) error, log *slog.Logger) http.Handler {
	h := &handler{depot: d, known: known, log: log, busy: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Prefix+"{sha256}", h.get)
	return mux
}

type handler struct {
	depot *Depot
	known func(ctx context.Context, kiosk string, leaf *x509.Certificate) error
	log   *slog.Logger

	mu   sync.Mutex
	all  int
	busy map[string]int // by kiosk
}

func (h *handler) get(w http.ResponseWriter, r *http.Request) {
	kiosk := kioskOf(r)
	if kiosk == "" {
		http.Error(w, noCertificate, http.StatusForbidden)
		return
	}
	switch err := h.known(r.Context(), kiosk, r.TLS.PeerCertificates[0]); {
	case errors.Is(err, stored.ErrNotFound):
		h.log.Warn("bundle refused to a certificate that is not of a kiosk in service", "kiosk", kiosk)
		http.Error(w, refusedText, http.StatusForbidden)
		return
	case err != nil:
		h.fail(w, kiosk, err)
		return
	}
	if !h.take(kiosk) {
		w.Header().Set("Retry-After", retrySeconds)
		http.Error(w, busyText, http.StatusServiceUnavailable)
		return
	}
	defer h.free(kiosk)
	h.send(w, r, kiosk)
}

func (h *handler) send(w http.ResponseWriter, r *http.Request, kiosk string) {
	sum := r.PathValue("sha256")
	f, err := h.depot.File(sum)
	if errors.Is(err, stored.ErrNotFound) {
		http.Error(w, notFoundText, http.StatusNotFound)
		return
	}
	if err != nil {
		h.fail(w, kiosk, err)
		return
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		h.fail(w, kiosk, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("ETag", `"`+sum+`"`)
	http.ServeContent(&patient{ResponseWriter: w, c: http.NewResponseController(w)}, r, "", info.ModTime(), f)
}

func (h *handler) fail(w http.ResponseWriter, kiosk string, err error) {
	h.log.Error("cannot hand out a bundle", "kiosk", kiosk, "error", err)
	http.Error(w, internalText, http.StatusInternalServerError)
}

func (h *handler) take(kiosk string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all >= MaxDownloads || h.busy[kiosk] >= maxOfKiosk {
		return false
	}
	h.all++
	h.busy[kiosk]++
	return true
}

func (h *handler) free(kiosk string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all--
	if h.busy[kiosk]--; h.busy[kiosk] == 0 {
		delete(h.busy, kiosk)
	}
}

// kioskOf is the kiosk of a verified client certificate, "" if it is not one.
func kioskOf(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	name := r.TLS.PeerCertificates[0].Subject.CommonName
	if len(name) != kioskDigits {
		return ""
	}
	for _, c := range []byte(name) {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return name
}

// patient gives each write its own time, so that a slow line is served and a dead
// one is not.
type patient struct {
	http.ResponseWriter
	c *http.ResponseController
}

// Write implements io.Writer. Servers without deadlines are tests.
func (p *patient) Write(b []byte) (int, error) {
	_ = p.c.SetWriteDeadline(time.Now().Add(stallTimeout))
	return p.ResponseWriter.Write(b)
}
