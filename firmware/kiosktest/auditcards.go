package kiosktest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
)

// auditCards: what the bank has taken stands for one payment that is posted, or was taken
// back, or is an open case; and no number of a card is kept anywhere.
func (w *box) auditCards(b *account) error {
	r := w.office.relay
	if r == nil {
		return nil
	}
	ledger := r.bank.Ledger()
	if err := ledger.Audit(); err != nil {
		return fmt.Errorf("the bank's ledger: %w", err)
	}
	sales, err := salesOf(b.records)
	if err != nil {
		return err
	}

	took := map[string][]pospsim.Entry{}
	for _, e := range ledger.Entries {
		if e.Kind == "void" {
			w.stats.ByCard.Voids++
			continue // it is of a sale that is there: see Ledger.Audit, and auditCard
		}
		s, known := sales[fmt.Sprintf("%06d-%06d", e.Batch, e.Trace)]
		if !known || s.Amount != e.Amount || e.Kind != "sale" {
			return fmt.Errorf("the bank has a %s of %s, batch %d, trace %d, of which the journal knows %+v", e.Kind, e.Amount, e.Batch, e.Trace, s)
		}
		if e.Certificate == "wrong" {
			return fmt.Errorf("the bank has a wrong certificate for the sale of batch %d, trace %d", e.Batch, e.Trace)
		}
		w.stats.ByCard.Approved++
		w.stats.ByCard.Reversals += e.Reversals
		if e.Standing() != 0 {
			took[s.serial] = append(took[s.serial], e)
		}
	}
	for serial, t := range b.txns {
		if t.Tender == payments.BankCard {
			if err := w.auditCard(t, took[serial]); err != nil {
				return err
			}
		}
	}

	return w.auditCardNumbers(b)
}

// sale is a sale as the journal has it.
type sale struct {
	bankcard.SaleOrdered
	serial string
}

// salesOf are those of a journal, by batch and trace. No number is used twice.
func salesOf(records []record.Record) (map[string]sale, error) {
	out := map[string]sale{}
	for _, r := range records {
		e, err := payments.Decode(r)
		s, is := e.(bankcard.SaleOrdered)
		if err != nil || !is {
			continue
		}
		key := s.Batch + "-" + s.Trace
		if other, used := out[key]; used {
			return nil, fmt.Errorf("sales of %s and %s have one number, %s", other.serial, r.Txn, key)
		}
		out[key] = sale{s, r.Txn}
	}

	return out, nil
}

// auditCard holds one payment against what stands at the bank.
func (w *box) auditCard(t payments.Transaction, stand []pospsim.Entry) error {
	cases, err := w.office.books.Cases(context.Background(), books.Filter{})
	if err != nil {
		return err
	}
	named := slices.ContainsFunc(cases, func(c books.Case) bool {
		return c.Open && c.Serial == t.Serial && c.Amount == t.Card.Amount && c.Class != books.ClassBookingBack
	})
	entry, booked := w.office.entry(t.Serial)
	booked = booked && !entry.Reversed
	if t.ByBank {
		if booked {
			return fmt.Errorf("head office posted %s, which the bank books itself", t.Serial)
		}
		booked = w.office.relay.mis.has(stand)
		w.stats.ByCard.Public++
	}
	has := -w.back(t.Serial) // what the bank gave back at people's request is in no ledger of it
	for _, e := range stand {
		has += e.Standing()
	}
	rows, err := w.office.books.Bank.Exchanges(context.Background(), bank.Filter{Serial: t.Serial})
	if err != nil {
		return err
	}
	var relayed []string
	for _, x := range rows {
		relayed = append(relayed, fmt.Sprintf("%s %06d %s %s", x.Op, x.Trace, x.State, x.Code))
	}
	story := fmt.Sprintf("%s is %s (%s), %d of its sales stand at the bank for %s, relayed %v, the MIS has booked it: %v; cases: %s",
		t.Serial, t.Status(), t.Card.State, len(stand), has, relayed, booked, caseList(cases))

	switch {
	case len(stand) > 1 && !named:
		return fmt.Errorf("the bank took it more than once: %s", story)
	case booked && has == 0 && !named && !t.ByBank: // else see auditBookingsBack
		return fmt.Errorf("booked, and the bank has not taken it, and no case says so: %s", story)
	case has < 0 && !named:
		return fmt.Errorf("the customer has it back twice, and no case says so: %s", story)
	case !booked && has > 0 && !named:
		return fmt.Errorf("the customer paid for nothing, and no case says so: %s", story)
	case t.Card.Clears():
		return fmt.Errorf("the terminal has not cleared it: %s", story)
	}

	stood := has + w.back(t.Serial) // what people have of it beside
	if void := t.Card.Void(); void == bankcard.Voided && has != 0 && !named || void != bankcard.Voided && void != "" && void != bankcard.VoidOrdered && stood != t.Card.Amount && !named {
		return fmt.Errorf("its void is %s: %s", void, story)
	}
	switch t.Status() {
	case payments.Posted:
		back := has == 0 && !booked && w.operator.touched[t.Serial] // people reversed it, and it was given back
		wentBack := t.ByBank && has == 0 && w.back(t.Serial) > 0    // whatever the MIS has of it: see auditBookingsBack
		if has != t.Card.Amount && !named && !back && !wentBack && t.Card.Void() == "" {
			return fmt.Errorf("posted without money: %s", story)
		}
	case payments.Cancelled, payments.Undone:
		if has > 0 && !named {
			return fmt.Errorf("the kiosk says that nothing stayed: %s", story)
		}
	case payments.Owed, payments.Disputed:
		if !named && w.back(t.Serial) == 0 {
			return fmt.Errorf("no open case: %s", story)
		}
	}

	return nil
}

// auditCardNumbers: no card number, and no more of one than a slip may show, is in the
// journal, in what the station keeps, or in the books.
func (w *box) auditCardNumbers(b *account) error {
	rows, err := w.office.books.Bank.Exchanges(context.Background(), bank.Filter{})
	if err != nil {
		return err
	}
	var kept strings.Builder
	for _, r := range b.records {
		kept.Write(r.Payload)
	}
	state, err := w.memory.State("tender-" + string(payments.BankCard))
	if err != nil {
		return err
	}
	kept.Write(state)
	for _, x := range rows {
		d, err := w.office.books.Bank.Detail(context.Background(), x.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(&kept, "%+v", d)
	}

	for _, id := range slices.Sorted(maps.Keys(cardsim.BankCards())) {
		for _, pan := range []string{cardsim.BankPAN(id), cardsim.BankCreditPAN} {
			if strings.Contains(kept.String(), pan[:12]) {
				return fmt.Errorf("the number of %s is kept", id)
			}
		}
	}

	return nil
}
