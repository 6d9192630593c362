package web

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	"wattkiosk/uplink/office/fleet"
)

const (
	maxToken = 128 // bytes
	maxCSR   = 16 << 10
)

// checkCSR says whether b is exactly one certificate request in PEM that its own
// key has signed.
func checkCSR(b []byte) error {
	block, rest := pem.Decode(b)
	if len(b) > maxCSR || block == nil || block.Type != "CERTIFICATE REQUEST" || len(bytes.TrimSpace(rest)) > 0 {
		return fmt.Errorf("csr_pem %w: want one PEM certificate request", errInput)
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return fmt.Errorf("csr_pem %w: %w", errInput, err)
	}
	if err := csr.CheckSignature(); err != nil {
		return fmt.Errorf("csr_pem %w: %w", errInput, err)
	}
	return nil
}

// apiEnrol needs no login: the token is what admits. Tries are limited by address.
func (s *fleetPages) apiEnrol(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Enrol == nil {
		writeError(w, http.StatusNotImplemented, codeNone, "enrolment is not offered by this head office")
		return
	}
	if !s.limits.enrol.take(source(r), s.now()) {
		w.Header().Set("Retry-After", fmt.Sprint(int(enrolRefill.Seconds())))
		writeError(w, http.StatusTooManyRequests, codeBusy, "too many tries; wait a little")
		return
	}
	var in struct {
		Token string `json:"token"`
		CSR   string `json:"csr_pem"`
		Had   *uint8 `json:"incarnation"` // of the journal that the board had
	}
	if !s.body(w, r, &in) {
		return
	}
	if in.Token == "" || len(in.Token) > maxToken {
		writeError(w, http.StatusBadRequest, codeBad, "token not valid")
		return
	}
	if in.Had != nil && *in.Had > fleet.MaxIncarnation {
		writeError(w, http.StatusBadRequest, codeBad, "incarnation not valid")
		return
	}
	if err := checkCSR([]byte(in.CSR)); err != nil {
		s.fail(w, r, err)
		return
	}
	e, err := s.cfg.Enrol(r.Context(), fleet.Claim{Token: in.Token, Had: in.Had}, []byte(in.CSR))
	switch {
	case errors.Is(err, fleet.ErrToken):
		s.cfg.Log.Warn("enrolment refused", "from", address(r))
		writeError(w, http.StatusForbidden, codeToken, "token unknown, used or expired")
	case errors.Is(err, fleet.ErrIncarnation) || errors.Is(err, fleet.ErrTwin):
		s.cfg.Log.Warn("enrolment refused", "from", address(r), "error", err)
		writeError(w, http.StatusConflict, codeConflict, err.Error())
	case err != nil:
		s.fail(w, r, err)
	default:
		s.enrolled(r, e)
		writeJSON(w, http.StatusOK, e)
	}
}

// enrolled audits an enrolment. It has happened, so a failure is only logged: the
// kiosk must get its certificate.
func (s *fleetPages) enrolled(r *http.Request, e Enrolment) {
	s.limits.enrol.clear(address(r))
	if err := s.audit(r.Context(), "kiosk "+e.Kiosk, "enrol", e.Kiosk, "from "+address(r)); err != nil {
		s.cfg.Log.Error("enrolment not audited", "kiosk", e.Kiosk, "error", err)
	}
}
