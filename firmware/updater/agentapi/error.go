package agentapi

import "net/http"

// ErrorCode says why a request was not done; it is stable.
type ErrorCode string

// The codes of the socket.
const (
	CodeBadRequest   ErrorCode = "bad-request"   // not JSON, too long, or a value out of bounds
	CodeSignature    ErrorCode = "signature"     // the job is not signed by head office's key
	CodeNoKey        ErrorCode = "no-key"        // this kiosk has no key of head office: it is not enrolled
	CodeWrongKiosk   ErrorCode = "wrong-kiosk"   // the job is for another kiosk
	CodeOlder        ErrorCode = "older"         // a job that was issued later is known
	CodeArmed        ErrorCode = "armed"         // the job before is about to be tried, or is on trial
	CodeNoStick      ErrorCode = "no-stick"      // no such stick is plugged in
	CodeNotOffered   ErrorCode = "not-offered"   // the stick offers no such file, or refuses it
	CodeBusy         ErrorCode = "busy"          // the stick is being read or written, or too many requests
	CodeNotLoggedIn  ErrorCode = "not-logged-in" // who asks has not seen a technician's login
	CodeNotSupported ErrorCode = "not-supported" // this board has no such part
	CodeInternal     ErrorCode = "internal"
)

// Error is what the agent answers instead of its state.
type Error struct {
	Code    ErrorCode `json:"code"`
	Message string    `json:"message"`
}

// Error is a sentence for people.
func (e *Error) Error() string { return e.Message }

// answer is the JSON of an error.
type answer struct {
	Error *Error `json:"error"`
}

func (c ErrorCode) status() int {
	switch c {
	case CodeBadRequest, CodeSignature, CodeNoKey, CodeWrongKiosk:
		return http.StatusUnprocessableEntity
	case CodeNotLoggedIn:
		return http.StatusForbidden
	case CodeOlder, CodeArmed, CodeNotOffered:
		return http.StatusConflict
	case CodeNoStick, CodeNotSupported:
		return http.StatusNotFound
	case CodeBusy:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
