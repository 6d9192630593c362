package bankcard

import (
	"slices"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

var _ tender.Voider = (*Station)(nil)

// VoidNow implements tender.Voider. An order is in memory only: head office says it again
// until it sees the end. Where the bank wants the card for a void nothing happens.
func (s *Station) VoidNow(_ time.Time, o tender.VoidOrder) {
	if s.cfg.Bank.VoidsByNumber && o.Terminal == s.cfg.Bank.ID && o.ID != s.kept.Void {
		s.toVoid = o
	}
}

// voids begins a void that is ordered once nobody pays, and nothing else is under way. The
// number of the order is durable before it leaves, so that it leaves once.
func (s *Station) voids(p *plan) bool {
	o := s.toVoid
	if o.ID == "" {
		return false
	}
	if _, paying := p.books.Paying(); paying || s.slot.stay.stage != Idle || p.state.Terminal.Blocked() != terminal.NotBlocked {
		return false
	}
	b := p.state.Terminal.Batch
	i := slices.IndexFunc(b.Items, func(i terminal.Item) bool {
		return i.Op == posp.Sale && i.Serial == o.Serial && i.Trace == o.Trace && i.Amount == o.Amount
	})
	t, ok := p.books.Find(o.Serial)
	if ok && !t.Status().Ended() {
		return false // it may be taken back by itself
	}
	void := t.Card.Void()
	stands := t.Card.State == bankcard.Approved && (void == "" || void == bankcard.VoidRefused || void == bankcard.VoidUndone)
	s.toVoid = tender.VoidOrder{}
	if !ok || i < 0 || o.Batch != b.Number || !stands {
		return false
	}
	sale := b.Items[i]
	err := p.step(terminal.Event{
		Kind: terminal.Ordered, Op: posp.Void, Serial: o.Serial, Amount: o.Amount, Entry: sale.Entry.WithoutPIN(), Fallback: sale.Fallback, Masked: sale.Masked,
		Original: b.Original(sale),
	})
	if err != nil {
		return false
	}
	p.state.Void = o.ID
	p.add(o.Serial, bankcard.Evidence{N: t.Card.Sales, What: bankcard.VoidOrdered, Order: o.ID})

	return true
}

// voided is how a void ended at the bank. One of which nobody knows is taken back by the
// procedure: then the sale stands.
func (p *plan) voided(c terminal.Conclusion) {
	t, ok := p.books.Find(c.Serial)
	if !ok {
		return
	}
	what := bankcard.VoidUnknown
	switch c.Outcome {
	case posp.Done:
		what = bankcard.Voided
	case posp.NotDone:
		what = bankcard.VoidRefused
	}
	p.add(c.Serial, bankcard.Evidence{N: t.Card.Sales, What: what, Response: string(c.Answer.Code), Order: p.state.Void})
}
