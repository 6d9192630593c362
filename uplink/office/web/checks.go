package web

import (
	"net/http"

	"wattkiosk/uplink/office/books"
)

// forkView is a journal that is written twice: its two sides.
type forkView struct {
	Kiosk   string     `json:"kiosk"`
	Journal books.Side `json:"journal"`
	Branch  books.Side `json:"branch"`
}

// apiForks are the journals that are written twice, and about which nobody has decided.
func (s *fleetPages) apiForks(w http.ResponseWriter, r *http.Request) {
	forks, err := s.cfg.Store.Forks(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]forkView, len(forks))
	for i, f := range forks {
		views[i] = forkView(f)
	}
	writeJSON(w, http.StatusOK, map[string]any{"forks": views})
}

// boundsView is what was set for a kiosk, or for the fleet.
type boundsView struct {
	Kiosk     string `json:"kiosk"`
	Bounds    string `json:"bounds"`
	UpdatedAt int64  `json:"updated_at"`
}

// apiBounds is what head office believes of kiosks, as far as it was set, and of all others.
func (s *fleetPages) apiBounds(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.BoundsSet(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]boundsView, len(rows))
	for i, b := range rows {
		views[i] = boundsView{b.Kiosk, b.Bounds.String(), b.UpdatedAt}
	}
	writeJSON(w, http.StatusOK, map[string]any{"default": books.DefaultBounds().String(), "bounds": views})
}
