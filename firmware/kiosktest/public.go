package kiosktest

import (
	"errors"
	"fmt"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/pospsim"
)

// misOfBank is the MIS as the bank meets it on days of public payment (公共支付): what the bank
// has booked there by itself, by its own serials. It refuses some accounts now and then.
type misOfBank struct {
	w    *World
	rows map[string]money.Amount
}

var _ pospsim.Poster = (*misOfBank)(nil)

var errNotForBank = errors.New("the MIS does not do it for the bank")

// newMISOfBank is nil where head office posts.
func newMISOfBank(w *World) *misOfBank {
	if !w.plan.Public {
		return nil
	}

	return &misOfBank{w, map[string]money.Amount{}}
}

// Post implements pospsim.Poster.
func (m *misOfBank) Post(serial, _ string, amount money.Amount) error {
	if m.w.rng.IntN(12) == 0 {
		return errNotForBank
	}
	m.rows[serial] += amount

	return nil
}

// Reverse implements pospsim.Poster.
func (m *misOfBank) Reverse(serial string) error {
	if m.rows[serial] == 0 {
		return errNotForBank
	}
	delete(m.rows, serial)

	return nil
}

// has reports whether the bank has booked all of these sales, and only what they took.
func (m *misOfBank) has(sales []pospsim.Entry) bool {
	for _, e := range sales {
		if m.rows[e.Serial] != e.Standing() {
			return false
		}
	}

	return len(sales) > 0
}

// addBookedByBank adds what the bank has booked of payments that their kiosk has as paid. Of
// others a case says what the bank has: see auditCard.
func (w *box) addBookedByBank(b *account, want map[string]money.Amount) error {
	r := w.office.relay
	if r == nil || r.mis == nil {
		return nil
	}
	sales, err := salesOf(b.records)
	if err != nil {
		return err
	}
	for _, e := range r.bank.Ledger().Entries {
		s := sales[fmt.Sprintf("%06d-%06d", e.Batch, e.Trace)]
		if t := b.txns[s.serial]; t.ByBank && t.Status() == payments.Posted {
			want[s.serial] += r.mis.rows[e.Serial]
		}
	}

	return nil
}
