package outbox_test

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

var errTrimmed = errors.New("trimmed")

// say has head office acknowledge upto so often.
func say(t *testing.T, s *outbox.Sender, l *ledger, now time.Time, upto uint64, times int) {
	t.Helper()
	for range times {
		a := wire.Ack{V: 1, Hash: record.Genesis("10000001", 0)}
		if upto > 0 {
			a = l.ack(t, upto)
		}
		if err := s.Acked(now, a); err != nil {
			t.Fatalf("acknowledgement of %d: %v", upto, err)
		}
	}
}

// TestOfficeComesBackOlder: what head office says it has, three times in a row, is
// where the journal is sent from; a single old word changes nothing.
func TestOfficeComesBackOlder(t *testing.T) {
	for _, older := range []uint64{7, 0} {
		s, l := newSender(t, 25)
		s.Connected(start)
		advance(t, s, start)
		say(t, s, l, start, 25, 1)
		l.commit(t, 1)
		expect(t, "live", advance(t, s, start), spans{{26, 26}})

		say(t, s, l, start, older, 2)
		expect(t, "after two", s.Acknowledged(), uint64(25))
		say(t, s, l, start, 25, 1) // the two were old news
		say(t, s, l, start, older, 2)
		expect(t, "after two again", s.Acknowledged(), uint64(25))
		say(t, s, l, start, older, 1)
		expect(t, "after three in a row", s.Acknowledged(), older)
		expect(t, "in the journal", l.acked.Seq, older)
		expect(t, "sent again", advance(t, s, start)[0][0], older+1)
		expect(t, "stalled", s.Stalled(start), false)
	}
}

// TestOfficeIsFollowedBackOnceAnHour, so that one that wavers does not have the
// journal sent over and over.
func TestOfficeIsFollowedBackOnceAnHour(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	say(t, s, l, start, 25, 1)
	say(t, s, l, start, 7, 3)
	say(t, s, l, start, 25, 1)
	say(t, s, l, start.Add(time.Hour-1), 7, 9)
	expect(t, "within the hour", s.Acknowledged(), uint64(25))
	say(t, s, l, start.Add(time.Hour), 7, 1)
	expect(t, "after it", s.Acknowledged(), uint64(7))
}

// TestOfficeLacksWhatIsTrimmed: nothing is sent from the middle, and the owner hears.
func TestOfficeLacksWhatIsTrimmed(t *testing.T) {
	s, l := newSender(t, 25)
	s.Connected(start)
	say(t, s, l, start, 25, 1)
	l.first = 9
	say(t, s, l, start, 7, 2)
	if err := s.Acked(start, l.ack(t, 7)); !errors.Is(err, outbox.ErrBehind) || !errors.Is(err, errTrimmed) {
		t.Errorf("got %v, want ErrBehind", err)
	}
	expect(t, "acknowledged", s.Acknowledged(), uint64(25))
	say(t, s, l, start, 7, 2) // reported once for each three
	if err := s.Acked(start, l.ack(t, 7)); !errors.Is(err, outbox.ErrBehind) {
		t.Errorf("said again: got %v, want ErrBehind", err)
	}
	say(t, s, l, start, 8, 3) // that one can be followed
	expect(t, "acknowledged", s.Acknowledged(), uint64(8))
}

// TestAnotherJournalUnderOurName: a hash that is not ours is told from an old word, at
// whatever number.
func TestAnotherJournalUnderOurName(t *testing.T) {
	for _, upto := range []uint64{5, 20, 23, 25, 26} {
		s, l := newSender(t, 25)
		s.Connected(start)
		say(t, s, l, start, 20, 1)
		var err error
		for range 3 {
			err = s.Acked(start, wire.Ack{V: 1, Upto: upto, Hash: record.Genesis("10000001", 9)})
		}
		if !errors.Is(err, outbox.ErrAck) {
			t.Errorf("up to %d: got %v, want ErrAck", upto, err)
		}
		expect(t, "acknowledged", l.acked.Seq, uint64(20))
	}
}
