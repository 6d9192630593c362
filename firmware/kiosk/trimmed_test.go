package kiosk

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/page"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/record"
)

// retire has everything acknowledged, and lets the retention pass.
func (r *rig) retire() {
	r.t.Helper()
	if err := r.j.Acknowledge(r.j.Head()); err != nil {
		r.t.Fatal(err)
	}
	r.now = r.now.Add(200 * 24 * time.Hour)
	if _, err := r.j.Trim(r.now); err != nil {
		r.t.Fatal(err)
	}
}

// printed has the printer say that the newest slip is there.
func (r *rig) printed() {
	r.t.Helper()
	job, ok := last[Print](r)
	if !ok {
		r.t.Fatal("nothing was printed")
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
}

// serves says that a customer can begin.
func (r *rig) serves() {
	r.t.Helper()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.screen(page.Idle)
}

// TestStartsWhenTheLastPaymentIsTrimmed: the kiosk of a closed village hall.
func TestStartsWhenTheLastPaymentIsTrimmed(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	r.retire()
	if r.j.First() != r.j.Head().Seq+1 {
		t.Fatalf("first %d, head %d: not everything was trimmed", r.j.First(), r.j.Head().Seq)
	}
	r.restart()
	r.serves()
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{Notes: 1, Total: 10000}) {
		t.Errorf("cassette %+v", got)
	}
}

// TestStartsWhenTheLastPaymentIsCutInTwo: its end is younger than the retention.
func TestStartsWhenTheLastPaymentIsCutInTwo(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.now = r.now.Add(time.Minute)
	r.finish()
	r.answerPosted(10000)
	r.printed()
	if err := r.j.Acknowledge(r.j.Head()); err != nil {
		t.Fatal(err)
	}
	if n, err := r.j.Trim(r.now.Add(journal.DefaultRetention - time.Second)); n == 0 || err != nil || r.j.First() > r.j.Head().Seq {
		t.Fatalf("trimmed %d, %v", n, err)
	}
	r.restart()
	r.serves()
}

// TestAnOpenPaymentIsNeverTrimmed: ordered, and never answered.
func TestAnOpenPaymentIsNeverTrimmed(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.retire()
	r.restart()
	open := r.c.Status().Open
	if len(open) != 1 || open[0].Total() != 10000 || open[0].Status() != payments.Posting {
		t.Errorf("open %+v", open)
	}
}

// TestStartsWithoutSpace: the order of before the power cut is asked for, nothing is
// taken, and the start is journaled as soon as there is space.
func TestStartsWithoutSpace(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.j = r.j.Reopen()
	r.j.Full(true)
	r.start()
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	if !slices.Contains(r.c.Status().Blocks, "journal") {
		t.Errorf("blocks %v", r.c.Status().Blocks)
	}
	if a, ok := last[Ask](r); !ok {
		t.Errorf("the open order is not asked for: %+v", a)
	}
	if n := r.count("started"); n != 1 {
		t.Errorf("%d starts journaled without space", n)
	}
	r.j.Full(false)
	r.now = r.now.Add(max(retryJournal, spaceEvery))
	r.do(Tick{})
	if slices.Contains(r.c.Status().Blocks, "journal") || r.count("started") != 2 {
		t.Errorf("blocks %v, %d starts", r.c.Status().Blocks, r.count("started"))
	}
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	if n := r.count("started"); n != 2 {
		t.Errorf("%d starts", n)
	}
}

// TestStartsOnTheJournalOnDisk does the first of these on the real thing.
func TestStartsOnTheJournalOnDisk(t *testing.T) {
	dir, now := t.TempDir(), t0
	open := func() *journal.Journal {
		j, err := journal.Open(journal.Options{
			Dir: dir, Kiosk: config.Terminal, Clock: func() time.Time { return now }, BallastBytes: -1,
			Trust: func() record.Trust { return record.Synchronised }, Pinned: Pinned,
		})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	j := open()
	copyInto(t, r.j, j)
	if err := j.Acknowledge(j.Head()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(181 * 24 * time.Hour)
	if n, err := j.Trim(now); err != nil || uint64(n) != r.j.Head().Seq {
		t.Fatalf("trimmed %d, %v", n, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer func() { _ = j.Close() }()
	if c, _, err := New(config, j, now); err != nil || c.Status().Cash.Inside() != (cassette.Tally{Notes: 1, Total: 10000}) {
		t.Errorf("the kiosk does not start: %v", err)
	}
}

// copyInto appends what a journal in memory holds, and the core's states.
func copyInto(t *testing.T, m *journaltest.Memory, j *journal.Journal) {
	t.Helper()
	err := m.Each(1, func(r record.Record) error {
		_, err := j.Append(record.Draft{Type: r.Type, Txn: r.Txn, Version: r.Version, Payload: r.Payload})
		return err
	})
	for _, name := range []string{stateOpen, stateLast, StateCash} {
		v, stateErr := m.State(name)
		if err == nil && stateErr == nil {
			err = j.SetState(name, v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
