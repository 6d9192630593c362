package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/depot"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/export"
	"wattkiosk/uplink/office/stored"
)

// Codes of errors; they are stable, the messages are for people.
const (
	codeBad       = "bad-request"
	codeTooLarge  = "too-large"
	codeLogin     = "not-logged-in"
	codePassword  = "login-refused"
	codeForbidden = "forbidden"
	codeOrigin    = "cross-origin"
	codeMethod    = "method-not-allowed"
	codeNotFound  = "not-found"
	codeConflict  = "conflict"
	codeToken     = "token-refused"
	codeBusy      = "too-many-requests"
	codeNone      = "not-offered"
	codeBundle    = "bundle-refused"
	codeFile      = "file-refused"
	codeTwo       = "two-people"
	codeFactor    = "second-factor"
	codePending   = "pending"
	codeExpired   = "expired"

	codePaidOut     = "paid-out"
	codeAnotherPlan = "another-plan"

	codeKioskKey = "kiosk-key"
	codeSigner   = "signer-away"
	codeInternal = "internal"
)

type apiError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	var e apiError
	e.Error.Code, e.Error.Message = code, message
	writeJSON(w, status, e)
}

// writeJSON writes v; a client that has gone is nobody's error.
func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, `{"error":{"code":"internal","message":"cannot encode"}}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// verdict is how an error of the books or of Postings is told.
func verdict(err error) (status int, code, message string) {
	var had books.PaidOutError
	if errors.As(err, &had) {
		return http.StatusConflict, codePaidOut, had.Error()
	}
	for _, v := range planVerdicts {
		if errors.Is(err, v.err) {
			return v.status, v.code, v.err.Error()
		}
	}

	switch {
	case errors.Is(err, identity.ErrService):
		return http.StatusConflict, codeConflict, err.Error()
	case errors.Is(err, stored.ErrNotFound):
		return http.StatusNotFound, codeNotFound, "not found"
	case errors.Is(err, rollout.ErrTwoPeople):
		return http.StatusForbidden, codeTwo, rollout.ErrTwoPeople.Error()
	case errors.Is(err, books.ErrTwoPeople):
		return http.StatusForbidden, codeTwo, books.ErrTwoPeople.Error()
	case errors.Is(err, bank.ErrNoBatch):
		return http.StatusConflict, codeConflict, bank.ErrNoBatch.Error()
	case errors.Is(err, bank.ErrAct):
		return http.StatusConflict, codeConflict, bank.ErrAct.Error()
	case errors.Is(err, acquiring.ErrAct), errors.Is(err, acquiring.ErrBooked):
		return http.StatusConflict, codeConflict, "not possible now: it has changed, or is at its end"
	case errors.Is(err, depot.ErrBundle):
		return http.StatusBadRequest, codeBundle, err.Error()
	case errors.Is(err, rollout.ErrSpec), errors.Is(err, books.ErrUnknown), errors.Is(err, books.ErrCase), errors.Is(err, books.ErrTaker), errors.Is(err, fleet.ErrPlace), errors.Is(err, counterfeit.ErrInput), errors.Is(err, counterfeit.ErrPicture):
		return http.StatusBadRequest, codeBad, err.Error()
	case errors.Is(err, cash.ErrInput), errors.Is(err, settle.ErrCashRule), errors.Is(err, settle.ErrEscalation):
		return http.StatusBadRequest, codeBad, err.Error()
	case errors.Is(err, cash.ErrNotPossible): // it names the collection or the remittance, and how it stands
		return http.StatusConflict, codeConflict, err.Error()
	case errors.Is(err, stored.ErrStale), errors.Is(err, books.ErrConflict), errors.Is(err, posting.ErrAction), errors.Is(err, rollout.ErrAct), errors.Is(err, approval.ErrNotPossible), errors.Is(err, counterfeit.ErrNotPossible):
		return http.StatusConflict, codeConflict, "not possible now: it has changed, or is at its end"
	case errors.Is(err, counterfeit.ErrClaimed), errors.Is(err, cash.ErrForged):
		return http.StatusConflict, codeConflict, err.Error()
	case errors.Is(err, errSign):
		return http.StatusForbidden, codePassword, errSign.Error()
	case errors.Is(err, errFactor), errors.Is(err, errEnrol), errors.Is(err, people.ErrCode):
		return http.StatusForbidden, codeFactor, err.Error()
	case errors.Is(err, errRole), errors.Is(err, errBlind):
		return http.StatusForbidden, codeForbidden, err.Error()
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests, codeBusy, "too many tries; wait a little"
	case errors.Is(err, settle.ErrDate):
		return http.StatusBadRequest, codeBad, settle.ErrDate.Error()
	case errors.Is(err, settle.ErrKind), errors.Is(err, settle.ErrPart), errors.Is(err, settle.ErrNoPart):
		return http.StatusBadRequest, codeBad, err.Error()
	case settleRefused(err):
		return http.StatusConflict, codeConflict, err.Error()
	case errors.Is(err, export.ErrFit):
		return http.StatusConflict, codeConflict, export.ErrFit.Error()
	case errors.Is(err, ErrSigner):
		return http.StatusServiceUnavailable, codeSigner, ErrSigner.Error()
	case errors.Is(err, ErrKioskKey):
		return http.StatusConflict, codeKioskKey, ErrKioskKey.Error()
	case errors.Is(err, errBusyUploads), errors.Is(err, errBringing), errors.Is(err, errBusyExports), errors.Is(err, errCodes):
		return http.StatusTooManyRequests, codeBusy, err.Error()
	case errors.Is(err, errNotOffered):
		return http.StatusNotImplemented, codeNone, "not offered by this head office"
	case errors.Is(err, errInput):
		return http.StatusBadRequest, codeBad, err.Error()
	}
	return http.StatusInternalServerError, codeInternal, "an internal error; it is in the log"
}

// settleRefused reports whether a date is not in a state for what was asked.
func settleRefused(err error) bool {
	return slices.ContainsFunc([]error{
		settle.ErrSigned, settle.ErrIncomplete, settle.ErrUnhandled, settle.ErrBefore, settle.ErrAltered, settle.ErrDue, settle.ErrBusy, settle.ErrLost, settle.ErrLater, settle.ErrCashOwed, settle.ErrManyRules, settle.ErrNotOwed, settle.ErrEarly, settle.ErrFirst,
	}, func(no error) bool { return errors.Is(err, no) })
}

// fail tells err to a program, and logs what is head office's fault.
func (s *hall) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, code, message := verdict(err)
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		s.cfg.Log.Error("request failed", "path", r.URL.Path, "error", err)
	}
	writeError(w, status, code, message)
}
