package kiosktest

import (
	"context"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
)

// auditTaken: on a day on which a journal ends, or is there twice, what the bank and the
// acquirer took is held against the MIS and the open cases, whosever journal knows of it. What
// the kiosk's own journal has alone is held against them as on any day.
func (w *box) auditTaken(b *account, cases []books.Case) error {
	for _, serial := range b.captured {
		kept := func(c books.Case) bool { return c.Open && c.Class == books.ClassCaptured && c.Serial == serial }
		if !slices.ContainsFunc(cases, kept) {
			return fmt.Errorf("a card was kept with %q, and no case says so: %s", serial, caseList(cases))
		}
	}
	if w.office.relay != nil {
		if err := w.auditTakenByBank(b, cases); err != nil {
			return err
		}
	}
	if w.office.codes != nil {
		return w.auditTakenByCode(b, cases)
	}

	return nil
}

// held is what somebody outside has of payments, by serial.
type held map[string]money.Amount

// explained wants each sum to be booked once, or an open case to name it; and each booking of
// that tender to have its money, or a case.
func (w *World) explained(h held, tender payments.Tender, cases []books.Case) error {
	named := func(serial string) bool {
		return slices.ContainsFunc(cases, func(c books.Case) bool { return c.Open && c.Serial == serial && c.Class != books.ClassBookingBack })
	}
	for serial, sum := range h {
		e, booked := w.office.entry(serial)
		right := booked && !e.Reversed && e.Amount == sum
		if sum != 0 && !right && !named(serial) {
			return fmt.Errorf("%s of %s by %s are with nobody, and no case says so; the MIS has %+v; cases: %s", sum, serial, tender, e, caseList(cases))
		}
	}
	for _, e := range w.office.booked() {
		if !e.Reversed && e.Tender == string(tender) && h[e.Serial] != e.Amount && !named(e.Serial) {
			return fmt.Errorf("the MIS has booked %s of %s by %s, of which %s are there, and no case says so; cases: %s", e.Amount, e.Serial, tender, h[e.Serial], caseList(cases))
		}
	}

	return nil
}

func (w *box) auditTakenByBank(b *account, cases []books.Case) error {
	ledger := w.office.relay.bank.Ledger()
	if err := ledger.Audit(); err != nil {
		return fmt.Errorf("the bank's ledger: %w", err)
	}
	rows, err := w.office.books.Bank.Exchanges(context.Background(), bank.Filter{})
	if err != nil {
		return err
	}
	stand, sums := map[string][]pospsim.Entry{}, held{}
	for _, e := range ledger.Entries {
		if e.Kind == "void" {
			continue // nobody orders one on such a day, but the ledger's own audit counts them
		}
		i := slices.IndexFunc(rows, func(x bank.Exchange) bool {
			return x.Op == posp.Sale && x.Batch == uint32(e.Batch) && x.Trace == uint32(e.Trace) && x.Amount == e.Amount
		})
		if i < 0 {
			return fmt.Errorf("the bank has a %s of %s, batch %d, trace %d, which head office never carried", e.Kind, e.Amount, e.Batch, e.Trace)
		}
		w.stats.ByCard.Approved++
		w.stats.ByCard.Reversals += e.Reversals
		if e.Standing() == 0 {
			continue
		}
		stand[rows[i].Serial] = append(stand[rows[i].Serial], e)
		if m := w.office.relay.mis; m == nil || !m.has([]pospsim.Entry{e}) { // else the bank has booked it itself
			sums[rows[i].Serial] += e.Standing()
		}
	}
	if err := w.explained(sums, payments.BankCard, cases); err != nil {
		return err
	}
	for serial, t := range b.txns {
		if t.Tender == payments.BankCard && !b.twice[serial] {
			if err := w.auditCard(t, stand[serial]); err != nil {
				return err
			}
		}
	}

	return w.auditCardNumbers(b)
}

func (w *box) auditTakenByCode(b *account, cases []books.Case) error {
	ledger := w.office.codes.sim.Ledger()
	if err := ledger.Audit(); err != nil {
		return fmt.Errorf("acquirer's ledger: %w", err)
	}
	took, has := held{}, held{}
	for _, e := range ledger.Entries {
		took[e.Serial] += money.Amount(e.Amount)
		has[e.Serial] += money.Amount(e.Amount - e.Refunded)
		if mis, booked := w.office.entry(e.Serial); w.office.codes.late[e.Serial] && !w.office.codes.heard[e.Serial] && (!booked || mis.Reversed) {
			delete(has, e.Serial) // of what it booked late and could not say, its bill of the day tells; an answer may have, too
		}
	}
	if err := w.explained(has, payments.QR, cases); err != nil {
		return err
	}
	for serial, t := range b.txns {
		if t.Tender != payments.QR || b.twice[serial] || w.office.codes.late[serial] && !w.office.codes.heard[serial] {
			continue
		}
		if err := w.auditCode(t, took[serial], has[serial]); err != nil {
			return err
		}
	}

	return w.auditSecrets(b)
}
