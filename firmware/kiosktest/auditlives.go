package kiosktest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
)

// payment is a payment as one journal has it. A copied journal has it as well, under the
// same serial; what was closed after the copy was made are two payments.
type payment struct {
	payments.Transaction
	box  *box
	in   Fate // what became of its journal; NoFate: it is the kiosk's in the end
	read bool // its journal was read from the disk

	heard      money.Amount // inside, by the records that head office was told
	openHeard  bool         // it was told of the opening
	closeHeard bool         // and of the closing
}

// id is the same in all copies of a payment.
func (p payment) id() string { return fmt.Sprintf("%s@%d", p.Serial, p.PaidAt().UnixMilli()) }

// closed reports whether no money comes in for a payment any more.
func closed(t payments.Transaction) bool { return t.Serial != "" && !t.Taking() }

// journals are all that the box wrote.
func (w *box) journals() ([]ended, error) {
	all := slices.Clone(w.past)
	if w.gone {
		return all, nil
	}
	now := ended{incarnation: w.incarnation, shared: w.shared}
	err := w.each(func(r record.Record) error { now.records = append(now.records, r); return nil })

	return append(all, now), err
}

// elsewhere are the payments that are not in the kiosk's journal as it is in the end, and
// those in it that another journal tells otherwise.
func (w *World) elsewhere(b *account) ([]payment, error) {
	var out []payment
	seen := map[string]bool{}
	for _, t := range b.txns {
		seen[payment{Transaction: t}.id()] = true
	}
	for _, x := range w.boxes {
		all, err := x.journals()
		if err != nil {
			return nil, err
		}
		for _, j := range all {
			if j.how == NoFate {
				continue
			}
			a, err := foldRecords(j.records)
			if err != nil {
				return nil, err
			}
			for serial, t := range a.txns {
				p := payment{Transaction: t, box: x, in: j.how, read: j.read}
				if seen[p.id()] || !closed(t) && x.goesOn(all, j, serial) {
					continue
				}
				seen[p.id()] = true
				p.told(j.records)
				out = append(out, p)
				b.twice[serial] = b.twice[serial] || b.txns[serial].Serial != ""
			}
		}
	}

	return out, nil
}

// goesOn reports whether a payment that is open at the end of a journal was closed in a
// copy of it, with the notes that both have.
func (w *box) goesOn(all []ended, from ended, serial string) bool {
	for _, b := range w.boxes {
		js, err := b.journals()
		if err != nil {
			return false
		}
		for _, j := range js {
			if j.incarnation != from.incarnation || len(j.records) == len(from.records) && b == w {
				continue
			}
			if a, err := foldRecords(j.records); err == nil && closed(a.txns[serial]) {
				return true
			}
		}
	}

	return false
}

// told fills in what head office was told of the payment.
func (p *payment) told(recs []record.Record) {
	var t payments.Transaction
	for _, r := range recs {
		if r.Txn != p.Serial {
			continue
		}
		_, sum, err := r.Sum()
		if err != nil || !p.box.office.heard[sum] {
			continue
		}
		next, e, err := payments.Fold(t, r)
		if err != nil || e == nil {
			continue
		}
		t = next
		switch e.(type) {
		case payments.Opened:
			p.openHeard = true
		case cash.Closed, bankcard.Closed, qr.Paid, qr.NotPaid, qr.Unknown:
			p.closeHeard = true
		}
	}
	p.heard = t.Total() + t.InDoubt()
	if i := t.Cash.Pending(); i >= 0 {
		p.heard += t.Cash.Notes[i].Value
	}
}

// auditLives: no yuan of a journal that is lost, or that another one contradicts, is
// unexplained to head office as far as it was told of it, and none is booked twice.
func (w *box) auditLives(b *account) error {
	if w.plan.Fate == NoFate {
		return nil
	}
	others, err := w.elsewhere(b)
	if err != nil {
		return err
	}
	all := slices.Clone(others)
	for _, t := range b.txns {
		all = append(all, payment{Transaction: t, box: w, closeHeard: true})
	}
	cases, err := w.office.books.Cases(context.Background(), books.Filter{})
	if err != nil {
		return err
	}
	for _, check := range []func() error{
		func() error { return w.auditBookedOnce(all) },
		func() error { return w.auditExplained(others, cases) },
		func() error { return auditNeedless(all, cases) },
		func() error { return w.auditTold(all) },
		func() error { return w.auditStrays(cases) },
		func() error { return w.auditTaken(b, cases) },
		w.auditBoxes,
	} {
		if err := check(); err != nil {
			return err
		}
	}

	return nil
}

