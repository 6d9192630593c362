package web

import (
	"context"
	"net/http"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
)

// rolloutView is a rollout in a list.
type rolloutView struct {
	rollout.Rollout
	Counts map[string]int64 `json:"counts"` // targets by how far they are
}

func (s *rolloutPages) rollouts(ctx context.Context, limit int) ([]rolloutView, error) {
	rs, err := s.cfg.Store.Rollouts(ctx, limit)
	if err != nil {
		return nil, err
	}
	counts, err := s.cfg.Store.RolloutCounts(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]rolloutView, len(rs))
	for i, r := range rs {
		if out[i] = (rolloutView{r, counts[r.ID]}); out[i].Counts == nil {
			out[i].Counts = map[string]int64{}
		}
	}
	return out, nil
}

// actRollout does what a person orders. The books audit it with it; a refusal is
// audited here.
func (s *rolloutPages) actRollout(ctx context.Context, id string, act rollout.Act, reason string) (rollout.Rollout, error) {
	reason, err := checkReason("reason", reason)
	if err != nil {
		return rollout.Rollout{}, err
	}
	user := person(ctx).Name
	r, err := s.cfg.Store.OrderRollout(ctx, id, act, user, reason, s.now())
	if err != nil {
		return r, s.refused(ctx, string(act)+" rollout", id, err)
	}
	s.cfg.Rollouts()
	return r, nil
}

func (s *rolloutPages) apiRollouts(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows, err := s.rollouts(r.Context(), f.Limit)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"rollouts": some(rows)})
}

func (s *rolloutPages) apiRollout(w http.ResponseWriter, r *http.Request) {
	x, err := s.cfg.Store.Rollout(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, x.Report(s.now()))
}

// apiCreateRollout makes a draft; what the body leaves out is as in
// rollout.Defaults.
func (s *rolloutPages) apiCreateRollout(w http.ResponseWriter, r *http.Request) {
	spec := rollout.Defaults()
	waves := spec.Waves
	spec.Waves = nil // decoding would keep fields of the default ones
	if !s.body(w, r, &spec) {
		return
	}
	if spec.Waves == nil {
		spec.Waves = waves
	}
	x, err := s.cfg.Store.CreateRollout(r.Context(), spec, person(r.Context()).Name, s.now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, x.Report(s.now()))
}

func (s *rolloutPages) apiRolloutAct(act rollout.Act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Reason string `json:"reason"`
		}
		if !s.body(w, r, &in) {
			return
		}
		x, err := s.actRollout(r.Context(), r.PathValue("id"), act, in.Reason)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, x.Report(s.now()))
	}
}

func (s *rolloutPages) apiBundles(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Bundles(r.Context(), stored.MaxList)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"bundles": some(rows)})
}

func (s *rolloutPages) apiGroups(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Groups(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"groups": some(rows)})
}

func (s *rolloutPages) apiSetGroup(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Kiosks []string `json:"kiosks"`
	}
	if !s.body(w, r, &in) {
		return
	}
	name := r.PathValue("name")
	if err := s.cfg.Store.SetGroup(r.Context(), name, in.Kiosks, person(r.Context()).Name, s.now()); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, rollout.Group{Name: name, Kiosks: some(in.Kiosks)})
}
