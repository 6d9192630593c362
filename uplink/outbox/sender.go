package outbox

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Source is the journal as the outbox sees it.
type Source interface {
	// Head is the last committed record.
	Head() record.Head
	// Read returns records from, from+1, … : at most limit of them, and at most
	// maxBytes of encodings, but at least one if there is one.
	Read(from uint64, limit, maxBytes int) ([]record.Record, error)
	// Acknowledged is the last sequence number given to Acknowledge, 0 at first.
	Acknowledged() uint64
	// Acknowledge stores that head office has everything up to h. If it is not
	// durable, records are sent again after a restart, which is harmless.
	Acknowledge(h record.Head) error
	// Rewind stores that head office has no more than what is up to h, below what
	// Acknowledged says; it refuses an h that is not of this journal.
	Rewind(h record.Head) error
}

// Limits and defaults.
const (
	DefaultWindow       = 8
	DefaultBatchRecords = 100
	DefaultBatchBytes   = 96 << 10
	DefaultAckTimeout   = 30 * time.Second
	DefaultResend       = 5 * time.Second

	// MaxWindow bounds the memory a Sender can put in flight.
	MaxWindow = 64

	// A gap at head office shows as repeated acknowledgements of the record
	// before it. After this many the Sender rewinds without waiting for Resend.
	repeatsToRewind = wire.AckRepeats

	// backEvery bounds how often head office is followed to an older state: one that
	// wavers must not make a kiosk send its journal over and over.
	backEvery = time.Hour

	// Waits are up to this fraction longer, by chance, so that kiosks of one outage do
	// not come back in step.
	jitter = 0.25
)

// Errors of Acked. Somebody must look.
var (
	// ErrAck says that head office acknowledged what this journal does not hold: one
	// of the two has lost or changed records, or another board sends as this kiosk.
	ErrAck = errors.New("acknowledgement does not fit the journal")
	// ErrBehind says that head office has lost records which are not here any more.
	ErrBehind = errors.New("head office lacks records that are not in the journal any more")
)

// Config bounds a Sender. Zero fields take the defaults.
type Config struct {
	Window       int           // batches in flight, at most MaxWindow
	BatchRecords int           // records in a batch, at most wire.MaxBatchRecords
	BatchBytes   int           // of record encodings in a batch
	AckTimeout   time.Duration // without any acknowledgement, after which the link is not believed
	// Resend is how long without progress after which records are sent again, doubled
	// each time up to AckTimeout: the last batch may be lost like any other.
	Resend time.Duration
}

func (c Config) withDefaults() Config {
	pick := func(v, d, most int) int {
		if v <= 0 {
			v = d
		}
		return min(v, most)
	}
	c.Window = pick(c.Window, DefaultWindow, MaxWindow)
	c.BatchRecords = pick(c.BatchRecords, DefaultBatchRecords, wire.MaxBatchRecords)
	c.BatchBytes = pick(c.BatchBytes, DefaultBatchBytes, wire.MaxBatchBytes-record.MaxSize)
	if c.AckTimeout <= 0 {
		c.AckTimeout = DefaultAckTimeout
	}
	if c.Resend <= 0 {
		c.Resend = DefaultResend
	}
	return c
}

// Batch is one message for the rec channel.
type Batch struct {
	First, Last uint64
	Payload     []byte // wire.EncodeBatch
}

// Sender walks the journal. It is for one goroutine.
//
//	state         entered by                        Advance
//	disconnected  New, Disconnected                 nothing
//	up            Connected                         records from acknowledged+1, a window full;
//	                                                again from there after Resend without progress
//	stalled       AckTimeout without a word         as up; left by any acknowledgement,
//	                                                Disconnected or Connected
type Sender struct {
	cfg    Config
	src    Source
	rng    func() float64
	up     bool
	acked  uint64        // last acknowledged
	next   uint64        // to send
	flight []record.Head // last record of each batch in flight, oldest first

	resendAt time.Time // while records are in flight; zero otherwise
	resends  int       // since the last progress
	silentAt time.Time // when silence is a stall; zero while nothing is awaited
	repeats  int       // acknowledgements that moved nothing, since the last progress
	rewound  bool      // for repeats, since the last progress

	low    wire.Ack  // below what is acknowledged, as last heard
	lows   int       // how often in a row
	backAt time.Time // when head office was last followed back
}