// booked reports whether the MIS holds a payment as it was made.
func (w *World) booked(p payment) bool {
	if p.ByBank {
		return w.office.relay.mis.has(w.soldBy(p))
	}
	e, ok := w.office.entry(p.Serial)

	return ok && !e.Reversed && e.Account == p.Account && e.Amount == p.Total()
}

// soldBy is what the bank has of the sale of a payment.
func (w *World) soldBy(p payment) []pospsim.Entry {
	all := w.office.relay.bank.Ledger().Entries

	return slices.DeleteFunc(slices.Clone(all), func(e pospsim.Entry) bool {
		return fmt.Sprintf("%06d-%06d", e.Batch, e.Trace) != p.Card.Sale.Batch+"-"+p.Card.Sale.Trace
	})
}

// auditBookedOnce: what stands in the MIS is one payment, and whoever believes to be
// posted is that payment.
func (w *World) auditBookedOnce(all []payment) error {
	posted := map[string]int{}
	for _, p := range all {
		if p.Status() != payments.Posted {
			continue
		}
		if posted[p.Serial]++; posted[p.Serial] > 1 {
			return fmt.Errorf("%d payments of serial %s believe to be posted", posted[p.Serial], p.Serial)
		}
		if !w.booked(p) {
			return fmt.Errorf("%s: a kiosk says posted %s to %s, the MIS has not", p.Serial, p.Total(), p.Account)
		}
	}
	for _, e := range w.office.booked() {
		made := func(p payment) bool { return p.Serial == e.Serial && p.Account == e.Account && p.Total() == e.Amount }
		if e.PostedCount != 1 || !slices.ContainsFunc(all, made) {
			return fmt.Errorf("MIS booked %s of %s to %s %d times, which no kiosk ordered", e.Serial, e.Amount, e.Account, e.PostedCount)
		}
	}

	return nil
}

// explains are the classes of cases by which a person learns of a payment's money.
var explains = []string{
	books.ClassOwed, books.ClassDisputed, books.ClassLost, books.ClassHeld, books.ClassBranch, books.ClassConflict, books.ClassDifference,
}

// auditExplained: what head office was told of a payment elsewhere is booked, or an open
// case has its serial and amount.
func (w *World) auditExplained(others []payment, cases []books.Case) error {
	for _, p := range others {
		if p.Tender != payments.Cash {
			continue // see auditTaken
		}
		amount := p.Total()
		if !p.Cash.Closed {
			amount = p.heard
		}
		known := p.closeHeard || p.openHeard && !p.Cash.Closed
		if amount == 0 || !known || p.in == RolledBack && !p.Cash.Closed {
			continue
		}
		named := func(c books.Case) bool {
			return c.Open && c.Serial == p.Serial && c.Amount == amount && slices.Contains(explains, c.Class)
		}
		if !w.booked(p) && !slices.ContainsFunc(cases, named) {
			return fmt.Errorf("%s took %s, its journal is %s, the MIS has not booked it, and no case names it: %s", p.Serial, amount, p.in, caseList(cases))
		}
		for i, n := range p.Cash.Notes {
			doubt := n.State == cash.StateUnresolved || n.State == cash.StateFound
			named := func(c books.Case) bool { return c.Open && c.Serial == p.Serial && c.Amount == n.Value }
			if doubt && !slices.ContainsFunc(cases, named) {
				return fmt.Errorf("%s: note %d of %s is %s, its journal is %s, and no case names it: %s", p.Serial, i, n.Value, n.State, p.in, caseList(cases))
			}
		}
	}

	return nil
}

