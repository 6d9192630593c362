package outbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// ledger is a journal in memory. With forget, Acknowledge is not durable.
type ledger struct {
	recs  []record.Record
	head  record.Head
	acked record.Head
	fail  error
	onAck func(record.Head)
	first uint64 // stored; 0 is all
}

func (l *ledger) Head() record.Head    { return l.head }
func (l *ledger) Acknowledged() uint64 { return l.acked.Seq }

func (l *ledger) Acknowledge(h record.Head) error {
	if l.fail != nil {
		return l.fail
	}
	if l.onAck != nil {
		l.onAck(h)
	}
	l.acked = h
	return nil
}

func (l *ledger) Rewind(h record.Head) error {
	if l.fail != nil {
		return l.fail
	}
	l.acked = h
	return nil
}

func (l *ledger) Read(from uint64, limit, maxBytes int) ([]record.Record, error) {
	if l.fail != nil {
		return nil, l.fail
	}
	if from < l.first {
		return nil, errTrimmed
	}
	var out []record.Record
	for _, r := range l.recs[min(from-1, uint64(len(l.recs))):] {
		b, err := r.AppendBinary(nil)
		if err != nil {
			return nil, err
		}
		if maxBytes -= len(b); len(out) == limit || (len(out) > 0 && maxBytes < 0) {
			break
		}
		out = append(out, r)
	}
	return out, nil
}

func (l *ledger) commit(t testing.TB, n int) {
	t.Helper()
	for range n {
		p := fmt.Appendf(nil, `{"n":%d,"pad":"0123456789"}`, l.head.Seq+1)
		r, _, h, err := l.head.Seal(record.Stamp{Boot: 1, Time: start}, record.Draft{Type: "test", Version: 1, Payload: p})
		if err != nil {
			t.Fatal(err)
		}
		l.recs, l.head = append(l.recs, r), h
	}
}

// ack is head office's acknowledgement of seq, made from the records alone.
func (l *ledger) ack(t testing.TB, seq uint64) wire.Ack {
	t.Helper()
	_, sum, err := l.recs[seq-1].Sum()
	if err != nil {
		t.Fatal(err)
	}
	return wire.Ack{V: 1, Upto: seq, Hash: sum}
}

var start = time.UnixMilli(1_764_000_000_000).UTC()

const timeout = 30 * time.Second

func half() float64 { return 0.5 } // the stall limit is AckTimeout * 1.125

func newSender(t *testing.T, n int) (*outbox.Sender, *ledger) {
	t.Helper()
	l := &ledger{head: record.Head{Hash: record.Genesis("10000001", 0)}}
	l.commit(t, n)
	return outbox.New(outbox.Config{Window: 3, BatchRecords: 10, AckTimeout: timeout}, l, half), l
}

