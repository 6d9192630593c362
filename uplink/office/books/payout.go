package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// Payout is money that a customer got at the counter (柜台退款) for what a case says is
// owed. There is one a case at most, and one at most for all cases that say what became of
// one payment.
type Payout struct {
	Case     string       `json:"case"`
	Serial   string       `json:"serial"`
	Kiosk    string       `json:"kiosk"`
	Account  string       `json:"account"`
	Amount   money.Amount `json:"amount"`
	Number   string       `json:"number"` // of the receipt: the plan that it was
	To       string       `json:"to"`     // who took it, as two people wrote it down
	By       string       `json:"by"`
	Approver string       `json:"approver"`
	Reason   string       `json:"reason"`
	At       int64        `json:"at"`
}

// PaidOutError is the refusal to pay out again: when it was given, and by whom.
type PaidOutError struct{ Payout }

// Error says so for people.
func (e PaidOutError) Error() string {
	return fmt.Sprintf("%s yuan were given to %s on %s, by %s and %s (receipt %s)",
		e.Amount, e.To, time.UnixMilli(e.At).UTC().Format(time.RFC3339), e.By, e.Approver, e.Number)
}

// Unwrap is ErrConflict: the case is not what it was.
func (e PaidOutError) Unwrap() error { return ErrConflict }

// ErrAtKiosk is the refusal to pay out what the kiosk may still give back itself.
var ErrAtKiosk = fmt.Errorf("%w: the payment is not ended at its kiosk, which may give the money back by itself; wait for its records", posting.ErrAction)

// ErrTaker says that who takes the money is not written down as it has to be.
var ErrTaker = errors.New("who takes the money: 2 to 60 characters, and of a number no more than 6 digits")

// Bounds of what is written down of who takes the money. No number of an identity document
// stands in the books: its last digits are enough to find who it was.
const (
	minTaker       = 2
	maxTaker       = 60
	maxTakerDigits = 6
)

func checkTaker(to string) error {
	digits, n := 0, utf8.RuneCountInString(to)
	bad := n < minTaker || n > maxTaker || !utf8.ValidString(to)
	for _, r := range to {
		switch {
		case unicode.IsNumber(r): // of any script: full-width ones are as good
			digits++
		case unicode.IsLetter(r): // what else stands between digits, as a space, ends no number
			digits = 0
		}
		bad = bad || !unicode.IsGraphic(r) || digits > maxTakerDigits
	}
	if bad {
		return ErrTaker
	}

	return nil
}

// ErrCameBack is the refusal to pay out a note that its kiosk has given back: the customer has it.
var ErrCameBack = fmt.Errorf("%w: the kiosk gave the note back after all; close the case", posting.ErrAction)

