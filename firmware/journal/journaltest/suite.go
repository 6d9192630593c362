package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// Opener opens the store in o.Dir; a second call with the same directory, after
// Close, is the next start of the kiosk on the same data.
type Opener func(t testing.TB, o journal.Options) Store

// Suite is what every Store has to pass.
func Suite(t *testing.T, open Opener) {
	for name, run := range map[string]func(*testing.T, *rig){
		"append":      testAppend,
		"batch":       testBatch,
		"concurrent":  testConcurrent,
		"limits":      testLimits,
		"read":        testRead,
		"txn":         testTxn,
		"state":       testState,
		"reopen":      testReopen,
		"wait":        testWait,
		"acknowledge": testAcknowledge,
		"trim":        testTrim,
		"untrusted":   testTrimUntrusted,
		"pinned":      testTrimPinned,
		"wrong clock": testTrimWrongClock,
		"leap":        testTrimLeap,
		"rewind":      testRewind,
		"full":        testFull,
		"closed":      testClosed,
	} {
		t.Run(name, func(t *testing.T) { run(t, newRig(t, open)) })
	}
}

// rig is one store with its world under control.
type rig struct {
	Store
	t     *testing.T
	open  Opener
	opts  journal.Options
	now   time.Time
	trust record.Trust
	free  uint64
}

const mib = 1 << 20

var suiteStart = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func newRig(t *testing.T, open Opener) *rig {
	r := &rig{t: t, open: open, now: suiteStart, trust: record.Synchronised, free: 1 << 40}
	r.opts = journal.Options{
		Dir: t.TempDir(), Kiosk: "K001", Incarnation: 1, Retention: 24 * time.Hour,
		Clock: func() time.Time { return r.now }, Trust: func() record.Trust { return r.trust },
		FreeSpace:    func(string) (uint64, error) { return r.free, nil },
		ReserveBytes: 64 * mib, BallastBytes: -1,
	}
	r.Store = open(t, r.opts)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func (r *rig) reopen() {
	r.t.Helper()
	r.must(r.Close())
	r.Store = r.open(r.t, r.opts)
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) append(drafts ...record.Draft) []record.Record {
	r.t.Helper()
	rs, err := r.Append(drafts...)
	r.must(err)
	return rs
}

func (r *rig) wantErr(err, want error) {
	r.t.Helper()
	if !errors.Is(err, want) {
		r.t.Fatalf("got error %v, want %v", err, want)
	}
}

func (r *rig) verify(records, first, head uint64) {
	r.t.Helper()
	rep, err := r.Verify(r.t.Context())
	r.must(err)
	if rep.Records != records || rep.First != first || rep.Head.Seq != head {
		r.t.Fatalf("report %+v, want %d records from %d to %d", rep, records, first, head)
	}
}

func (r *rig) wantSeqs(rs []record.Record, want ...uint64) {
	r.t.Helper()
	var got []uint64
	for _, x := range rs {
		got = append(got, x.Seq)
	}
	if !slices.Equal(got, want) {
		r.t.Fatalf("records %v, want %v", got, want)
	}
}

func draft(txn, payload string) record.Draft {
	return record.Draft{Type: "note-stacked", Txn: txn, Version: 1, Payload: []byte(payload)}
}

func testAppend(t *testing.T, r *rig) {
	if h := r.Head(); h.Seq != 0 || h.Hash != record.Genesis("K001", 1) || r.First() != 1 || r.Boot() != 1 {
		t.Fatalf("empty journal: head %v, first %d, boot %d", h, r.First(), r.Boot())
	}
	rs := r.append(draft("T1", `{"fen":100}`))
	r.wantSeqs(rs, 1)
	got := rs[0]
	if got.Prev != record.Genesis("K001", 1) || got.Boot != 1 || !got.Time.Equal(suiteStart) || got.Trust != record.Synchronised ||
		got.Type != "note-stacked" || got.Txn != "T1" || got.Version != 1 || string(got.Payload) != `{"fen":100}` {
		t.Fatalf("record %+v", got)
	}
	r.verify(1, 1, 1)
}

func testBatch(t *testing.T, r *rig) {
	r.append(draft("T1", "{}"))
	rs := r.append(draft("T1", "{}"), draft("", "{}"), draft("T2", "{}"))
	r.wantSeqs(rs, 2, 3, 4)
	at := record.Head{Seq: 1, Hash: rs[0].Prev}
	for _, x := range rs {
		var err error
		at, err = at.Follow(x)
		r.must(err)
	}
	if at != r.Head() {
		t.Fatalf("head %v, want %v", r.Head(), at)
	}
	if rs, err := r.Append(); err != nil || len(rs) != 0 || r.Head() != at {
		t.Fatalf("an empty append gave %v, %v", rs, err)
	}
	r.verify(4, 1, 4)
}

func testConcurrent(t *testing.T, r *rig) {
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				rs, err := r.Append(draft("T1", "{}"), draft("T2", "{}"))
				if err != nil || len(rs) != 2 || rs[1].Seq != rs[0].Seq+1 {
					t.Errorf("append gave %v, %v", rs, err)
				}
			}
		})
	}
	wg.Wait()
	r.verify(2*writers*each, 1, 2*writers*each)
}

