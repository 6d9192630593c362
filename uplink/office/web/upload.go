package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/depot"
	"wattkiosk/uplink/office/rollout"
)

const (
	maxUploads    = 2 // at the same time
	uploadStall   = time.Minute
	formOverhead  = 64 << 10 // bytes around the file in a form
	bundleField   = "bundle"
	bundleContent = "application/octet-stream"
)

var errBusyUploads = errors.New("other bundles are coming in; try again in a minute")

// largest is how many bytes the body of a route may have.
func (rt route) largest() int64 {
	if rt.method == http.MethodPost && (rt.path == api+"/bundles" || rt.path == "/bundles") {
		return depot.MaxBundle + formOverhead
	}
	if rt.method == http.MethodPost && (rt.path == api+"/counterfeits/{id}"+photoSuffix || rt.path == "/counterfeits/{id}/{act}") {
		return counterfeit.MaxPhoto + formOverhead
	}
	if n := largestFile(rt.path); rt.method == http.MethodPost && n > 0 {
		return n
	}
	return MaxBody
}

// take puts what comes in into the depot and the books. The connection may take
// as long as it moves.
func (s *rolloutPages) take(ctx context.Context, w http.ResponseWriter, body io.Reader) (rollout.StoredBundle, error) {
	if s.cfg.Depot == nil {
		return rollout.StoredBundle{}, fmt.Errorf("upload: %w", errNotOffered)
	}
	b, err := s.cfg.Depot.Put(newMoving(body, w))
	if err != nil {
		return rollout.StoredBundle{}, err
	}
	return s.cfg.Store.AddBundle(ctx, b, person(ctx).Name, s.now())
}

// place reports whether one more bundle may come in; done gives the place back.
func (s *rolloutPages) place() (done func(), ok bool) {
	select {
	case s.uploads <- struct{}{}:
		return func() { <-s.uploads }, true
	default:
		return nil, false
	}
}

// A file may take as long as it moves: each read has its own time, and after the first minute
// all of it came at slowest or better. Who sends a byte a minute would keep a place for ever.
const slowest = 4 << 10 // bytes a second

var errSlow = fmt.Errorf("file %w: it came too slowly, and nothing of it was taken in", errInput)

// moving is a body that has to move. Servers without deadlines are tests.
type moving struct {
	r     io.Reader
	c     *http.ResponseController
	began time.Time
	got   int64
}

func newMoving(r io.Reader, w http.ResponseWriter) *moving {
	return &moving{r: r, c: http.NewResponseController(w), began: time.Now()}
}

// Read implements io.Reader.
func (m *moving) Read(b []byte) (int, error) {
	_ = m.c.SetReadDeadline(time.Now().Add(uploadStall))
	n, err := m.r.Read(b)
	m.got += int64(n)
	if took := time.Since(m.began); took > uploadStall && m.got < int64(took.Seconds())*slowest && err == nil {
		return n, errSlow
	}

	return n, err
}

func (s *rolloutPages) apiUpload(w http.ResponseWriter, r *http.Request) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != bundleContent {
		writeError(w, http.StatusUnsupportedMediaType, codeBad, "Content-Type must be "+bundleContent)
		return
	}
	done, ok := s.place()
	if !ok {
		s.fail(w, r, errBusyUploads)
		return
	}
	defer done()
	b, err := s.take(r.Context(), w, r.Body)
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		writeError(w, http.StatusRequestEntityTooLarge, codeTooLarge, fmt.Sprintf("bundle over %d bytes", int64(depot.MaxBundle)))
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, b)
}

// uploadForm takes a bundle out of a form, without a copy in memory or elsewhere.
func (s *rolloutPages) uploadForm(w http.ResponseWriter, r *http.Request) {
	done, ok := s.place()
	if !ok {
		s.failPage(w, r, errBusyUploads)
		return
	}
	defer done()
	parts, err := r.MultipartReader()
	if err != nil {
		s.errorPage(w, r, http.StatusBadRequest)
		return
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != bundleField {
		s.errorPage(w, r, http.StatusBadRequest)
		return
	}
	b, err := s.take(r.Context(), w, part)
	if err != nil {
		s.refusePage(w, r, err, "/rollouts")
		return
	}
	http.Redirect(w, r, withNote("/rollouts/new?bundle="+b.SHA256, "uploaded"), http.StatusSeeOther)
}
