package outbox

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Acked takes an acknowledgement of head office.
//
//	upto                      effect
//	below or at acknowledged  ignored, but counted: see repeatsToRewind
//	a record of the journal   its hash must be right; then everything up to it is
//	                          acknowledged in the Source, wherever it lies in a batch
//	above the journal's head  ErrAck
//
// An acknowledgement may be above what this Sender has sent: head office may
// have it from before a restart. The hash proves that it means this journal. On
// an error nothing is acknowledged; one that wraps ErrAck is for an alarm.
func (s *Sender) Acked(now time.Time, a wire.Ack) error {
	if a.V != wire.Version {
		return fmt.Errorf("%w: v %d", ErrAck, a.V)
	}
	if a.Upto <= s.acked {
		s.repeated()
		return nil
	}
	head := s.src.Head()
	if a.Upto > head.Seq {
		return fmt.Errorf("%w: record %d, journal ends at %d", ErrAck, a.Upto, head.Seq)
	}
	want, err := s.hash(a.Upto, head)
	if err != nil {
		return err
	}
	if a.Hash != want {
		return fmt.Errorf("%w: record %d has hash %s, not %s", ErrAck, a.Upto, want, a.Hash)
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
	s.stalled, s.repeats, s.rewound = false, 0, false
	s.deadline = time.Time{}
	if len(s.flight) > 0 {
		s.deadline = s.patience(now)
	}
}

func (s *Sender) repeated() {
	if len(s.flight) == 0 || s.rewound {
		return
	}
	if s.repeats++; s.repeats < repeatsToRewind {
		return
	}
	deadline := s.deadline
	s.rewind()
	s.rewound, s.deadline = true, deadline
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
