package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// auditCodes: what the acquirer took is posted once, or went back, or is an open case; and
// no payment code of a customer is kept anywhere.
func (w *box) auditCodes(b *account) error {
	c := w.office.codes
	if c == nil {
		return nil
	}
	ledger := c.sim.Ledger()
	if err := ledger.Audit(); err != nil {
		return fmt.Errorf("acquirer's ledger: %w", err)
	}
	took := map[string]acquirersim.Entry{}
	for _, e := range ledger.Entries {
		t, known := b.txns[e.Serial]
		if !known || t.Tender != payments.QR || money.Amount(e.Amount) != t.QR.Amount {
			return fmt.Errorf("the acquirer took %d fen of %s, which the kiosk has as %s of %s", e.Amount, e.Serial, t.Tender, t.QR.Amount)
		}
		took[e.Serial] = e
	}

	if err := w.auditNotPaid(b, ledger); err != nil {
		return err
	}
	for serial, t := range b.txns {
		if t.Tender != payments.QR || c.late[serial] && !c.heard[serial] {
			continue // of what it booked late and could not say, its bill of the day tells
		}
		e := took[serial]
		if err := w.auditCode(t, money.Amount(e.Amount), money.Amount(e.Amount-e.Refunded)); err != nil {
			return err
		}
	}

	return w.auditSecrets(b)
}

// has is what the acquirer has of a payment.
func (c *codes) has(serial string) (sum money.Amount) {
	if c == nil {
		return 0
	}
	for _, e := range c.sim.Ledger().Entries {
		if e.Serial == serial {
			sum += money.Amount(e.Amount - e.Refunded)
		}
	}

	return sum
}

// auditNotPaid: no kiosk was told that nothing was paid after it was, unless the money went
// back with the closing itself, or before that as people wanted it.
func (w *box) auditNotPaid(b *account, ledger acquirersim.Ledger) error {
	told := map[string]time.Time{}
	for _, r := range b.records {
		if e, err := payments.Decode(r); err == nil {
			if _, is := e.(qr.NotPaid); is {
				told[r.Txn] = w.written[r.Seq]
			}
		}
	}
	for _, o := range ledger.Orders {
		at, was := told[o.Serial]
		if !was || o.State != acquirersim.Paid || o.PaidAt.After(at) || w.office.codes.late[o.Serial] {
			continue
		}
		if !slices.ContainsFunc(o.Refunds, func(r acquirersim.Refund) bool {
			return strings.HasPrefix(r.Serial, "closing-") || w.operator.touched[o.Serial] && r.At.Before(at)
		}) {
			return fmt.Errorf("%s was paid at %s, and at %s the kiosk was told that it was not", o.Serial, o.PaidAt, at)
		}
	}

	return nil
}

// auditCode holds one payment against what the acquirer took, and has of it.
func (w *box) auditCode(t payments.Transaction, took, has money.Amount) error {
	d, err := w.office.books.QR.Detail(context.Background(), t.Serial)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return err
	}
	row := d.Order
	entry, booked := w.office.entry(t.Serial)
	booked = booked && !entry.Reversed
	story := fmt.Sprintf("%s is %s, the acquirer took %s and has %s, head office says %s, the MIS has booked it: %v; cases: %s",
		t.Serial, t.Status(), took, has, row.State, booked, caseList(d.Cases))

	if w.operator.refunded[t.Serial] > 0 && took > has && w.stats.Restores == 0 { // restored books forget what a person did
		return fmt.Errorf("a person refunded it, and it went back: %s", story)
	}
	if w.operator.touched[t.Serial] {
		return nil // what became of it is a person's doing
	}

	named := false
	for _, c := range d.Cases {
		named = named || c.Open && c.Amount == t.QR.Amount
	}
	switch {
	case booked && has == 0 && !named:
		return fmt.Errorf("booked, and the money is not there, and no case says so: %s", story)
	case !booked && has > 0 && !named:
		return fmt.Errorf("the customer paid for nothing, and no case says so: %s", story)
	case row.Serial != "" && !named && (row.State == order.Paid || row.State == order.Kept) != (has > 0):
		return fmt.Errorf("head office and the acquirer do not agree: %s", story)
	}

	switch t.Status() {
	case payments.Posted:
		if has == 0 && !named {
			return fmt.Errorf("posted without money: %s", story)
		}
	case payments.Cancelled, payments.Undone:
		if has > 0 && !named {
			return fmt.Errorf("the kiosk says that nothing stayed: %s", story)
		}
	case payments.Owed, payments.Disputed:
		if !named {
			return fmt.Errorf("no open case: %s", story)
		}
	}
	if t.QR.State == "refunded" && has > 0 && !named {
		return fmt.Errorf("not given back: %s", story)
	}

	return nil
}

// auditSecrets: no payment code is in the journal, nor in the books.
func (w *box) auditSecrets(b *account) error {
	rows, err := w.office.books.QR.Orders(context.Background(), books.Filter{})
	if err != nil {
		return err
	}
	var kept strings.Builder
	for _, r := range b.records {
		kept.Write(r.Payload)
	}
	for _, o := range rows {
		d, err := w.office.books.QR.Detail(context.Background(), o.Serial)
		if err != nil {
			return err
		}
		fmt.Fprintf(&kept, "%+v", d)
	}
	for _, code := range w.office.codes.issued {
		if strings.Contains(kept.String(), code) {
			return fmt.Errorf("payment code %.6s… is kept", code)
		}
	}

	return nil
}
