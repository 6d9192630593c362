package kiosk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/hal/bill"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// stopAt is an order that no notes are taken from so long after t0 on, for a day.
func stopAt(serial uint64, after time.Duration) NewCashStop {
	from := t0.Add(after)

	return NewCashStop{wire.CashStop{
		V: 1, Kiosk: "10000001", Serial: serial, Issued: t0.UnixMilli(), From: from.UnixMilli(), Expires: from.AddDate(0, 0, 1).UnixMilli(), Date: "20261122",
	}}
}

// stopped checks whether the order to take no notes is what stops them, and all that it stops.
func (r *rig) stopped(want bool) {
	r.t.Helper()
	if got := slices.Contains(r.c.Status().Blocks, "unsigned"); got != want {
		r.t.Errorf("at %v: blocks %v", r.now, r.c.Status().Blocks)
	}
	stops := condition.Nothing
	if want {
		stops = condition.Cash
	}
	if got := r.c.stopped(); got != stops {
		r.t.Errorf("at %v: stopped is %b", r.now, got)
	}
}

// TestNoCashWhileADateIsNotSigned: head office's order stops the notes at its time, of a
// kiosk that is cut off too, with words in both languages and across a power cut. It ends by
// a later order or by itself.
func TestNoCashWhileADateIsNotSigned(t *testing.T) {
	r := newRig(t)
	r.do(Clock{record.Synchronised})
	r.do(stopAt(5, time.Hour))
	r.stopped(false)
	if got := r.payloads("cash-stop"); len(got) != 1 || !strings.Contains(got[0], `"date":"20261122"`) || !strings.Contains(got[0], `"serial":5`) {
		t.Errorf("journaled: %v", got)
	}

	r.do(stopAt(4, -time.Hour)) // an old one, out of a recording
	other := stopAt(6, -time.Hour)
	other.Kiosk = "10000002"
	r.do(other)
	r.stopped(false)

	for r.now.Before(t0.Add(time.Hour)) {
		r.stopped(false)
		w := r.c.Wake()
		if w.After(t0.Add(time.Hour)) || !w.After(r.now) {
			t.Fatalf("wakes at %v", w)
		}
		r.now = w
		r.do(Tick{})
	}
	r.stopped(true)
	r.screen(page.OutOfService) // it has nothing but cash
	if got := condition.Text(receipt.Chinese, condition.Unsigned) + " / " + condition.Text(receipt.English, condition.Unsigned); got != "暂停收取现金，待账务签账后恢复 / no cash is taken until the books are signed" {
		t.Error(got)
	}

	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.do(Clock{record.Synchronised})
	r.stopped(true)
	r.do(NewCashStop{wire.CashStop{V: 1, Kiosk: "10000001", Serial: 7, Issued: r.now.UnixMilli()}})
	r.stopped(false)
	r.screen(page.Idle)

	r.do(stopAt(8, 2*time.Hour))
	r.now = t0.Add(26*time.Hour - time.Millisecond)
	r.do(Tick{})
	r.stopped(true)
	r.now = t0.Add(26 * time.Hour)
	r.do(Tick{})
	r.stopped(false)
}

// TestALostClockKeepsTheNotesStopped: who cannot tell the time neither begins nor ends what
// head office ordered.
func TestALostClockKeepsTheNotesStopped(t *testing.T) {
	r := newRig(t)
	r.do(Clock{record.Synchronised})
	held := stopAt(5, -time.Minute)
	r.do(held)
	r.stopped(true)
	r.trust = record.Untrusted
	r.do(Clock{r.trust})
	r.now = t0.AddDate(-20, 0, 0)
	r.do(Tick{})
	r.stopped(true)
	r.now = t0.AddDate(20, 0, 0)
	r.do(Tick{})
	r.stopped(true)
}

// TestWhoIsPayingGoesOnPaying: the order lets a payment that was begun come to its end.
func TestWhoIsPayingGoesOnPaying(t *testing.T) {
	r := newRig(t)
	r.do(Clock{record.Synchronised})
	r.do(stopAt(5, time.Minute))
	r.toCash()
	r.note(10000)
	r.now = t0.Add(2 * time.Minute)
	r.do(Tick{})
	r.stopped(true)
	r.screen(page.InsertCash)
	r.note(5000)
	r.finish()
	r.answerPosted(15000)
	r.screen(page.Done)
}
