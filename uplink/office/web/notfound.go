package web

import (
	"context"
	"net/http"
)

// nowhere says that an address has no page: in the frame, to whoever is logged in.
func (s *hall) nowhere(w http.ResponseWriter, r *http.Request, status int) {
	if u, ok, err := s.who(r.Context()); ok && err == nil {
		r = r.WithContext(context.WithValue(r.Context(), personKey{}, u))
	}
	s.show(w, r, status, "error", page{Title: language(r).t("error.page")}, "error.page")
}