// New returns a disconnected Sender. rng yields [0,1).
func New(cfg Config, src Source, rng func() float64) *Sender {
	s := &Sender{cfg: cfg.withDefaults(), src: src, rng: rng, acked: src.Acknowledged()}
	s.rewind()
	return s
}

// Connected says that messages can be sent and acknowledgements will arrive. It
// rewinds.
func (s *Sender) Connected(now time.Time) {
	s.up = true
	s.fresh()
}

// Disconnected says that the link is gone, with whatever was in flight.
func (s *Sender) Disconnected(now time.Time) {
	s.up = false
	s.fresh()
}

func (s *Sender) fresh() {
	s.silentAt = time.Time{}
	s.resends, s.repeats, s.rewound = 0, 0, false
	s.low, s.lows = wire.Ack{}, 0
	s.rewind()
}

func (s *Sender) rewind() {
	s.next = s.acked + 1
	s.flight, s.resendAt = s.flight[:0], time.Time{}
}

// Advance returns the batches to send now, oldest first; call it after a commit,
// after Connected, Acked, and at Wake. A single record goes at once. What it
// returns counts as in flight: if a batch cannot be handed to the link, rebuild
// the link. With an error the batches before the fault are still returned; the
// fault is met again on the next call.
func (s *Sender) Advance(now time.Time) ([]Batch, error) {
	if !s.up {
		return nil, nil
	}
	if len(s.flight) > 0 && !now.Before(s.resendAt) {
		s.resends++
		s.rewind()
	}

	var out []Batch
	for head := s.src.Head().Seq; s.next <= head && len(s.flight) < s.cfg.Window; {
		b, err := s.batch()
		if err != nil {
			return out, err
		}
		if s.resendAt.IsZero() {
			s.resendAt = s.later(now, backoff.Wait(s.resends, s.cfg.Resend, s.cfg.AckTimeout))
		}
		if s.silentAt.IsZero() {
			s.silentAt = s.later(now, s.cfg.AckTimeout)
		}
		out = append(out, b.Batch)
		s.flight = append(s.flight, b.head)
		s.next = b.Last + 1
	}
	return out, nil
}

type sealed struct {
	Batch
	head record.Head
}

func (s *Sender) batch() (sealed, error) {
	recs, err := s.src.Read(s.next, s.cfg.BatchRecords, s.cfg.BatchBytes)
	if err != nil {
		return sealed{}, fmt.Errorf("cannot read record %d: %w", s.next, err)
	}
	if len(recs) == 0 || recs[0].Seq != s.next {
		return sealed{}, fmt.Errorf("cannot read record %d: %w: got %d records", s.next, record.ErrChain, len(recs))
	}
	p, err := wire.EncodeBatch(recs)
	if err != nil {
		return sealed{}, fmt.Errorf("cannot pack records from %d: %w", s.next, err)
	}
	h, err := wire.PeekBatch(p)
	if err != nil {
		return sealed{}, fmt.Errorf("cannot pack records from %d: %w", s.next, err)
	}
	return sealed{Batch{h.First, h.Last.Seq, p}, h.Last}, nil
}

// later is now and d, and a little more by chance.
func (s *Sender) later(now time.Time, d time.Duration) time.Time {
	return now.Add(d + time.Duration(s.rng()*jitter*float64(d)))
}

// Wake is when Advance is to be called at the latest even if nothing happens;
// zero if only an event can change anything.
func (s *Sender) Wake() time.Time {
	if !s.up || len(s.flight) == 0 {
		return time.Time{}
	}
	if s.silentAt.Before(s.resendAt) {
		return s.silentAt
	}
	return s.resendAt
}

// Stalled reports that records were sent and no acknowledgement at all has come for
// AckTimeout. The link may look up and lead nowhere: the owner builds a new one. A
// head office that answers, but does not get on, is no reason for that.
func (s *Sender) Stalled(now time.Time) bool {
	return s.up && !s.silentAt.IsZero() && !now.Before(s.silentAt)
}

// Acknowledged is the last record that head office has.
func (s *Sender) Acknowledged() uint64 { return s.acked }

// Backlog is how many committed records head office has not acknowledged.
func (s *Sender) Backlog() uint64 { return s.src.Head().Seq - min(s.acked, s.src.Head().Seq) }
