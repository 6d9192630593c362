package bankcard

import (
	"errors"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// SettleLatest is how long the settlement of a day waits for payments that may still
// have to be reversed: after it they cannot.
const SettleLatest = 6 * time.Hour

// settlePause is how long a full batch that the bank did not close is left alone.
const settlePause = 15 * time.Minute

// MaxBatch is how many sales a batch has at most: its state, with the certificate of each
// chip, must fit the journal's bound of 64 KiB. A full one is settled at once, and no sale
// is made before.
const MaxBatch = 110

func (s *Station) batchFull() bool { return len(s.kept.Terminal.Batch.Items) >= MaxBatch }

// Turn implements tender.Station: one thing at a time.
func (s *Station) Turn(now time.Time, b tender.Books) (tender.Decision, bool) {
	switch {
	case s.plan != nil:
		return s.plan.decision(), !s.plan.queued
	case len(s.queue) > 0:
		return tender.Decision{}, false
	}

	if isDue(now, s.slot.hears) {
		s.slot.hears = time.Time{}
	}

	p := s.begin(now, b)
	switch {
	case isDue(now, s.bank.dueBank()):
		s.bank.overdueBank(p)
	case isDue(now, s.slot.dueStay()):
		s.slot.overdueStay(p)
	case s.due(now):
		p.tell(terminal.Event{Kind: terminal.Due})
	case s.takesBack(p), s.voids(p), s.settles(p):
	default:
		return tender.Decision{}, false
	}
	s.plan = p

	return p.decision(), true
}

func isDue(now, at time.Time) bool { return !at.IsZero() && !now.Before(at) }

// due reports whether the procedure of the terminal has something to send.
func (s *Station) due(now time.Time) bool {
	next := s.kept.Terminal.Next()

	return !next.IsZero() && terminal.Reached(next, now)
}

// toTakeBack is a payment of which a reversal is due and not pending; false for none,
// or while the terminal is not free for it.
func (s *Station) toTakeBack(b tender.Books) (payments.Transaction, bool) {
	t := s.kept.Terminal
	if t.Reversal.Request.Op != "" || t.Close.Phase != terminal.Open || t.Flight.Request.Op != "" || !t.Keys.Ready || t.Keys.Wanted || t.Keys.Loading {
		return payments.Transaction{}, false
	}
	for _, open := range b.Open() {
		refused := open.Card.State == bankcard.Approved && open.Status() == payments.Undoing
		if refused || open.Card.State == bankcard.Reversing {
			return open, true
		}
	}

	return payments.Transaction{}, false
}

// takesBack gives the procedure a reversal that is due: the posting was refused, or the
// procedure's own state was lost. A sale of a batch that is closed cannot be reversed, nor
// one of another terminal.
func (s *Station) takesBack(p *plan) bool {
	t, ok := s.toTakeBack(p.books)
	if !ok {
		return false
	}
	sale := t.Card.Sale
	if t.Card.State == bankcard.Approved {
		p.add(t.Serial, bankcard.ReversalOrdered{N: t.Card.Sales, Why: bankcard.PostingRefused, At: p.now.UnixMilli()})
	}

	trace, err := number(sale.Trace)
	if err != nil || sale.Batch != digits(p.state.Terminal.Batch.Number) || sale.Terminal != s.cfg.Bank.ID || sale.Merchant != s.cfg.Bank.Merchant {
		p.add(t.Serial, bankcard.ReversalAnswered{N: t.Card.Sales, Response: "batch-closed"})
		return true
	}
	err = p.step(terminal.Event{Kind: terminal.Incomplete, Trace: trace})
	if errors.Is(err, terminal.ErrEvent) { // it is not in the batch of our own account
		r := posp.Request{Op: posp.Sale, Batch: p.state.Terminal.Batch.Number, Trace: trace, Amount: sale.Amount, Entry: entryOf(sale.Entry)}
		r.Fallback = sale.Entry == bankcard.Fallback
		p.state.Terminal.Reversal = terminal.Reversal{Request: r.Reverse(posp.NoAnswer), Serial: t.Serial, Due: p.now}
		p.keep = true
	}

	return true
}

// number reads six digits of the journal.
func number(digits string) (n uint32, err error) {
	for _, c := range digits {
		if c < '0' || c > '9' || len(digits) != 6 {
			return 0, errors.New("not six digits")
		}
		n = n*10 + uint32(c-'0')
	}

	return n, nil
}

// entryOf is how the card of a sale was read, in the bank's code.
func entryOf(e bankcard.Entry) posp.Entry {
	if e == bankcard.Chip {
		return posp.ChipPIN
	}

	return posp.StripePIN
}

// settlesAt is when the batch of today is due, and which day that is; zero for never,
// or where it was settled.
func (s *Station) settlesAt(now time.Time) (at time.Time, day string) {
	local := now.In(s.cfg.Zone)
	day = local.Format(time.DateOnly)
	if s.cfg.SettleAt == 0 || s.kept.Settled == day {
		return time.Time{}, day
	}

	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, s.cfg.Zone).Add(s.cfg.SettleAt), day
}

// settles begins the settlement of the day once nobody pays.
func (s *Station) settles(p *plan) bool {
	at, day := s.settlesAt(p.now)
	_, paying := p.books.Paying()
	if s.ordered.batch != s.kept.Terminal.Batch.Number {
		s.ordered = order{}
	}
	if ordered := s.ordered.at; !ordered.IsZero() && (at.IsZero() || ordered.Before(at)) {
		at = ordered
	}
	if s.batchFull() && !s.pausing(p.now) {
		at = p.now.Add(-SettleLatest)
	}
	if !isDue(p.now, at) || paying || s.slot.stay.stage != Idle || len(p.books.Open()) > 0 && p.now.Before(at.Add(SettleLatest)) {
		return false
	}
	if err := p.step(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle}); err != nil {
		return false // it cannot be yet
	}
	if due, _ := s.settlesAt(p.now); isDue(p.now, due) {
		p.state.Settled = day
	}
	s.tried, s.ordered = p.now, order{}

	return true
}

// pausing reports whether the last settlement is not long ago.
func (s *Station) pausing(now time.Time) bool {
	age := now.Sub(s.tried)

	return age >= 0 && age < settlePause
}

// Wake implements tender.Station.
func (s *Station) Wake(now time.Time, b tender.Books, retry time.Duration) time.Time {
	if s.plan != nil || len(s.queue) > 0 {
		return now.Add(retry)
	}

	wake := time.Time{}
	sooner := func(t time.Time) {
		if !t.IsZero() && (wake.IsZero() || t.Before(wake)) {
			wake = t
		}
	}
	sooner(s.bank.dueBank())
	sooner(s.slot.dueStay())
	sooner(s.slot.hears)
	sooner(s.kept.Terminal.Next())
	if s.due(now) {
		sooner(now)
	}
	if _, ok := s.toTakeBack(b); ok {
		sooner(now)
	}
	if at, _ := s.settlesAt(now); isDue(now, at) || s.batchFull() || s.ordered.batch != 0 || s.toVoid.ID != "" {
		sooner(now.Add(retry))
	} else {
		sooner(at)
	}

	return wake
}