func testLimits(t *testing.T, r *rig) {
	big := make([]byte, record.MaxPayload+1)
	_, err := r.Append(record.Draft{Type: "x", Payload: big})
	r.wantErr(err, record.ErrMalformed)
	_, err = r.Append(draft("T1", "{}"), record.Draft{})
	r.wantErr(err, record.ErrMalformed)
	many := slices.Repeat([]record.Draft{{Type: "x", Payload: big[1:]}}, 32)
	_, err = r.Append(many...)
	r.wantErr(err, journal.ErrTooLarge)
	r.wantErr(r.SetState("x", make([]byte, journal.MaxState+1)), record.ErrMalformed)
	r.wantErr(r.SetState("", nil), record.ErrMalformed)
	r.verify(0, 1, 0)
	r.append(many[:31]...)
	small := slices.Repeat([]record.Draft{{Type: "x", Txn: "T"}}, 1500)
	if rs := r.append(small...); len(rs) != 1500 {
		t.Fatalf("%d records", len(rs))
	}
	r.verify(1531, 1, 1531)
}

func testRead(t *testing.T, r *rig) {
	for range 5 {
		r.append(draft("T1", "0123456789"))
	}
	const size = 62 + len("note-stacked") + len("T1") + 10
	for _, c := range []struct {
		from         uint64
		limit, bytes int
		want         []uint64
	}{
		{1, 10, 1 << 20, []uint64{1, 2, 3, 4, 5}},
		{0, 10, 1 << 20, []uint64{1, 2, 3, 4, 5}},
		{2, 2, 1 << 20, []uint64{2, 3}},
		{1, 10, 3 * size, []uint64{1, 2, 3}},
		{1, 10, 3*size - 1, []uint64{1, 2}},
		{4, 10, 1, []uint64{4}},
		{5, 10, 1 << 20, []uint64{5}},
		{6, 10, 1 << 20, nil},
		{900, 10, 1 << 20, nil},
		{1, 0, 1 << 20, nil},
	} {
		rs, err := r.Read(c.from, c.limit, c.bytes)
		r.must(err)
		r.wantSeqs(rs, c.want...)
	}
	var seen []uint64
	stop := errors.New("stop")
	err := r.Each(2, func(x record.Record) error {
		seen = append(seen, x.Seq)
		if x.Seq == 4 {
			return stop
		}
		_, err := r.Append(draft("", "{}")) // is not seen
		return err
	})
	r.wantErr(err, stop)
	if !slices.Equal(seen, []uint64{2, 3, 4}) || r.Head().Seq != 7 {
		t.Fatalf("walked %v, head %d", seen, r.Head().Seq)
	}
}

func testTxn(_ *testing.T, r *rig) {
	r.append(draft("A", "{}"), draft("AB", "{}"), draft("", "{}"), draft("A", "{}"))
	for serial, want := range map[string][]uint64{"A": {1, 4}, "AB": {2}, "B": nil} {
		rs, err := r.Txn(serial)
		r.must(err)
		r.wantSeqs(rs, want...)
	}
	_, err := r.Txn("")
	r.wantErr(err, record.ErrMalformed)
}

