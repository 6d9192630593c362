package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrScript is wrapped by what Check finds: no terminal could carry this out.
var ErrScript = errors.New("not a card script")

// Why a script is not for this stay of a card. Each is wrapped with what was found.
var (
	ErrOtherTxn     = errors.New("script is for another transaction")
	ErrOtherCard    = errors.New("script is for another card")
	ErrOtherSession = errors.New("script is for another session")
	ErrOtherRound   = errors.New("script is for a later round")
	ErrReplayed     = errors.New("script is of a round that was carried out")
	ErrExpired      = errors.New("script has expired")
	ErrTooLong      = errors.New("script is valid for too long")
)

// MaxLife is how long a script may be valid; head office gives 30 s. MaxSkew is what its
// clock and the terminal's may differ by: what was sold and paid for is not kept from the
// card because a clock is wrong by a minute. An old script is caught by its session and
// its round before that.
const (
	MaxLife = time.Minute
	MaxSkew = 5 * time.Minute
)

const (
	maxTxn      = 32
	maxCard     = 16
	sessionSize = 32
	maxRead     = 256
	maxCode     = 8
)

const (
	decimal = "0123456789"
	upper   = decimal + "ABCDEF"
	hexa    = upper + "abcdef"
)

// Check reports a script that cannot be carried out by anybody: see the package comment
// for the forms. It says nothing of whom it is for, or of what it may touch.
func (s Script) Check() error {
	switch {
	case s.V != Version:
		return fmt.Errorf("%w: v %d, want %d", ErrScript, s.V, Version)
	case s.Round < 0 || s.Round >= MaxRounds:
		return fmt.Errorf("%w: round %d", ErrScript, s.Round)
	case len(s.Steps) == 0 && !s.Last:
		return fmt.Errorf("%w: no steps, and not the last round", ErrScript)
	case !s.Last && slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Purse }):
		return fmt.Errorf("%w: the purse is written, and another round is to follow", ErrScript)
	}
	if err := CheckBound(s.Txn, s.Card, s.Session, s.Expires); err != nil {
		return err
	}

	return CheckSteps(s.Steps)
}

// CheckBound reports what no stay of a card can be named by.
func CheckBound(txn, card, session string, expires int64) error {
	switch {
	case !only(txn, decimal, 1, maxTxn) || !only(card, upper, 1, maxCard) || !only(session, hexa, sessionSize, sessionSize):
		return fmt.Errorf("%w: transaction, card or session", ErrScript)
	case expires <= 0:
		return fmt.Errorf("%w: expires %d", ErrScript, expires)
	}

	return nil
}

// CheckSteps is the part of Check that is about steps: of a round, or of a read plan.
func CheckSteps(steps []Step) error {
	if len(steps) > MaxSteps {
		return fmt.Errorf("%w: %d steps", ErrScript, len(steps))
	}

	saved := map[string]bool{}
	purse := false
	for i, s := range steps {
		if err := s.check(); err != nil {
			return fmt.Errorf("%w: step %d: %w", ErrScript, i, err)
		}
		if purse && (s.Purse || s.Changes) {
			return fmt.Errorf("%w: step %d changes the card after the purse", ErrScript, i)
		}
		if saved[s.Save] {
			return fmt.Errorf("%w: step %d saves %s again", ErrScript, i, s.Save)
		}
		purse = purse || s.Purse
		if s.Save != "" {
			saved[s.Save] = true
		}
	}
	if len(saved) > MaxSaved {
		return fmt.Errorf("%w: %d answers to save", ErrScript, len(saved))
	}

	return nil
}

// CheckSaved reports answers that no round can have saved.
func CheckSaved(saved map[string]Bytes) error {
	if len(saved) > MaxSaved {
		return fmt.Errorf("%w: %d saved answers", ErrScript, len(saved))
	}
	for name, b := range saved {
		if !isName(name) || len(b) > MaxBytes {
			return fmt.Errorf("%w: saved answer %.24q of %d bytes", ErrScript, name, len(b))
		}
	}

	return nil
}

