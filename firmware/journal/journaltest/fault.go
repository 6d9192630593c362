package journaltest

import (
	"fmt"

	"wattkiosk/firmware/journal"
)

// ErrPowerCut is what the cut append, and every write after it, answers. It wraps
// journal.ErrBroken.
var ErrPowerCut = fmt.Errorf("%w: power was cut", journal.ErrBroken)

// CutAfter cuts the power at the n-th Append, AppendWith or SetState from now (1
// is the next one): that call fails, and so does every write after it, until
// Reopen. If durable, what the call wrote is there after Reopen though it was
// reported as failed; otherwise it is lost. 0 takes the cut back.
func (m *Memory) CutAfter(n int, durable bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = cut{n, durable}
}

// Full makes the disk full, or not: records are refused, acknowledgements and
// trimming go on.
func (m *Memory) Full(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// cutNow counts one append; mu is held.
func (m *Memory) cutNow() bool {
	if m.cut.in == 0 {
		return false
	}
	m.cut.in--
	return m.cut.in == 0
}

func (m *Memory) kill() error {
	m.dead = ErrPowerCut
	m.wake()
	return m.dead
}