// auditStrays: each note without an order that head office was told of is an open case.
func (w *World) auditStrays(cases []books.Case) error {
	want, seen := map[money.Amount]int{}, map[record.Hash]bool{}
	for _, x := range w.boxes {
		all, err := x.journals()
		if err != nil {
			return err
		}
		for _, j := range all {
			for _, r := range j.records {
				e, _ := payments.Decode(r) // it was folded
				s, stray := e.(cash.StrayNote)
				if _, sum, err := r.Sum(); stray && err == nil && w.office.heard[sum] && !seen[sum] {
					seen[sum] = true
					want[s.Value]++
				}
			}
		}
	}
	for _, c := range cases {
		if c.Open && (c.Class == books.ClassStrayNote || c.Class == books.ClassBranch) {
			want[c.Amount]--
		}
	}
	for v, n := range want {
		if n > 0 {
			return fmt.Errorf("%d notes of %s without an order have no case: %s", n, v, caseList(cases))
		}
	}

	return nil
}

// auditNeedless: no case says that a payment is lost, held or on a branch which is in a
// journal that head office holds, and under no other.
func auditNeedless(all []payment, cases []books.Case) error {
	for _, c := range cases {
		if !c.Open || !slices.Contains([]string{books.ClassLost, books.ClassHeld, books.ClassBranch}, c.Class) {
			continue
		}
		if strings.Contains(c.Text, "stacked without an order") {
			continue // it is about a note of nobody's beside the payment: see auditStrays
		}
		var of []payment
		for _, p := range all {
			if p.Serial == c.Serial {
				of = append(of, p)
			}
		}
		if c.Class == books.ClassBranch && len(of) == 1 && of[0].Tender == payments.QR {
			continue // both machines heard of it from its acquirer, and it is booked once: see auditTaken
		}
		if len(of) == 1 && of[0].closeHeard && (of[0].in == NoFate || of[0].in == Wiped || of[0].in == Swapped) {
			return fmt.Errorf("%s is in a journal that head office holds, and an open case says %s: %s", c.Serial, c.Class, c.Text)
		}
	}

	return nil
}

// auditTold: whom a screen told that the bill is paid, has it paid.
func (w *World) auditTold(all []payment) error {
	for _, x := range w.boxes {
		for serial, told := range x.eyes.told {
			paid := func(p payment) bool { return p.Serial == serial && p.box == x && w.booked(p) }
			mine := func(p payment) bool { return p.Serial == serial && p.box == x }
			if told == "paid" && slices.ContainsFunc(all, mine) && !slices.ContainsFunc(all, paid) {
				return fmt.Errorf("%s%s: the screen said paid, the MIS has not booked it", x.name, serial)
			}
		}
	}

	return nil
}

// auditBoxes: what is in each cassette is known to the journals of its box, up to notes
// in doubt, and to those that a journal's end left between two reports.
func (w *World) auditBoxes() error {
	for _, x := range w.boxes {
		all, err := x.journals()
		if err != nil {
			return err
		}
		var known, doubt, between money.Amount
		for _, j := range all {
			whole, err := foldRecords(j.records)
			if err != nil {
				return err
			}
			copied, err := foldRecords(slices.DeleteFunc(slices.Clone(j.records), func(r record.Record) bool { return r.Seq > j.shared }))
			if err != nil {
				return err
			}
			known += whole.inside() - copied.inside()
			doubt += whole.nowhere()
			if j.how != NoFate {
				between += whole.between()
			}
			between += copied.between()
		}
		if in := money.Amount(sum(x.notes.Cassette())); in < known-between || in > known+doubt+between+x.eyes.unknown() {
			return fmt.Errorf("%scassette holds %s, its journals know of %s, in doubt %s, between two reports %s", x.name, in, known, doubt, between)
		}
	}

	return nil
}

// inside is what a journal knows to be in the cassette.
func (a *account) inside() money.Amount { return a.credited + a.found + a.stray }

// between is what a device may say once more of the last notes of a journal, to one that
// knows nothing of them.
func (a *account) between() money.Amount {
	var last money.Amount
	for _, r := range a.records {
		switch e, _ := payments.Decode(r); e := e.(type) {
		case cash.NoteAccepted:
			last = e.Value
		case cash.StrayNote:
			last = e.Value
		}
	}

	return last
}
