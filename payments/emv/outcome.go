package emv

import (
	"errors"
	"fmt"
	"log/slog"
)

// Ending is how a payment with a chip ended; see the table of the package.
type Ending int

// The endings.
const (
	// Approved: by the bank, and then by the card's TC. The only one that pays.
	Approved Ending = iota + 1
	// Refused: by the bank.
	Refused
	// Unreached: the bank was asked and not heard. Whether it booked is not known.
	Unreached
	// CardDeclined: the bank approved, the card did not: Reverse is set.
	CardDeclined
	// DeclinedOffline: by the card or by the terminal's codes, before the bank was
	// asked.
	DeclinedOffline
	// Expired: declined before the bank was asked, because of the card's dates.
	Expired
	// ApplicationBlocked: every application that could be used is blocked.
	ApplicationBlocked
	// CardBlocked: the card as a whole is.
	CardBlocked
	// NoApplication: the card has none that the terminal takes.
	NoApplication
	// NotEMV: the card knows no selection by name; a meter card, for one.
	NotEMV
	// Pulled: the card was pulled out, or lost its power.
	Pulled
	// BadCard: an answer was malformed, or a status word not the one expected.
	BadCard
	// Cancelled: by the owner, before the bank was asked.
	Cancelled
)

// String names the ending.
func (e Ending) String() string {
	names := [...]string{
		"", "approved", "refused", "unreached", "card-declined", "declined-offline", "expired", "application-blocked",
		"card-blocked", "no-application", "not-emv", "pulled", "bad-card", "cancelled",
	}
	if e < 1 || int(e) >= len(names) {
		return "none"
	}

	return names[e]
}

// Outcome is how it ended. It holds no secret.
type Outcome struct {
	Ending Ending
	// Reverse: the bank approved and the payment did not come about all the same. The
	// owner must reverse it.
	Reverse bool
	// ChipFailed: the chip did not work before it gave a cryptogram. It counts for the
	// rule by which a stripe may be read in its place (Stripe.Usable).
	ChipFailed bool
	// Scripts: the bank sent scripts; their results are in Field55Scripts.
	Scripts bool
	// Err says what was wrong, by data object and status word, without values. Nil
	// for Approved, Refused and Cancelled.
	Err error
}

// Why a card was bad or a payment declined; Outcome.Err wraps one of these.
var (
	// ErrStatus: the card answered with a status word that is not the expected one.
	ErrStatus = errors.New("unexpected status word")
	// ErrMalformed: the answer cannot be read.
	ErrMalformed = errors.New("malformed answer")
	// ErrMissing: a data object that every card must have is not there.
	ErrMissing = errors.New("data object is missing")
	// ErrBounds: the card exceeds a limit.
	ErrBounds = errors.New("card exceeds a limit")
	// ErrSilent: the card gave no answer.
	ErrSilent = errors.New("card gave no answer")
	// ErrPulled: the card was pulled out.
	ErrPulled = errors.New("card was pulled out")
	// ErrRestricted: a denial code of terminal or card is met.
	ErrRestricted = errors.New("a denial code is met")
	// ErrCardDeclined: the card gave an AAC.
	ErrCardDeclined = errors.New("card declined")
	// ErrNotAsked: the card gave a TC that it was not asked for.
	ErrNotAsked = errors.New("card approved unasked")
	// ErrBlocked: blocked by its issuer.
	ErrBlocked = errors.New("blocked")
	// ErrUnknown: no application that the terminal knows.
	ErrUnknown = errors.New("no common application")
)

// malformed says what was malformed.
func malformed(err error) error { return fmt.Errorf("%w: %w", ErrMalformed, err) }

// LogValue lets an outcome stand in a log by its names.
func (o Outcome) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("ending", o.Ending.String()), slog.Bool("reverse", o.Reverse), slog.Bool("chip_failed", o.ChipFailed)}
	if o.Err != nil {
		attrs = append(attrs, slog.String("error", o.Err.Error()))
	}

	return slog.GroupValue(attrs...)
}
