package cardsim

import (
	"crypto/sha256"
	"encoding/binary"
)

// supply is the power of a chip, and the cut that is armed.
type supply struct {
	on    bool
	armed bool
	left  int // steps before the cut
	tear  Tear
	seed  uint64
	steps int
}

// CutAfter lets n more steps pass and takes the power in the next one; a negative
// n disarms.
func (s *supply) CutAfter(n int) { s.armed, s.left = n >= 0, n }

// SetTear chooses what the step of the cut leaves behind; seed is for TearSeeded.
func (s *supply) SetTear(t Tear, seed uint64) { s.tear, s.seed = t, seed }

// Steps is how many steps were done so far.
func (s *supply) Steps() int { return s.steps }

// step does one step of the chip, unless the power is or goes away.
func (s *supply) step(do func()) error {
	switch {
	case !s.on:
		return ErrPower
	case s.armed && s.left == 0:
		s.on, s.armed = false, false
		if s.tear == TearNew || s.tear == TearSeeded && s.draw()&1 == 1 {
			do()
		}
		return ErrPower
	case s.armed:
		s.left--
	}

	s.steps++
	do()
	return nil
}

// draw is the next number of the seed.
func (s *supply) draw() uint64 {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("cardsim tear"), s.seed))
	s.seed = binary.BigEndian.Uint64(h[:])
	return s.seed
}
