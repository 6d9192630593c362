package outbox

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Acked takes an acknowledgement of head office: what it has, and the hash of that.
//
//	upto                      effect
//	below what is             said often enough in a row, and if its hash is that of our
//	acknowledged              record: head office has an older state, so records are sent
//	                          again from there, once an hour at most; ErrBehind if they
//	                          are not here any more
//	what is acknowledged      counted: see repeatsToRewind
//	a record of the journal   everything up to it is acknowledged in the Source, wherever
//	                          it lies in a batch
//	above the journal's head  ErrAck
//
// A hash that is not ours is ErrAck. An acknowledgement may be above what this Sender
// has sent: head office may have it from before a restart. The hash proves that it
// means this journal. On an error nothing has changed.
func (s *Sender) Acked(now time.Time, a wire.Ack) error {
	if a.V != wire.Version {
		return fmt.Errorf("%w: v %d", ErrAck, a.V)
	}
	s.heard(now)

	switch {
	case a.Upto > s.acked:
		return s.forward(now, a)
	case a.Upto == s.acked:
		s.repeated()
		return s.sameAsOurs(a)
	}
	return s.behind(now, a)
}

// heard notes a sign of life.
func (s *Sender) heard(now time.Time) {
	if !s.silentAt.IsZero() {
		s.silentAt = s.later(now, s.cfg.AckTimeout)
	}
}

// forward acknowledges records.
func (s *Sender) forward(now time.Time, a wire.Ack) error {
	if head := s.src.Head(); a.Upto > head.Seq {
		return fmt.Errorf("%w: record %d, journal ends at %d", ErrAck, a.Upto, head.Seq)
	}
	if err := s.sameAsOurs(a); err != nil {
		return err
	}
	if err := s.src.Acknowledge(record.Head{Seq: a.Upto, Hash: a.Hash}); err != nil {
		return fmt.Errorf("cannot store acknowledgement of %d: %w", a.Upto, err)
	}
	s.progress(now, a.Upto)
	return nil
}

func (s *Sender) progress(now time.Time, upto uint64) {
	s.acked = upto
	s.next = max(s.next, upto+1)
	s.flight = slices.DeleteFunc(s.flight, func(h record.Head) bool { return h.Seq <= upto })
	s.resends, s.repeats, s.rewound = 0, 0, false
	s.low, s.lows = wire.Ack{}, 0

	s.resendAt, s.silentAt = time.Time{}, time.Time{}
	if len(s.flight) > 0 {
		s.resendAt = s.later(now, s.cfg.Resend)
		s.silentAt = s.later(now, s.cfg.AckTimeout)
	}
}

// repeated rewinds when head office keeps saying that it has what it had.
func (s *Sender) repeated() {
	s.low, s.lows = wire.Ack{}, 0
	if len(s.flight) == 0 || s.rewound {
		return
	}
	if s.repeats++; s.repeats < repeatsToRewind {
		return
	}
	at := s.resendAt
	s.rewind()
	s.rewound, s.resendAt = true, at
}

// behind follows head office back to an older state of its own: it was restored from
// a backup, and what it had acknowledged since is in no book.
func (s *Sender) behind(now time.Time, a wire.Ack) error {
	if a != s.low {
		s.low, s.lows = a, 0
	}
	if s.lows++; s.lows < wire.AckRepeats || !s.backAt.IsZero() && now.Before(s.backAt.Add(backEvery)) {
		return nil
	}

	s.lows = 0 // what fails now is tried, and reported, once for each time it is said in full
	err := s.sameAsOurs(a)
	switch {
	case errors.Is(err, ErrAck):
		return err
	case err == nil:
		err = s.src.Rewind(record.Head{Seq: a.Upto, Hash: a.Hash})
	}
	if err != nil {
		return fmt.Errorf("%w: it has up to %d of %d: %w", ErrBehind, a.Upto, s.acked, err)
	}

	s.acked, s.backAt = a.Upto, now
	s.resends, s.repeats, s.rewound = 0, 0, false
	s.low, s.lows = wire.Ack{}, 0
	s.rewind()
	return nil
}

// sameAsOurs says whether an acknowledgement has the hash of our own record.
func (s *Sender) sameAsOurs(a wire.Ack) error {
	want, err := s.hash(a.Upto, s.src.Head())
	if err != nil {
		return err
	}
	if a.Hash != want {
		return fmt.Errorf("%w: record %d has hash %s, not %s", ErrAck, a.Upto, want, a.Hash)
	}
	return nil
}

// hash is the hash of a record: that of the head, of the end of a batch in
// flight, or what the record after it carries.
func (s *Sender) hash(seq uint64, head record.Head) (record.Hash, error) {
	if seq == head.Seq {
		return head.Hash, nil
	}
	for _, h := range s.flight {
		if h.Seq == seq {
			return h.Hash, nil
		}
	}
	recs, err := s.src.Read(seq+1, 1, record.MaxSize)
	if err != nil {
		return record.Hash{}, fmt.Errorf("cannot read record %d: %w", seq+1, err)
	}
	if len(recs) == 0 || recs[0].Seq != seq+1 {
		return record.Hash{}, fmt.Errorf("cannot read record %d: %w", seq+1, record.ErrChain)
	}
	return recs[0].Prev, nil
}
