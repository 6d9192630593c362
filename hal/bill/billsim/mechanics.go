package billsim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Outcomes of an inserted note.
const (
	Genuine    = "genuine"
	Suspect    = "suspect"    // rejected: looked like money, failed the checks
	Unreadable = "unreadable" // rejected: not recognised
)

// Reject is why a note was refused before escrow.
type Reject int

// Reasons.
const (
	NotRejected  Reject = iota
	Unrecognised        // not a note the device knows
	Unverified          // suspect
	Inhibited           // known, not enabled
)

// ErrSlot is returned by Insert when the note comes back out of the slot.
var ErrSlot = errors.New("the note comes back out")

// Config sets up a Mechanics. Zero fields take the defaults named below.
type Config struct {
	Values   []int64 // denominations in fen; 1, 5, 10, 20, 50, 100 yuan
	Capacity int     // notes in the cassette; 600
	Off      bool    // without power until PowerOn

	ReplyDelay    time.Duration // of the electronics, to each question; 5 ms
	BootTime      time.Duration // from power on to the first reply; 500 ms
	InitTime      time.Duration // after a reset; 3 s
	AcceptTime    time.Duration // slot to escrow; 800 ms
	RejectTime    time.Duration // 500 ms
	LeverTime     time.Duration // Stack to past the lever; 600 ms
	StackTime     time.Duration // Stack to Stacked; 1 s
	ReturnTime    time.Duration // 800 ms
	EscrowTimeout time.Duration // 10 s, restarted by Hold

	// ReportReturn makes a note that Reset gives back show as Returning and
	// Returned; otherwise it goes out while initialising, unreported.
	ReportReturn bool
	// Rand feeds the noise fault; without it that fault is refused.
	Rand *rand.Rand
	// NoisePerMille is the chance of a flipped bit per byte under noise; 20.
	NoisePerMille int
	// LostAcks is how many host acknowledgements the lost-ack fault drops; 1.
	LostAcks int
}

func (c Config) withDefaults() Config {
	if len(c.Values) == 0 {
		c.Values = []int64{100, 500, 1000, 2000, 5000, 10000}
	}
	c.Values = slices.Clone(c.Values)
	setDefault(&c.Capacity, 600)
	setDefault(&c.ReplyDelay, 5*time.Millisecond)
	setDefault(&c.BootTime, 500*time.Millisecond)
	setDefault(&c.InitTime, 3*time.Second)
	setDefault(&c.AcceptTime, 800*time.Millisecond)
	setDefault(&c.RejectTime, 500*time.Millisecond)
	setDefault(&c.LeverTime, 600*time.Millisecond)
	setDefault(&c.StackTime, time.Second)
	setDefault(&c.ReturnTime, 800*time.Millisecond)
	setDefault(&c.EscrowTimeout, 10*time.Second)
	setDefault(&c.NoisePerMille, 20)
	setDefault(&c.LostAcks, 1)
	c.StackTime = max(c.StackTime, c.LeverTime)
	return c
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Mechanics is the machine behind the electronics. Not safe for concurrent use.
// The electronics set Enabled, Open and Straight as the host orders, call Step
// before they look, and forget their own state in a PowerCut of their own that
// calls this one.
type Mechanics struct {
	Config // with the defaults filled in; not to be changed after New

	// Enabled says whether a note of fen is accepted now; nil = none is.
	Enabled func(fen int64) bool
	// Open says whether the slot takes notes at all; nil = it does not.
	Open func() bool
	// Straight says whether a note of fen is stacked without an order; nil = none.
	Straight func(fen int64) bool

	now time.Time // latest instant heard of

	phase     Phase
	end       time.Time // the phase ends by itself; zero = never
	fen       int64     // value of the note last handled; 0 = not one of Values
	reject    Reject    // of that note
	raw       int64     // what was really inserted
	hasNote   bool      // in the path, not yet past the lever
	inStacker bool      // past the lever, Stacked not acknowledged
	cassette  []int64
	returned  []int64
	faults    faults
}

// New returns a mechanics that has just powered up, or without power if cfg.Off.
func New(cfg Config) *Mechanics {
	m := &Mechanics{Config: cfg.withDefaults(), phase: PowerUp}
	if cfg.Off {
		m.phase = Off
	}
	return m
}

// Phase is what the device is doing.
func (m *Mechanics) Phase() Phase { return m.phase }

// Note is the value in fen of the note last handled, and why it was rejected.
func (m *Mechanics) Note() (fen int64, why Reject) { return m.fen, m.reject }

// Wake is when the current phase ends by itself; zero for never.
func (m *Mechanics) Wake() time.Time { return m.end }

// Cassette lists the notes in the cassette in fen, oldest first.
func (m *Mechanics) Cassette() []int64 { return slices.Clone(m.cassette) }

// Returned lists the notes that came out again in fen, oldest first.
func (m *Mechanics) Returned() []int64 { return slices.Clone(m.returned) }

// InPath is the value in fen of the note in the path, before the lever.
func (m *Mechanics) InPath() (fen int64, ok bool) { return m.raw, m.hasNote }

// InStacker tells that a note is past the lever and not acknowledged.
func (m *Mechanics) InStacker() bool { return m.inStacker }

// CassetteEmpty is a collection: it takes the notes out and returns them.
func (m *Mechanics) CassetteEmpty() []int64 {
	taken := m.cassette
	m.cassette = nil
	m.unblock(m.now)
	return taken
}

// CassetteFill is a person who puts the cassette back in with notes that were taken out with it.
func (m *Mechanics) CassetteFill(fen []int64) { m.cassette = append(slices.Clone(fen), m.cassette...) }

// Insert puts a note of the given value in fen into the slot. Outcome is Genuine,
// Suspect or Unreadable. It fails with ErrSlot when the device takes no note now.
func (m *Mechanics) Insert(now time.Time, fen int64, outcome string) error {
	m.Step(now)
	switch {
	case !m.powered():
		return fmt.Errorf("cannot insert note: no power: %w", ErrSlot)
	case m.phase != Rest || m.StaysShut() || m.Open == nil || !m.Open():
		return fmt.Errorf("cannot insert note: %v: %w", m.phase, ErrSlot)
	}
	why := NotRejected
	switch outcome {
	case Genuine:
	case Suspect:
		why = Unverified
	case Unreadable:
		why = Unrecognised
	default:
		return fmt.Errorf("cannot insert note: unknown outcome %q", outcome)
	}
	known := m.read(fen)
	if !slices.Contains(m.Values, fen) || fen <= 0 {
		known, why = 0, Unrecognised
	} else if why == NotRejected && !m.enabled(known) {
		why = Inhibited
	}
	m.raw, m.fen, m.reject, m.hasNote = fen, known, why, true
	m.enter(Accepting, now.Add(m.AcceptTime))
	return nil
}