// PayoutPlan is what paying out starts from.
type PayoutPlan struct {
	Case    string       `json:"case"`
	Class   string       `json:"class"`
	Kiosk   string       `json:"kiosk"`
	Serial  string       `json:"serial"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
	To      string       `json:"to"`
}

// PlanPayout says what paying out for a case would start from, and writes nothing. A second
// time is a PaidOutError; what PlanClose refuses is refused here too. posting.ErrAction says
// that the case is not one of money that is owed to a customer, ErrAtKiosk that its kiosk may
// still give it back, ErrCameBack that it did.
func PlanPayout(ctx context.Context, tx Tx, id, by, to string) (PayoutPlan, error) {
	if err := checkTaker(to); err != nil {
		return PayoutPlan{}, err
	}
	c, account, err := payable(ctx, tx, id)
	if err != nil {
		return PayoutPlan{}, err
	}
	if _, err := PlanClose(ctx, tx, id, by, "", PaidOut); err != nil {
		return PayoutPlan{}, err
	}

	return PayoutPlan{c.ID, c.Class, c.Kiosk, c.Serial, account, c.Amount, to}, nil
}

// PayOutIn writes down that a customer got the money, and closes the case with that, in one
// database transaction. number is of the receipt.
func PayOutIn(ctx context.Context, tx Tx, id, to, number string, who Orderers, now time.Time) (Payout, error) {
	c, account, err := payable(ctx, tx, id)
	if err != nil {
		return Payout{}, err
	}
	p := Payout{
		Case: c.ID, Serial: c.Serial, Kiosk: c.Kiosk, Account: account, Amount: c.Amount, Number: number,
		To: stored.Text(to), By: who.By, Approver: who.Approver, Reason: stored.Text(who.Reason), At: stored.Millis(now),
	}
	if err := tx.AddPayout(ctx, p); err != nil {
		return p, fmt.Errorf("cannot store what was paid out for case %s: %w", id, err)
	}
	who.Reason = fmt.Sprintf("paid out at the counter: %s yuan to %s, receipt %s; %s", p.Amount, p.To, number, who.Reason)
	_, err = CloseIn(ctx, tx, id, who, PaidOut, now)

	return p, err
}

// payable is a case that may be paid out now, and the account of its payment.
func payable(ctx context.Context, tx Tx, id string) (Case, string, error) {
	c, err := tx.Case(ctx, id)
	if err != nil {
		return c, "", fmt.Errorf("case %.80q: %w", id, err)
	}
	if err := notPaidOut(ctx, tx, c); err != nil {
		return c, "", err
	}
	switch {
	case !c.Open:
		return c, "", fmt.Errorf("case %s is closed: %w", id, ErrConflict)
	case c.Class != ClassOwed && c.Class != ClassDisputed && c.Class != ClassNote || c.Serial == "":
		return c, "", fmt.Errorf("%w: it is no case of money that is owed to a customer", posting.ErrAction)
	case c.Amount <= 0:
		return c, "", fmt.Errorf("%w: nobody knows yet what the note is worth", posting.ErrAction)
	}
	if err := errors.Join(mayClose(ctx, tx, c), cameBack(ctx, tx, c)); err != nil {
		return c, "", err
	}
	account, err := atRest(ctx, tx, c)

	return c, account, err
}

// cameBack refuses to say of a note that a counter paid for it, where the kiosk's records say
// that the customer has it back.
func cameBack(ctx context.Context, tx Tx, c Case) error {
	if c.Class != ClassNote {
		return nil
	}
	txns, err := tx.Transactions(ctx, []string{c.Serial})
	if err != nil {
		return fmt.Errorf("cannot read transaction %s: %w", c.Serial, err)
	}
	for _, t := range txns {
		if t.Folded == nil {
			continue
		}
		for i, n := range t.Folded.Cash.Notes {
			if n.State == cash.StateReturned && c.ID == caseID(ClassNote, t.Kiosk, noteRef(t.Serial, i)) {
				return ErrCameBack
			}
		}
	}

	return nil
}

// stillHeld refuses to pay out what an acquirer or the bank has not, or has not any more:
// the customer has it, or never gave it. What an acquirer refused to give back it has.
func stillHeld(ctx context.Context, tx Tx, p Posting) error {
	if !byOthers(p.Tender) {
		return nil
	}
	if held, err := heldByOthers(ctx, tx, p); err != nil || held {
		return err
	}

	return fmt.Errorf("%w: who took the payment does not have it, or gives it back", posting.ErrAction)
}

// notPaidOut refuses what was paid out before: for this case, or for another one that says
// what became of the same payment.
func notPaidOut(ctx context.Context, tx Tx, c Case) error {
	had, err := tx.PayoutsOf(ctx, c.Serial)
	if err != nil {
		return fmt.Errorf("cannot read what was paid out for %s: %w", c.Serial, err)
	}
	i := slices.IndexFunc(had, func(p Payout) bool { return p.Case == c.ID || p.Settles() && c.OfPayment() })
	if i >= 0 {
		return PaidOutError{had[i]}
	}
	cases, err := tx.CasesOf(ctx, c.Serial)
	if err != nil {
		return fmt.Errorf("cannot read cases of %s: %w", c.Serial, err)
	}
	for _, o := range cases { // closed with the word that a counter paid; each is locked before it is believed
		if !o.OfPayment() && o.ID != c.ID {
			continue
		}
		if o, err = tx.Case(ctx, o.ID); err != nil {
			return fmt.Errorf("cannot read case %s: %w", o.ID, err)
		}
		if o.Went == PaidOut && (o.ID == c.ID || o.OfPayment() && c.OfPayment()) {
			by, approver, _ := strings.Cut(o.ClosedBy, andBy)
			return PaidOutError{Payout{Case: o.ID, Serial: o.Serial, Kiosk: o.Kiosk, Amount: o.Amount, Number: "-", To: "the customer", By: by, Approver: approver, At: o.ClosedAt}}
		}
	}

	return nil
}

// Settles reports whether it was for the payment itself, and not for a note of it in doubt.
func (p Payout) Settles() bool { return !strings.HasPrefix(p.Case, ClassNote+"-") }

// atRest is the account of a payment that is at its end, at its kiosk and at the system that
// was to book it. ErrAtKiosk says that the kiosk has not ended it, as far as it has told.
func atRest(ctx context.Context, tx Tx, c Case) (account string, err error) {
	txns, err := tx.Transactions(ctx, []string{c.Serial})
	if err != nil {
		return "", fmt.Errorf("cannot read transaction %s: %w", c.Serial, err)
	}
	posts, err := tx.Postings(ctx, []string{c.Serial})
	if err != nil {
		return "", fmt.Errorf("cannot read posting %s: %w", c.Serial, err)
	}
	for _, p := range posts {
		if c.settles() && p.State != posting.Owed && p.State != posting.Disputed {
			return "", fmt.Errorf("%w: its posting is %s", posting.ErrAction, posting.Word(p.State))
		}
		if err := stillHeld(ctx, tx, p); c.settles() && err != nil {
			return "", err
		}
		account = p.Account
	}
	if len(txns) == 0 && len(posts) == 0 {
		return "", ErrAtKiosk
	}
	for _, t := range txns {
		lost, err := LostJournal(ctx, tx, t.Kiosk, t.Serial)
		if err != nil {
			return "", err
		}
		if t.ClosedAt == 0 && !lost {
			return "", ErrAtKiosk
		}
		account = t.Account
	}

	return account, nil
}

// Payout is what was paid out for a case, or stored.ErrNotFound.
func (s *Keeper) Payout(ctx context.Context, id string) (Payout, error) {
	return stored.View(ctx, s.b, func(tx Tx) (Payout, error) {
		p, err := tx.Payout(ctx, id)
		if err != nil {
			return p, fmt.Errorf("payout for case %.80q: %w", id, err)
		}

		return p, nil
	})
}

// PayoutsOf are those for cases of these serials, by when they were made.
func (s *Keeper) PayoutsOf(ctx context.Context, serials ...string) ([]Payout, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Payout, error) { return tx.PayoutsOf(ctx, serials...) })
}

// SerialsOf are at most limit serials of payments that the MIS, the card-meter system or the
// bank knows by a reference, as their slips have it.
func (s *Keeper) SerialsOf(ctx context.Context, reference string, limit int) ([]string, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]string, error) { return tx.SerialsOfReference(ctx, reference, limit) })
}
