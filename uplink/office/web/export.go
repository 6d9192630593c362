package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle/export"
)

// maxExports is how many files are made at a time: each reads a whole date.
const maxExports = 2

var errBusyExports = errors.New("other exports are being made; try again in a minute")

// exportPages hand out the payments of a date as a file.
type exportPages struct {
	*hall
	places chan struct{} // for exports at the same time
}

func newExportPages(h *hall) *exportPages { return &exportPages{h, make(chan struct{}, maxExports)} }

func (s *exportPages) routes() []route {
	return []route{{"GET", api + "/dates/{date}/export", people.Read, false, s.apiExport}}
}

// apiExport answers with ?form= of the payments of a date. The file is made before the first
// byte goes out, so that what arrives with 200 is whole.
func (s *exportPages) apiExport(w http.ResponseWriter, r *http.Request) {
	date, err := time.Parse(time.DateOnly, r.PathValue("date"))
	if err != nil {
		s.fail(w, r, fmt.Errorf("date %w: want YYYY-MM-DD", errInput))
		return
	}
	form, err := export.Parse(r.URL.Query().Get("form"))
	if err != nil {
		s.fail(w, r, fmt.Errorf("form %w: want 104, csv or xlsx", errInput))
		return
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		s.fail(w, r, errBusyExports)
		return
	}

	day := date.Format("20060102")
	f, err := durable.Begin(os.TempDir())
	if err != nil {
		s.fail(w, r, fmt.Errorf("cannot export: %w", err))
		return
	}
	defer f.Discard()
	to := &counted{to: f}
	if err := s.cfg.Store.Export.Write(r.Context(), form, day, to); err != nil {
		s.fail(w, r, s.refused(r.Context(), "export payments", day, fmt.Errorf("cannot export: %w", err)))
		return
	}
	if err := s.audit(r.Context(), person(r.Context()).Name, "export payments", day, string(form)); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", form.Type())
	w.Header().Set("Content-Length", strconv.FormatInt(to.size, 10))
	w.Header().Set("Content-Disposition", `attachment; filename="`+form.FileName(day)+`"`)
	_, _ = io.Copy(w, io.NewSectionReader(f, 0, to.size)) // a client that has gone is nobody's error
}

// counted counts what is written.
type counted struct {
	to   io.Writer
	size int64
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.size += int64(n)

	return n, err
}
