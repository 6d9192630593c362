package screen

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"wattkiosk/firmware/page"
)

// intent applies one touch: 200 with the new state, 409 with the present state
// if the touch is stale, 413, 415, or 422 with an error. A client that accepts
// text/html is answered with the fragment in place of the state.
func (s *Server) intent(w http.ResponseWriter, r *http.Request) {
	in, err := readIntent(w, r)
	if err != nil {
		s.refuse(w, err)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	v, err := s.kiosk.Touch(ctx, in)
	if err == nil {
		s.show(w, r, http.StatusOK, v)
		return
	}

	no, refused := errors.AsType[*page.Refused](err)
	switch {
	case !refused:
		s.unavailable(w, err)
	case !no.Stale:
		writeError(w, http.StatusUnprocessableEntity, no.Code, no.Message)
	default:
		if v, ok := s.view(w, r); ok {
			s.show(w, r, http.StatusConflict, v)
		}
	}
}

func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, v page.View) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		writeJSON(w, status, contractual(v))
		return
	}
	html, err := s.pages.fragment(v, s.now())
	if err != nil {
		s.broken(w, err)
		return
	}
	writeHTML(w, status, html)
}

func (s *Server) refuse(w http.ResponseWriter, err error) {
	if bad, ok := errors.AsType[*badIntent](err); ok {
		writeError(w, bad.status, bad.code, bad.message)
		return
	}
	s.log.Info("cannot read an intent", "err", err)
	writeError(w, http.StatusBadRequest, "unreadable", "the request could not be read")
}

func readIntent(w http.ResponseWriter, r *http.Request) (page.Intent, error) {
	decode, err := decoderFor(r.Header.Get("Content-Type"))
	if err != nil {
		return page.Intent{}, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return page.Intent{}, &badIntent{http.StatusRequestEntityTooLarge, "too-large", "an intent has at most 4096 bytes"}
	}
	if err != nil {
		return page.Intent{}, err
	}
	return decode(body)
}
