package books

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// recallGrace is how long an order that only a record brought waits before its first
// call. A kiosk that still wants it asks for it, and then it goes at once (hurry). One
// that was answered before these books were restored says so in its next records
// (recall): its customer may have the money back by then.
const recallGrace = 2 * time.Minute

// hurry makes the first call of an order due that waited for the kiosk's own word.
func hurry(ctx context.Context, tx Tx, p Posting, now time.Time) (Posting, error) {
	if p.State != posting.Ordered || p.Calls > 0 || !p.NextAt.After(now) {
		return p, nil
	}

	p.NextAt = now
	p.Version++
	p.UpdatedAt = stored.Millis(now)
	if err := tx.UpdatePosting(ctx, p); err != nil {
		return p, fmt.Errorf("cannot store posting %s: %w", p.Serial, err)
	}

	return p, nil
}

// recall takes the outcomes that the kiosk's records tell of postings that these books
// never brought to that end: books before them did.
func (s *Keeper) recall(ctx context.Context, tx Tx, txns []*Transaction, now time.Time) error {
	told := map[string]call.Outcome{}
	var serials []string
	for _, t := range txns {
		if t.Folded != nil {
			if o, ok := outcomes[t.Folded.Post.Fact()]; ok {
				told[t.Serial] = o
				serials = append(serials, t.Serial)
			}
		}
	}
	if len(serials) == 0 {
		return nil
	}

	rows, err := tx.Postings(ctx, serials)
	if err != nil {
		return fmt.Errorf("cannot read postings: %w", err)
	}
	for _, row := range rows {
		if err := s.remembered(ctx, tx, row, told[row.Serial], now); err != nil {
			return err
		}
	}

	return returned(ctx, tx, txns, now)
}

// voided closes what these books have open of payments by bank card that the bank voided, as
// their kiosk was told. Where they are booked, or may be, or people have settled them, the
// customer has it twice: books out of a backup did not know of the void.
func voided(ctx context.Context, tx Tx, txns []*Transaction, now time.Time) error {
	for _, t := range txns {
		if t.Folded == nil || t.Folded.Card.Void() != bankcard.Voided {
			continue
		}
		posts, err := tx.Postings(ctx, []string{t.Serial})
		if err != nil {
			return fmt.Errorf("cannot read posting %s: %w", t.Serial, err)
		}
		cases, err := tx.CasesOf(ctx, t.Serial)
		if err != nil {
			return fmt.Errorf("cannot read cases of %s: %w", t.Serial, err)
		}
		why := ""
		if i := slices.IndexFunc(cases, func(c Case) bool { return c.OfPayment() && !c.Open && c.ClosedBy != ClosedByOffice }); i >= 0 {
			why = "people have settled what was owed"
		}
		if i := slices.IndexFunc(posts, func(p Posting) bool { return p.State != posting.Owed }); i >= 0 {
			why = "its posting is " + posting.Word(posts[i].State)
		}
		if why != "" {
			c := newCase(t.Kiosk, stored.Millis(now), ClassTakenBack, t.Serial+"-voided", t.Serial, t.Folded.Card.Amount, "the bank voided the sale, as the kiosk says, and "+why)
			if err := tx.AddCases(ctx, []Case{c}); err != nil {
				return fmt.Errorf("cannot store the case of %s: %w", t.Serial, err)
			}
			continue
		}
		if err := CloseCasesOf(ctx, tx, t.Serial, VoidedByBank, now, ClassOwed, ClassUnbooked); err != nil {
			return err
		}
	}

	return nil
}

// returned closes what these books have open as owed of payments whose money went back, as
// their kiosk was told.
func returned(ctx context.Context, tx Tx, txns []*Transaction, now time.Time) error {
	var serials []string
	for _, t := range txns {
		if t.Status == StatusUndone {
			serials = append(serials, t.Serial)
		}
	}
	if len(serials) == 0 {
		return nil
	}

	cases, err := tx.CasesOf(ctx, serials...)
	if err != nil {
		return fmt.Errorf("cannot read cases: %w", err)
	}
	for _, c := range cases {
		if c.Class != ClassOwed {
			continue
		}
		if err := CloseIfOpen(ctx, tx, c.ID, "given back, as its kiosk was told", now); err != nil {
			return err
		}
	}

	return nil
}

// remembered takes what the kiosk was told of one posting.
func (s *Keeper) remembered(ctx context.Context, tx Tx, row Posting, told call.Outcome, now time.Time) error {
	once, err := ends(ctx, tx, row.Serial)
	switch {
	case err != nil:
		return err
	case row.State.Final():
		return contradicted(ctx, tx, row, told, once, now)
	case len(once) > 0: // a person took it up again: the kiosk's records lag behind
		return nil
	}

	row.Call = row.Recall(told, now)
	row.Reason, row.Owner = row.Posting.Told(), ""
	row.Version++
	row.UpdatedAt = stored.Millis(now)
	if err := tx.UpdatePosting(ctx, row); err != nil {
		return fmt.Errorf("cannot store posting %s: %w", row.Serial, err)
	}
	if err := tx.PutHistory(ctx, []History{line(row, "recalled", row.Kiosk, now)}); err != nil {
		return fmt.Errorf("cannot store history of %s: %w", row.Serial, err)
	}

	return s.ended(ctx, tx, row, now)
}

// contradicted makes a case of a posting that these books brought to another end than the
// books before them, which told the kiosk, and it its customer. once are the ends that
// these books know.
func contradicted(ctx context.Context, tx Tx, row Posting, told call.Outcome, once map[posting.State]bool, now time.Time) error {
	end := row.State
	var text string
	switch {
	case told == call.Done && end != posting.Posted && !once[posting.Posted]:
		text = fmt.Sprintf("the customer was told that it is posted, before these books were restored; it is %s", posting.Word(end))
	case told == call.NotDone && end == posting.Posted && !once[posting.Owed]:
		text = "the customer was told that it is owed, before these books were restored, and may have been given it back; it is posted"
	default:
		return nil
	}

	c := newCase(row.Kiosk, stored.Millis(now), ClassEvidence, row.Serial+"-told", row.Serial, row.Amount, text)
	if err := tx.AddCases(ctx, []Case{c}); err != nil {
		return fmt.Errorf("cannot store the case of %s: %w", row.Serial, err)
	}
	return nil
}

// ends are those that a posting has had in these books.
func ends(ctx context.Context, tx Tx, serial string) (map[posting.State]bool, error) {
	steps, err := tx.History(ctx, serial)
	if err != nil {
		return nil, fmt.Errorf("cannot read history of %s: %w", serial, err)
	}

	once := map[posting.State]bool{}
	for _, h := range steps {
		if s, err := posting.ParseWord(h.State); err == nil && s.Final() {
			once[s] = true
		}
	}
	return once, nil
}

// outcomes are what a kiosk can have been told.
var outcomes = map[leg.Fact]call.Outcome{leg.Done: call.Done, leg.NotDone: call.NotDone, leg.Unknown: call.Unknown}
