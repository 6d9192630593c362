package web

import (
	"context"
	"net/http"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/identity"
)

// identityView is who a kiosk is, as programs get it; times are Unix ms, 0 for not known.
type identityView struct {
	Kiosk     string `json:"kiosk"`
	Service   string `json:"service"`
	Key       string `json:"key"`      // fingerprint of the newest key; empty is not known
	Ends      int64  `json:"ends"`     // of its certificate
	Next      string `json:"next_key"` // certified, and not proven yet; empty for none
	Due       bool   `json:"renewal_due"`
	By        string `json:"changed_by"`
	Reason    string `json:"reason"`
	ChangedAt int64  `json:"changed_at"`
}

func (s *fleetPages) viewIdentity(i identity.Identity) identityView {
	return identityView{
		i.Kiosk, string(i.Service), identity.Fingerprint(i.Key), i.Ends, identity.Fingerprint(i.Next), i.Due(s.now()), i.By, i.Reason, i.ChangedAt,
	}
}

func (s *fleetPages) apiIdentity(w http.ResponseWriter, r *http.Request) {
	i, err := s.cfg.Store.Identities.Identity(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, s.viewIdentity(i))
}

// suspend takes a kiosk out of service as the person who is logged in.
func (s *fleetPages) suspend(ctx context.Context, kiosk, why string) (identity.Identity, error) {
	reason, err := checkReason("reason", why)
	if err != nil {
		return identity.Identity{}, err
	}

	return s.cfg.Store.Identities.Suspend(ctx, kiosk, person(ctx).Name, reason, s.now())
}

// apiSuspend takes a kiosk out of service at once: an emergency brake needs no second person.
func (s *fleetPages) apiSuspend(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	i, err := s.suspend(r.Context(), r.PathValue("id"), in.Reason)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, s.viewIdentity(i))
}

// apiService proposes what two people do to a kiosk's service.
func (s *fleetPages) apiService(k approval.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Reason string `json:"reason"`
		}
		if !s.body(w, r, &in) {
			return
		}
		p, err := s.propose(r.Context(), k, r.PathValue("id"), in.Reason)
		s.answerPlan(w, r, http.StatusAccepted, p, err)
	}
}
