package acquirer

import "errors"

// Errors that a caller may want to tell apart. The result beside each of them is
// unknown, but for ErrRequest: nothing left, so nothing was done.
var (
	ErrRequest = errors.New("request cannot be sent")
	ErrSilence = errors.New("no answer")

	// ErrCertificate says that who answers has not proven to be the acquirer: nothing was
	// sent there.
	ErrCertificate = errors.New("the acquirer's certificate is wrong, and nothing was sent")

	ErrAnswer    = errors.New("answer cannot be used")
	ErrSignature = errors.New("signature does not verify")
	ErrMisfit    = errors.New("answer speaks of another payment")

	// ErrClock says that our clock and the acquirer's differ by more than ClockLimit:
	// each refuses what the other signs, so no payment at all goes through until the
	// clock of head office is right again.
	ErrClock = errors.New("clocks differ by more than 5 minutes")
)