func testState(t *testing.T, r *rig) {
	_, err := r.State("policy")
	r.wantErr(err, journal.ErrNoState)
	r.must(r.SetState("policy", []byte("v1")))
	_, err = r.AppendWith(map[string][]byte{"policy": []byte("v2"), "empty": {}}, draft("T1", "{}"))
	r.must(err)
	r.must(r.SetState("large", make([]byte, journal.MaxState)))
	r.reopen()
	v, err := r.State("policy")
	r.must(err)
	if string(v) != "v2" {
		t.Fatalf("state %q", v)
	}
	if v, err := r.State("empty"); err != nil || v == nil || len(v) != 0 {
		t.Fatalf("empty state is %v, %v", v, err)
	}
	if v, err := r.State("large"); err != nil || len(v) != journal.MaxState {
		t.Fatalf("large state has %d bytes, %v", len(v), err)
	}
	r.must(r.SetState("policy", nil))
	_, err = r.State("policy")
	r.wantErr(err, journal.ErrNoState)
	r.verify(1, 1, 1)
}

func testReopen(t *testing.T, r *rig) {
	r.append(draft("T1", "{}"), draft("T2", "{}"))
	head := r.Head()
	r.must(r.Acknowledge(head))
	r.reopen()
	if r.Head() != head || r.Boot() != 2 || r.Acknowledged() != 2 {
		t.Fatalf("head %v, boot %d, acknowledged %d", r.Head(), r.Boot(), r.Acknowledged())
	}
	if rs := r.append(draft("T2", "{}")); rs[0].Boot != 2 || rs[0].Prev != head.Hash {
		t.Fatalf("record %+v", rs[0])
	}
	rs, err := r.Txn("T2")
	r.must(err)
	r.wantSeqs(rs, 2, 3)
	r.verify(3, 1, 3)
}

func testWait(t *testing.T, r *rig) {
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 3)
	go func() { got <- r.Wait(ctx, 0) }()
	go func() { got <- r.Wait(ctx, 0) }()
	r.append(draft("T1", "{}"))
	r.must(<-got)
	r.must(<-got)
	r.must(r.Wait(ctx, 0))
	go func() { got <- r.Wait(ctx, 1) }()
	cancel()
	r.wantErr(<-got, context.Canceled)
	go func() { got <- r.Wait(t.Context(), 1) }()
	r.must(r.Close())
	r.wantErr(<-got, journal.ErrClosed)
}

func testAcknowledge(t *testing.T, r *rig) {
	rs := r.append(draft("T1", "{}"), draft("T1", "{}"), draft("T1", "{}"))
	two := record.Head{Seq: 2, Hash: rs[2].Prev}
	r.wantErr(r.Acknowledge(record.Head{Seq: 2, Hash: rs[1].Prev}), journal.ErrAckMismatch)
	r.wantErr(r.Acknowledge(record.Head{Seq: 4, Hash: r.Head().Hash}), journal.ErrAckBeyond)
	r.wantErr(r.Acknowledge(record.Head{Seq: 4, Hash: r.Head().Hash}), journal.ErrAckMismatch)
	r.wantErr(r.Acknowledge(record.Head{}), journal.ErrAckMismatch)
	if r.Acknowledged() != 0 {
		t.Fatalf("acknowledged %d", r.Acknowledged())
	}
	r.must(r.Acknowledge(record.Head{Hash: record.Genesis("K001", 1)}))
	r.must(r.Acknowledge(two))
	r.must(r.Acknowledge(record.Head{Seq: 1, Hash: rs[1].Prev})) // late, changes nothing
	r.wantErr(r.Acknowledge(record.Head{Seq: 1}), journal.ErrAckMismatch)
	r.reopen()
	if r.Acknowledged() != 2 {
		t.Fatalf("acknowledged %d", r.Acknowledged())
	}
	r.must(r.Acknowledge(r.Head()))
	if r.Acknowledged() != 3 {
		t.Fatalf("acknowledged %d", r.Acknowledged())
	}
}

func (r *rig) trim(want int) {
	r.t.Helper()
	n, err := r.Trim(r.now)
	r.must(err)
	if n != want {
		r.t.Fatalf("trimmed %d records, want %d", n, want)
	}
}