// advance returns the sequence numbers of the batches, as [first, last].
func advance(t *testing.T, s *outbox.Sender, now time.Time) [][2]uint64 {
	t.Helper()
	bs, err := s.Advance(now)
	if err != nil {
		t.Fatal(err)
	}
	var spans [][2]uint64
	for _, b := range bs {
		recs, err := wire.DecodeBatch(b.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if recs[0].Seq != b.First || recs[len(recs)-1].Seq != b.Last {
			t.Fatalf("batch %d to %d carries %d to %d", b.First, b.Last, recs[0].Seq, recs[len(recs)-1].Seq)
		}
		spans = append(spans, [2]uint64{b.First, b.Last})
	}
	return spans
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

type spans = [][2]uint64

func TestWindowMovesWithAcknowledgements(t *testing.T) {
	s, l := newSender(t, 45)
	expect(t, "before a connection", advance(t, s, start), spans(nil))
	s.Connected(start)
	expect(t, "first window", advance(t, s, start), spans{{1, 10}, {11, 20}, {21, 30}})
	expect(t, "window full", advance(t, s, start), spans(nil))
	for _, c := range []struct {
		upto uint64
		want spans
	}{
		{10, spans{{31, 40}}},
		{15, nil}, // the middle of a batch: it stays in flight
		{30, spans{{41, 45}}},
		{45, nil},
	} {
		if err := s.Acked(start, l.ack(t, c.upto)); err != nil {
			t.Fatal(err)
		}
		expect(t, "acknowledged in the journal", l.acked.Seq, c.upto)
		expect(t, fmt.Sprintf("after ack %d", c.upto), advance(t, s, start), c.want)
	}
	expect(t, "nothing to wait for", s.Wake(), time.Time{})
	expect(t, "backlog", s.Backlog(), uint64(0))
	l.commit(t, 1)
	expect(t, "a live record goes at once", advance(t, s, start), spans{{46, 46}})
	expect(t, "backlog", s.Backlog(), uint64(1))
}

func TestReconnectRewinds(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	expect(t, "first", advance(t, s, start), spans{{1, 10}, {11, 20}, {21, 25}})
	if err := s.Acked(start, l.ack(t, 7)); err != nil {
		t.Fatal(err)
	}
	s.Disconnected(start)
	expect(t, "down", advance(t, s, start), spans(nil))
	expect(t, "down, wake", s.Wake(), time.Time{})
	s.Connected(start)
	expect(t, "again", advance(t, s, start), spans{{8, 17}, {18, 25}})
}

func TestLateAcknowledgementFromBeforeARestart(t *testing.T) {
	s, l := newSender(t, 100)
	s.Connected(start)
	expect(t, "first window", advance(t, s, start), spans{{1, 10}, {11, 20}, {21, 30}})
	if err := s.Acked(start, l.ack(t, 64)); err != nil {
		t.Fatal(err)
	}
	expect(t, "what head office has is not sent again", advance(t, s, start), spans{{65, 74}, {75, 84}, {85, 94}})
}

func TestWrongAcknowledgementsFreeNothing(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	advance(t, s, start)
	if err := s.Acked(start, l.ack(t, 5)); err != nil {
		t.Fatal(err)
	}
	good := l.ack(t, 20)
	for name, a := range map[string]wire.Ack{
		"ahead of the journal": {V: 1, Upto: 26, Hash: good.Hash},
		"hash of another":      {V: 1, Upto: 10, Hash: good.Hash},
		"hash in a batch":      {V: 1, Upto: 11, Hash: good.Hash},
		"no hash":              {V: 1, Upto: 20},
		"wrong head":           {V: 1, Upto: 25, Hash: good.Hash},
		"version":              {V: 2, Upto: 20, Hash: good.Hash},
	} {
		if err := s.Acked(start, a); !errors.Is(err, outbox.ErrAck) {
			t.Errorf("%s: got %v, want ErrAck", name, err)
		}
	}
	for _, old := range []uint64{5, 3} {
		if err := s.Acked(start, l.ack(t, old)); err != nil {
			t.Errorf("old acknowledgement: %v", err)
		}
	}
	expect(t, "acknowledged", l.acked.Seq, uint64(5))
	if err := s.Acked(start, good); err != nil {
		t.Fatal(err)
	}
	expect(t, "acknowledged", l.acked.Seq, uint64(20))
}

// TestSilence: records go again after 5 s, 10, 20, … and a little, the last batch like
// any other; the link is not believed after 30 s and a little without a word.
func TestSilence(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	all := spans{{1, 10}, {11, 20}, {21, 25}}
	expect(t, "at once", advance(t, s, start), all)
	limit := start.Add(33750 * time.Millisecond)
	expect(t, "stalled before", s.Stalled(limit.Add(-1)), false)
	expect(t, "stalled", s.Stalled(limit), true)
	for i, at := range []time.Duration{5625, 5625 + 11250} {
		now := start.Add(at * time.Millisecond)
		expect(t, fmt.Sprintf("wake %d", i), s.Wake(), now)
		expect(t, fmt.Sprintf("before resend %d", i), advance(t, s, now.Add(-1)), spans(nil))
		expect(t, fmt.Sprintf("resend %d", i), advance(t, s, now), all)
		expect(t, fmt.Sprintf("stalled after resend %d", i), s.Stalled(now), false)
	}
	expect(t, "next wake", s.Wake(), limit)
	expect(t, "still stalled", s.Stalled(limit), true)
	if err := s.Acked(limit, l.ack(t, 10)); err != nil {
		t.Fatal(err)
	}
	expect(t, "stalled after progress", s.Stalled(limit), false)
	expect(t, "wake after progress", s.Wake(), limit.Add(5625*time.Millisecond))
	s.Disconnected(limit)
	expect(t, "stalled when down", s.Stalled(limit.Add(time.Hour)), false)
}

// TestAnOfficeThatAnswersIsNotSilence: an office that answers and does not get on
// needs no new link.
func TestAnOfficeThatAnswersIsNotSilence(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	advance(t, s, start)
	if err := s.Acked(start, l.ack(t, 5)); err != nil {
		t.Fatal(err)
	}
	for now := start; now.Before(start.Add(time.Hour)); now = now.Add(20 * time.Second) {
		if err := s.Acked(now, l.ack(t, 5)); err != nil {
			t.Fatal(err)
		}
		advance(t, s, now)
		if s.Stalled(now) {
			t.Fatalf("stalled at %s", now)
		}
	}
	expect(t, "stalled by silence", s.Stalled(start.Add(2*time.Hour)), true)
}

func TestIdleIsNotStalled(t *testing.T) {
	s, l := newSender(t, 1)
	s.Connected(start)
	advance(t, s, start)
	if err := s.Acked(start, l.ack(t, 1)); err != nil {
		t.Fatal(err)
	}
	later := start.Add(24 * time.Hour)
	expect(t, "stalled", s.Stalled(later), false)
	l.commit(t, 1)
	expect(t, "sends", advance(t, s, later), spans{{2, 2}})
	expect(t, "stalled", s.Stalled(later), false)
}

func TestRepeatedAcknowledgementsRewindOnce(t *testing.T) {
	s, l := newSender(t, 60)
	s.Connected(start)
	advance(t, s, start)
	if err := s.Acked(start, l.ack(t, 10)); err != nil {
		t.Fatal(err)
	}
	expect(t, "next batch", advance(t, s, start), spans{{31, 40}})
	for i, want := range []spans{nil, nil, {{11, 20}, {21, 30}, {31, 40}}, nil, nil, nil, nil} {
		now := start.Add(time.Duration(i+1) * time.Second / 2)
		if err := s.Acked(now, l.ack(t, 10)); err != nil {
			t.Fatal(err)
		}
		expect(t, fmt.Sprintf("repeat %d", i+1), advance(t, s, now), want)
	}
	expect(t, "the time of the resend stays", s.Wake(), start.Add(5625*time.Millisecond))
}

func TestFaultsOfTheJournalAreReported(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	l.fail = errors.New("disk")
	if _, err := s.Advance(start); !errors.Is(err, l.fail) {
		t.Errorf("Advance: got %v", err)
	}
	l.fail = nil
	expect(t, "after the fault", advance(t, s, start), spans{{1, 10}, {11, 20}, {21, 25}})
	l.fail = errors.New("disk")
	for _, seq := range []uint64{5, 10} {
		if err := s.Acked(start, l.ack(t, seq)); !errors.Is(err, l.fail) {
			t.Errorf("Acked %d: got %v", seq, err)
		}
	}
	l.fail = nil
	l.recs = slices.Delete(slices.Clone(l.recs), 3, 4)
	s.Connected(start)
	if _, err := s.Advance(start); !errors.Is(err, record.ErrChain) {
		t.Errorf("a gap in the journal: got %v, want ErrChain", err)
	}
}

func TestBatchesKeepToTheirBytes(t *testing.T) {
	l := &ledger{}
	l.commit(t, 20)
	s := outbox.New(outbox.Config{BatchBytes: 330}, l, half) // an encoding has 100 bytes or so
	s.Connected(start)
	bs := advance(t, s, start)
	expect(t, "batches", bs[:2], spans{{1, 3}, {4, 6}})
	expect(t, "default window", len(bs), outbox.DefaultWindow-1)
}
