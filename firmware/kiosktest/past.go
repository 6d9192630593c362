package kiosktest

import (
	"slices"
	"time"

	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/wire"
)

// backUp keeps the books as they are now.
func (w *World) backUp() {
	w.office.backup = w.office.rows.Snapshot()
	w.logf("the books are backed up")
}

// restore brings the books back from the backup: head office dies and comes again
// with what it knew then. The MIS and the kiosk know more.
func (w *World) restore() {
	if w.office.backup == nil || w.calm {
		return
	}
	w.logf("head office is restored from its backup")
	w.stats.Restores++
	w.office.life++
	w.office.use(w.office.backup.Snapshot())
	clear(w.office.ended)
	w.office.boot()
	if w.plan.Relents {
		w.kiosk().cutLine()
	}
}

// rebills has the MIS bill an account otherwise once it has told what is due: what the customer
// pays by what they were shown is refused.
func (o *office) rebills(account string) {
	if !o.w.plan.Relents || o.w.rng.IntN(2) == 0 {
		return
	}
	is := func(n int) bool { return accountNumber(n) == account }
	switch {
	case slices.ContainsFunc(wholeOnly, is):
		must(o.mis.SetBills(account, []missim.Bill{{ID: "S" + account[4:], Month: "202611", Fee: money.Yuan(900)}}))
	case slices.ContainsFunc(refusing, is):
		must(o.mis.SetBills(account, nil))
	}
}

// relents has the MIS take some time later what it refused: its customer has paid the rest of
// the bill elsewhere, or has a new one. Who orders it again, and does not know that its end
// was told, has it booked.
func (o *office) relents(row books.Posting) {
	if !o.w.plan.Relents || row.State != posting.Owed {
		return
	}
	account, fee := row.Account, money.Yuan(900)
	is := func(n int) bool { return accountNumber(n) == account }
	switch {
	case slices.ContainsFunc(wholeOnly, is):
		fee = money.Yuan(1)
	case !slices.ContainsFunc(refusing, is):
		return // it refused it for another reason
	}
	o.w.todo.at(o.w.now.Add(between(o.w.rng, time.Second, 5*time.Minute)), func() {
		o.w.logf("the MIS would take a payment to %s now", account)
		must(o.mis.SetBills(account, []missim.Bill{{ID: "R" + account[4:], Month: "202611", Fee: fee}}))
	})
}

// beat is the kiosk's heartbeat, about each minute while its line is up. It names the
// end of the journal.
func (w *box) beat(after time.Duration) {
	link := w.links
	w.later(after, func() {
		if !w.linked || w.links != link {
			return
		}
		named := w.memory.Head().Seq
		w.up(func() { w.office.heartbeat(named) })
		w.beat(between(w.rng, 45*time.Second, 75*time.Second))
	})
}

// ackQuiet is how long after an acknowledgement a heartbeat is not answered by one.
const ackQuiet = 30 * time.Second

// heartbeat answers one that names records which the books lack, as often as a kiosk has
// to hear it.
func (o *office) heartbeat(named uint64) {
	if !o.up {
		return
	}
	head, err := o.head()
	o.check(err)
	if age := o.time().Sub(o.ackedAt); head.Seq >= named || age >= 0 && age < ackQuiet {
		return
	}
	for range wire.AckRepeats {
		o.acknowledge(wire.Ack{V: wire.Version, Upto: head.Seq, Hash: head.Hash})
	}
}

// acknowledge says to the kiosk how far the books have its journal.
func (o *office) acknowledge(a wire.Ack) {
	o.ackedAt = o.time()
	o.w.acked(a)
}

// use makes head office's books of rows.
func (o *office) use(rows *memstore.Backend) {
	o.rows = rows
	o.books = store.New(rows, o.rules)
}

// seasons is how long a kiosk of a season stands without a customer.
const seasons = 181 * 24 * time.Hour

// standIdle lets the retention pass: what is acknowledged and old is trimmed, and the
// program starts anew over what is left.
func (w *box) standIdle() error {
	w.now = w.now.Add(seasons)
	w.writer = w
	removed, err := w.memory.Trim(w.time())
	if err != nil {
		return err
	}
	w.logf("half a year passes, %d records are trimmed", removed)
	w.die(time.Second)
	for until := w.now.Add(10 * time.Minute); w.now.Before(until); {
		w.step()
	}

	return nil
}