func (s Step) check() error {
	if s.Save != "" && !isName(s.Save) {
		return fmt.Errorf("saves %.24q", s.Save)
	}
	if s.Address < 0 || s.Address > 0xFFFF || s.Area < 0 || s.Area > 1 {
		return fmt.Errorf("area %d, address %d", s.Area, s.Address)
	}

	var err error
	switch s.Op {
	case APDU:
		err = s.checkAPDU()
	case Read:
		if len(s.Data) > 0 || s.Length < 1 || s.Length > maxRead || s.Expect != "" {
			err = fmt.Errorf("read of %d bytes", s.Length)
		}
	case Write:
		if len(s.Data) < 1 || len(s.Data) > maxRead || s.Length != 0 || s.Expect != "" || s.Save != "" {
			err = fmt.Errorf("write of %d bytes", len(s.Data))
		}
	case Verify:
		if len(s.Data) < 1 || len(s.Data) > maxCode || s.Area != 0 || s.Address != 0 || s.Length != 0 || s.Expect != "" || s.Save != "" {
			err = fmt.Errorf("verify of %d bytes", len(s.Data))
		}
	default:
		err = fmt.Errorf("op %.20q", s.Op)
	}
	if err != nil {
		return err
	}

	return s.checkMarks()
}

func (s Step) checkAPDU() error {
	if _, ok := parse(s.Data); !ok || s.Area != 0 || s.Address != 0 || s.Length != 0 {
		return fmt.Errorf("apdu of %d bytes", len(s.Data))
	}
	if s.Expect == "" {
		return nil
	}
	if len(s.Expect) != 4 || s.Expect[0] != '6' && s.Expect[0] != '9' || !only(s.Expect, hexa+"x", 4, 4) {
		return fmt.Errorf("expects %.8q", s.Expect)
	}

	return nil
}

func (s Step) checkMarks() error {
	switch {
	case s.canChange() && !s.Changes:
		return errors.New("can change the card and is not marked")
	case s.Changes && s.Expect != "" && s.Expect != statusOK:
		return fmt.Errorf("changes the card and expects %s", s.Expect)
	case s.Purse && (!s.Changes || s.Op == Verify || s.Op == Read):
		return errors.New("a purse that changes nothing")
	}

	return nil
}

// canChange reports whether a step can leave a card other than it was, be it by a try
// that is lost.
func (s Step) canChange() bool {
	if s.Op == Write || s.Op == Verify {
		return true
	}
	c, ok := parse(s.Data)

	return s.Op == APDU && ok && (c.ins == insUpdate || c.ins == insExternal)
}

// Bound is the stay of a card that a script must be for.
type Bound struct {
	Txn     string
	Card    string // serial of the chip that was read
	Session string
	Round   int // the one that is due
	Now     time.Time
}

// Check reports a script that is for anything else, with one of the errors above.
func (b Bound) Check(s Script) error {
	if err := b.Admits(s.Txn, s.Card, s.Session, s.Expires); err != nil {
		return err
	}
	switch {
	case s.Round < b.Round:
		return fmt.Errorf("%w: %d, due is %d", ErrReplayed, s.Round, b.Round)
	case s.Round > b.Round:
		return fmt.Errorf("%w: %d, due is %d", ErrOtherRound, s.Round, b.Round)
	}

	return nil
}

// Admits is Check of what is signed for one stay of a card, and has no rounds.
func (b Bound) Admits(txn, card, session string, until int64) error {
	expires := time.UnixMilli(until)
	switch {
	case txn != b.Txn:
		return fmt.Errorf("%w: %.32q", ErrOtherTxn, txn)
	case card != b.Card:
		return fmt.Errorf("%w: %.16q", ErrOtherCard, card)
	case session != b.Session:
		return ErrOtherSession
	case b.Now.Sub(expires) >= MaxSkew:
		return fmt.Errorf("%w: at %s", ErrExpired, expires.UTC().Format(time.RFC3339))
	case expires.Sub(b.Now) > MaxLife+MaxSkew:
		return fmt.Errorf("%w: until %s", ErrTooLong, expires.UTC().Format(time.RFC3339))
	}

	return nil
}

func isName(s string) bool { return only(s, "abcdefghijklmnopqrstuvwxyz0123456789-.", 1, maxName) }

// only reports whether s has between least and most characters, all of them of set.
func only(s, set string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, set) == ""
}