func testTrim(t *testing.T, r *rig) {
	for range 600 {
		r.append(draft("OLD", "{}"), draft("LONG", "{}"))
	}
	r.now = r.now.Add(time.Hour)
	rs := r.append(draft("LONG", "{}"), draft("NEW", "{}"))
	r.trim(0) // neither old nor acknowledged
	r.now = suiteStart.Add(24*time.Hour + time.Second)
	r.trim(0) // not acknowledged
	r.must(r.Acknowledge(record.Head{Seq: 1200, Hash: rs[0].Prev}))
	r.must(r.Acknowledge(r.Head()))
	r.trim(1200)
	r.trim(0)
	if r.First() != 1201 {
		t.Fatalf("first %d", r.First())
	}
	_, err := r.Read(1200, 1, 1<<20)
	r.wantErr(err, journal.ErrTrimmed)
	for serial, want := range map[string][]uint64{"OLD": nil, "LONG": {1201}, "NEW": {1202}} {
		rs, err := r.Txn(serial)
		r.must(err)
		r.wantSeqs(rs, want...)
	}
	r.verify(2, 1201, 1202)
	r.must(r.Acknowledge(record.Head{Seq: 7})) // too old to be checked
	r.reopen()
	r.verify(2, 1201, 1202)
	r.now = r.now.Add(24 * time.Hour)
	r.trim(2)
	r.verify(0, 1203, 1202)
	r.reopen()
	r.wantSeqs(r.append(draft("T1", "{}")), 1203)
	r.verify(1, 1203, 1203)
}

func testTrimUntrusted(_ *testing.T, r *rig) {
	r.append(draft("A", "{}"))
	good := r.now
	r.now, r.trust = time.Unix(0, 0), record.Untrusted
	r.append(draft("B", "{}"), draft("C", "{}"))
	r.must(r.Acknowledge(r.Head()))
	r.now = good.Add(48 * time.Hour)
	r.trim(0)
	r.trust = record.RTC
	r.trim(1) // the age of B and C is not known yet
	r.append(draft("D", "{}"))
	r.must(r.Acknowledge(r.Head()))
	r.trim(0)
	r.now = r.now.Add(25 * time.Hour)
	r.trim(3)
}

func testTrimPinned(t *testing.T, r *rig) {
	stay := []string{"OPEN", "NONE"}
	r.opts.Pinned = func(state func(string) ([]byte, error)) ([]string, error) {
		if v, err := state("open"); err != nil || string(v) != "OPEN" {
			return nil, fmt.Errorf("state is %q, %w", v, err)
		}
		return stay, nil
	}
	r.reopen()
	_, err := r.Trim(r.now)
	r.wantErr(err, journal.ErrNoState)
	r.must(r.SetState("open", []byte("OPEN")))
	r.append(draft("A", "{}"), draft("OPEN", "{}"), draft("A", "{}"), draft("OPEN", "{}"))
	r.must(r.Acknowledge(r.Head()))
	r.now = r.now.Add(200 * 24 * time.Hour)
	r.trim(1)
	rs, err := r.Txn("OPEN")
	r.must(err)
	r.wantSeqs(rs, 2, 4)
	stay = nil
	r.trim(3)
	if r.First() != 5 {
		t.Fatalf("first %d", r.First())
	}
}

// testTrimWrongClock stamps single records wrongly in either direction.
func testTrimWrongClock(_ *testing.T, r *rig) {
	at := func(d time.Duration) {
		r.now = suiteStart.Add(d)
		r.append(draft("", "{}"))
	}
	const day = 24 * time.Hour // the retention
	at(0)
	at(13 * 365 * day) // 2039
	at(10 * day)
	at(-365 * day) // as old as can be, but written after a young one
	at(10*day + time.Hour)
	r.must(r.Acknowledge(r.Head()))
	r.now = suiteStart.Add(10 * day)
	r.trim(1) // the second has the age of the third
	r.now = suiteStart.Add(11*day + time.Minute)
	r.trim(2) // the fourth has the age of the fifth
	r.now = suiteStart.Add(12 * day)
	r.trim(2)
}

