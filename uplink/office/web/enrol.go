package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/fleet"
)

// ErrRequest says that a certificate request is not for the kiosk of its token.
var ErrRequest = errors.New("the certificate request is for another kiosk than the token")

// checkCSR says whether b is a certificate request of a kiosk that its own key has signed.
func checkCSR(b string) error {
	if _, err := ca.RequestName([]byte(b)); err != nil {
		return fmt.Errorf("csr_pem %w: %w", errInput, err)
	}

	return nil
}

// signerBack is when a board is told to try again after it met no signer.
const signerBack = 30 * time.Second

// mayEnrol counts a try of an address, and answers where one more is too many, or enrolment
// is not offered. No login is needed: the token is what admits.
func (s *fleetPages) mayEnrol(w http.ResponseWriter, r *http.Request) bool {
	if s.cfg.Enrol == nil {
		writeError(w, http.StatusNotImplemented, codeNone, "enrolment is not offered by this head office")
		return false
	}
	if !s.limits.enrol.take(source(r), s.now()) {
		w.Header().Set("Retry-After", fmt.Sprint(int(enrolRefill.Seconds())))
		writeError(w, http.StatusTooManyRequests, codeBusy, "too many tries; wait a little")
		return false
	}

	return true
}

// apiEnrolBoth enrols a board in the form in which both sides prove themselves by the token
// (package enrolment).
func (s *fleetPages) apiEnrolBoth(w http.ResponseWriter, r *http.Request) {
	var q enrolment.Request
	if !s.body(w, r, &q) || !s.mayEnrol(w, r) {
		return
	}
	if !enrolment.IsID(q.ID) {
		writeError(w, http.StatusBadRequest, codeBad, "id not valid")
		return
	}
	if err := checkCSR(q.CSR); err != nil {
		s.fail(w, r, err)
		return
	}
	hash, err := s.cfg.Store.TokenHash(r.Context(), q.ID)
	if err != nil {
		s.enrolRefused(w, r, err)
		return
	}
	token, err := q.Token(hash)
	if err != nil {
		s.enrolRefused(w, r, fmt.Errorf("%w: %w", fleet.ErrToken, err))
		return
	}
	s.enrol(w, r, fleet.Claim{Token: token, Had: q.Incarnation}, q.CSR, func(e Enrolment) (any, error) {
		b, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}

		return q.Answer(hash, b)
	})
}

// apiEnrol enrols a board in the older form, which has the token in it: over TLS, or on this
// machine.
func (s *fleetPages) apiEnrol(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil && !httpgate.ViaProxy(r) && !httpgate.Local(address(r)) {
		writeError(w, http.StatusForbidden, codeForbidden, "a token is taken over https only; a newer kioskctl keeps it to itself")
		return
	}
	var in struct {
		Token string `json:"token"`
		CSR   string `json:"csr_pem"`
		Had   *uint8 `json:"incarnation"` // of the journal that the board had
	}
	if !s.body(w, r, &in) || !s.mayEnrol(w, r) {
		return
	}
	if in.Token == "" || len(in.Token) > enrolment.MaxToken {
		writeError(w, http.StatusBadRequest, codeBad, "token not valid")
		return
	}
	if err := checkCSR(in.CSR); err != nil {
		s.fail(w, r, err)
		return
	}
	s.enrol(w, r, fleet.Claim{Token: in.Token, Had: in.Had}, in.CSR, func(e Enrolment) (any, error) { return e, nil })
}

// enrol spends a token, and answers with what seal makes of the enrolment.
func (s *fleetPages) enrol(w http.ResponseWriter, r *http.Request, c fleet.Claim, csr string, seal func(Enrolment) (any, error)) {
	if c.Had != nil && *c.Had > fleet.MaxIncarnation {
		writeError(w, http.StatusBadRequest, codeBad, "incarnation not valid")
		return
	}
	e, err := s.cfg.Enrol(r.Context(), c, []byte(csr))
	if err != nil {
		s.enrolRefused(w, r, err)
		return
	}
	s.enrolled(r, e)
	v, err := seal(e)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

func (s *fleetPages) enrolRefused(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, fleet.ErrToken):
		s.cfg.Log.Warn("enrolment refused", "from", address(r))
		writeError(w, http.StatusForbidden, codeToken, "token unknown, used or expired")
	case errors.Is(err, ErrRequest):
		s.cfg.Log.Warn("enrolment refused", "from", address(r), "error", err)
		writeError(w, http.StatusBadRequest, codeBad, err.Error())
	case errors.Is(err, ErrSigner):
		s.cfg.Log.Error("an enrolment waits for the signer", "from", address(r), "error", err)
		w.Header().Set("Retry-After", fmt.Sprint(int(signerBack.Seconds())))
		writeError(w, http.StatusServiceUnavailable, codeSigner, "head office cannot sign a certificate now; the token is not spent: try again in a little")
	case errors.Is(err, fleet.ErrIncarnation) || errors.Is(err, fleet.ErrTwin):
		s.cfg.Log.Warn("enrolment refused", "from", address(r), "error", err)
		writeError(w, http.StatusConflict, codeConflict, err.Error())
	default:
		s.fail(w, r, err)
	}
}

// enrolled audits an enrolment. It has happened, so a failure is only logged: the
// kiosk must get its certificate.
func (s *fleetPages) enrolled(r *http.Request, e Enrolment) {
	s.limits.enrol.clear(source(r))
	if err := s.audit(r.Context(), "kiosk "+e.Kiosk, "enrol", e.Kiosk, "from "+address(r)); err != nil {
		s.cfg.Log.Error("enrolment not audited", "kiosk", e.Kiosk, "error", err)
	}
}
