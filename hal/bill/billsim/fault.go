package billsim

import (
	"fmt"
	"slices"
	"time"
)

// Fault kinds.
const (
	Jam                = "jam"           // a note in the path is stuck
	JamCassette        = "jam-cassette"  // shows at rest, or when a note is stacked
	CassetteOut        = "cassette-out"  // a note before the lever comes back
	CassetteFull       = "cassette-full" // the same
	Cheat              = "cheat"         // a note before the lever is pulled out
	Failure            = "failure"       // the stacker's motor; a note in the path is stuck
	Silent             = "silent"        // hears and says nothing; the mechanics go on
	LostAck            = "lost-ack"      // drops the next Config.LostAcks acknowledgements
	Noise              = "noise"         // flips bits, both ways
	StuckShut          = "stuck-shut"    // takes an order to open the slot, and leaves it shut
	Unasked            = "unasked"       // stacks a note that is accepted, instead of holding it in escrow
	Misread            = "misread"       // a note shows as another until it is stacked
	Careless           = "careless"      // takes notes that are not enabled
	PowerUpWithNote    = "power-up-with-note"
	PowerUpWithStacked = "power-up-with-note:stacker"
)

var faultKinds = []string{
	Jam, JamCassette, CassetteOut, CassetteFull, Cheat, Failure, Silent, LostAck, Noise, StuckShut, Unasked, Misread, Careless,
	PowerUpWithNote, PowerUpWithStacked,
}

// faults is what is wrong with the device.
type faults struct {
	on       map[string]bool
	lostAcks int
	phantom  string // PowerUpWith…, for the next power-up
}

// Fault sets or clears a fault. It acts at the instant the device last heard of.
// PowerUpWithNote makes the next power-up find a note of the highest value in the
// path, PowerUpWithStacked one in the cassette.
func (m *Mechanics) Fault(kind string, clear bool) error {
	f := &m.faults
	if !slices.Contains(faultKinds, kind) {
		return fmt.Errorf("cannot set fault: unknown kind %q", kind)
	}
	if kind == Noise && !clear && m.Rand == nil {
		return fmt.Errorf("cannot set fault %q: no randomness given", kind)
	}
	if f.on == nil {
		f.on = map[string]bool{}
	}
	f.on[kind] = !clear
	switch kind {
	case LostAck:
		f.lostAcks = 0
		if !clear {
			f.lostAcks = m.LostAcks
		}
	case PowerUpWithNote, PowerUpWithStacked:
		f.phantom = ""
		if !clear {
			f.phantom = kind
		}
	}
	if clear {
		m.unblock(m.now)
		return nil
	}
	m.strike(kind)
	return nil
}

// strike lets a new fault act on the note in the path. A note past the lever, and
// one that is out, is reported first.
func (m *Mechanics) strike(kind string) {
	if m.phase == Rest {
		m.settle()
		return
	}
	if !m.hasNote || m.phase <= Initialising {
		return
	}
	switch kind {
	case Jam, Failure:
		m.enter(Blocked, time.Time{})
	case JamCassette:
		if m.phase == Lifting {
			m.enter(Blocked, time.Time{})
		}
	case Cheat:
		m.out()
		m.enter(Blocked, time.Time{})
	case CassetteOut, CassetteFull:
		if m.phase == Accepting || m.phase == InEscrow || m.phase == Lifting {
			m.giveBack(m.now)
		}
	}
}

// unblock restarts a blocked device once nothing keeps it from work.
func (m *Mechanics) unblock(now time.Time) {
	if m.phase == Blocked && m.Blocking() == "" {
		m.enter(Initialising, now.Add(m.InitTime))
	}
}

func (m *Mechanics) full() bool { return m.faults.on[CassetteFull] || len(m.cassette) >= m.Capacity }

// Blocking is the fault that keeps the device from work (Failure, Jam,
// JamCassette, Cheat, CassetteOut, CassetteFull), or "".
func (m *Mechanics) Blocking() string {
	for _, kind := range []string{Failure, Jam, JamCassette, Cheat, CassetteOut} {
		if m.faults.on[kind] {
			return kind
		}
	}
	if m.full() {
		return CassetteFull
	}
	return ""
}

// TakeOut is a person who opens the device and takes the note out of its path; false for
// none. It is neither returned nor in the cassette.
func (m *Mechanics) TakeOut() (fen int64, ok bool) {
	if !m.hasNote {
		return 0, false
	}
	m.hasNote = false
	if m.phase != Off && m.phase != Booting && m.phase != PowerUp {
		m.settle()
	}

	return m.raw, true
}

// read is what the device takes a note of fen for.
func (m *Mechanics) read(fen int64) int64 {
	i := slices.Index(m.Values, fen)
	if i < 0 || !m.faults.on[Misread] {
		return fen
	}

	return m.Values[(i+1)%len(m.Values)]
}

// enabled reports whether a note of fen is taken.
func (m *Mechanics) enabled(fen int64) bool {
	return m.faults.on[Careless] || m.Enabled != nil && m.Enabled(fen)
}

// StaysShut tells that the slot does not open, whatever the host orders.
func (m *Mechanics) StaysShut() bool { return m.faults.on[StuckShut] }

// LoseAck tells that the acknowledgement just heard is to be dropped, and counts
// it.
func (m *Mechanics) LoseAck() bool {
	if m.faults.lostAcks == 0 {
		return false
	}
	m.faults.lostAcks--
	return true
}

// Disturb flips bits under the noise fault, in a copy.
func (m *Mechanics) Disturb(b []byte) []byte {
	if !m.faults.on[Noise] {
		return b
	}
	c := slices.Clone(b)
	for i := range c {
		if m.Rand.IntN(1000) < m.NoisePerMille {
			c[i] ^= 1 << m.Rand.IntN(8)
		}
	}
	return c
}

// plant places the note of a power-up fault, unless one is there already.
func (m *Mechanics) plant() {
	kind := m.faults.phantom
	m.faults.phantom = ""
	if kind == "" || m.hasNote || m.inStacker {
		return
	}
	m.fen = slices.Max(m.Values)
	m.raw, m.reject = m.fen, NotRejected
	if kind == PowerUpWithNote {
		m.hasNote = true
		return
	}
	m.cassette = append(m.cassette, m.fen)
	m.inStacker = true
}