// testTrimLeap starts with a battery clock that lost its mind.
func testTrimLeap(_ *testing.T, r *rig) {
	r.append(draft("", "{}"), draft("", "{}"))
	r.must(r.Acknowledge(r.Head()))
	r.reopen()
	good := r.now
	r.now, r.trust = good.Add(13*365*24*time.Hour), record.RTC
	r.append(draft("", "{}"))
	r.trim(0)
	r.trust = record.Synchronised // it was right: the kiosk lay in a store for years
	r.trim(2)
}

func testRewind(t *testing.T, r *rig) {
	rs := r.append(draft("A", "{}"), draft("B", "{}"), draft("C", "{}"), draft("D", "{}"))
	at := func(seq uint64) record.Head { return record.Head{Seq: seq, Hash: rs[seq].Prev} }
	r.must(r.Acknowledge(at(3)))
	r.must(r.Rewind(at(3)))
	r.must(r.Rewind(r.Head())) // not back
	r.wantErr(r.Rewind(record.Head{Seq: 2, Hash: rs[1].Prev}), journal.ErrAckMismatch)
	r.wantErr(r.Rewind(record.Head{Seq: 5}), journal.ErrAckBeyond)
	if r.Acknowledged() != 3 {
		t.Fatalf("acknowledged %d", r.Acknowledged())
	}
	r.must(r.Rewind(at(1)))
	r.reopen()
	if r.Acknowledged() != 1 {
		t.Fatalf("acknowledged %d after going back to 1", r.Acknowledged())
	}
	r.now = r.now.Add(48 * time.Hour)
	r.trim(1)
	r.must(r.Rewind(at(1))) // where the chain begins now
	r.wantErr(r.Rewind(record.Head{Hash: record.Genesis("K001", 1)}), journal.ErrTrimmed)
	r.must(r.Acknowledge(r.Head()))
	r.must(r.Rewind(at(2)))
	r.must(r.Acknowledge(r.Head()))
	r.trim(3)
	r.wantErr(r.Rewind(at(2)), journal.ErrTrimmed)
	if r.Acknowledged() != 4 {
		t.Fatalf("acknowledged %d", r.Acknowledged())
	}
}

func testFull(t *testing.T, r *rig) {
	r.append(draft("T1", "{}"))
	r.must(r.Ready())
	r.free = 96*mib - 1
	r.wantErr(r.Ready(), journal.ErrFull)
	r.append(draft("T1", "{}"))
	r.free = 64*mib - 1
	_, err := r.Append(draft("T1", "{}"))
	r.wantErr(err, journal.ErrFull)
	r.wantErr(r.SetState("x", []byte("1")), journal.ErrFull)
	r.must(r.Acknowledge(r.Head()))
	r.now = r.now.Add(48 * time.Hour)
	r.trim(2)
	r.free = 4 * mib
	r.must(r.Acknowledge(r.Head()))
	r.free = 96 * mib
	r.must(r.Ready())
	r.wantSeqs(r.append(draft("T1", "{}")), 3)
	r.verify(1, 3, 3)
	r.free = 4*mib - 1
	if err := r.Acknowledge(r.Head()); !errors.Is(err, journal.ErrFull) || r.Acknowledged() != 2 {
		t.Fatalf("acknowledge gave %v, acknowledged %d", err, r.Acknowledged())
	}
}

func testClosed(t *testing.T, r *rig) {
	r.append(draft("T1", "{}"))
	r.must(r.Close())
	r.must(r.Close())
	_, err := r.Append(draft("T1", "{}"))
	r.wantErr(err, journal.ErrClosed)
	_, err = r.Read(1, 1, 1)
	r.wantErr(err, journal.ErrClosed)
	_, err = r.State("x")
	r.wantErr(err, journal.ErrClosed)
	_, err = r.Txn("T1")
	r.wantErr(err, journal.ErrClosed)
	_, err = r.Verify(t.Context())
	r.wantErr(err, journal.ErrClosed)
	r.wantErr(r.Ready(), journal.ErrClosed)
	r.wantErr(r.Acknowledge(r.Head()), journal.ErrClosed)
	r.wantErr(r.Wait(t.Context(), 0), journal.ErrClosed)
}
