package cardsim

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Errors of memory cards.
var (
	// ErrPower: the chip has no power, or lost it in this step.
	ErrPower = errors.New("chip has no power")
	// ErrRange: there is no such byte.
	ErrRange = errors.New("no such bytes on the chip")
	// ErrRefused: the chip did not take the byte (it reads back otherwise).
	ErrRefused = errors.New("chip did not take the byte")
	// ErrNoCode: the chip has no code or no such area.
	ErrNoCode = errors.New("chip has no such function")
)

// Processor is the chip of a processor card. It is not safe for concurrent use.
type Processor interface {
	// Reset is a cold (power on) or warm reset; nil = mute.
	Reset(warm bool) (atr []byte)
	// PowerOff takes the power; the volatile state is gone.
	PowerOff()
	// Transmit answers one APDU (T=0 form, or T=1) with data and two status bytes;
	// nil = no answer (no power, or it was lost in the middle).
	Transmit(apdu []byte) []byte
}

// Tracks are the magnetic tracks 1 to 3 without sentinels and LRC; "" = blank.
type Tracks [3]string

// Tear says what a step in which the power was lost leaves behind.
type Tear int

// The ways a step is torn.
const (
	TearOld    Tear = iota // as if it had not begun
	TearNew                // as if it had been done; only its answer is lost
	TearSeeded             // one of the two, drawn from the card's seed
)

// Card is one card: a chip, magnetic tracks, or both. Its JSON form is its state
// without power; only the types of this package can be in it.
type Card struct {
	ID        string
	Processor Processor // nil = none
	Memory    Memory    // nil = none
	Tracks    Tracks
}

// PowerOff takes the power from whatever chip there is.
func (c *Card) PowerOff() {
	if c.Processor != nil {
		c.Processor.PowerOff()
	}
	if c.Memory != nil {
		c.Memory.PowerOff()
	}
}

// stored is the JSON form of a Card, version 1 (first).
type stored struct {
	Version  int        `json:"version"`
	ID       string     `json:"id"`
	Meter    *MeterCard `json:"meter,omitempty"`
	Bank     *BankCard  `json:"bank,omitempty"`
	SLE4442  *SLE4442   `json:"sle4442,omitempty"`
	SLE4428  *SLE4428   `json:"sle4428,omitempty"`
	AT24C    *AT24C     `json:"at24c,omitempty"`
	AT88     *AT88SC102 `json:"at88sc102,omitempty"`
	TrackSet *Tracks    `json:"tracks,omitempty"`
}

const storedVersion = 1

// MarshalJSON writes the state without power. It fails for a chip of another
// package.
func (c *Card) MarshalJSON() ([]byte, error) {
	s := stored{Version: storedVersion, ID: c.ID}
	p := c.Processor
	if r, ok := p.(*Recorder); ok {
		p = r.Processor
	}
	switch p := p.(type) {
	case nil:
	case *MeterCard:
		s.Meter = p
	case *BankCard:
		s.Bank = p
	default:
		return nil, fmt.Errorf("cannot store card %s: processor %T", c.ID, p)
	}

	switch m := c.Memory.(type) {
	case nil:
	case *SLE4442:
		s.SLE4442 = m
	case *SLE4428:
		s.SLE4428 = m
	case *AT24C:
		s.AT24C = m
	case *AT88SC102:
		s.AT88 = m
	default:
		return nil, fmt.Errorf("cannot store card %s: memory %T", c.ID, m)
	}

	if c.Tracks != (Tracks{}) {
		s.TrackSet = &c.Tracks
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote; the card has no power then.
func (c *Card) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("cannot read card: %w", err)
	}
	if s.Version != storedVersion {
		return fmt.Errorf("cannot read card: version %d", s.Version)
	}

	*c = Card{ID: s.ID}
	switch {
	case s.Meter != nil:
		c.Processor = s.Meter
	case s.Bank != nil:
		if err := s.Bank.check(); err != nil {
			return fmt.Errorf("cannot read card %s: %w", s.ID, err)
		}
		c.Processor = s.Bank
	}

	sizes := true
	switch {
	case s.SLE4442 != nil:
		c.Memory = s.SLE4442
		sizes = len(s.SLE4442.Main) == 256 && len(s.SLE4442.Protection) == 4 && len(s.SLE4442.PSC) == pscSize4442
	case s.SLE4428 != nil:
		c.Memory = s.SLE4428
		sizes = len(s.SLE4428.Main) == size4428 && len(s.SLE4428.Protection) == protectBytes4428
	case s.AT24C != nil:
		c.Memory = s.AT24C
		sizes = knownSize(len(s.AT24C.Main))
	case s.AT88 != nil:
		c.Memory = s.AT88
		sizes = len(s.AT88.Main) == sizeAT88
	}

	if !sizes {
		return fmt.Errorf("cannot read card %s: not the bytes of its chip", s.ID)
	}
	if s.TrackSet != nil {
		c.Tracks = *s.TrackSet
	}
	return nil
}

// Exchange is one APDU and its answer; without a Response there was no answer.
type Exchange struct {
	APDU, Response []byte
}

// Recorder writes down what reaches a Processor: the oracle for "sent once".
type Recorder struct {
	Processor
	Log    []Exchange
	Resets int // cold and warm
}

// Reset counts and passes on.
func (r *Recorder) Reset(warm bool) []byte {
	r.Resets++
	return r.Processor.Reset(warm)
}

// Transmit writes down and passes on.
func (r *Recorder) Transmit(apdu []byte) []byte {
	answer := r.Processor.Transmit(apdu)
	r.Log = append(r.Log, Exchange{clone(apdu), clone(answer)})
	return answer
}

// Count is how many times the APDU was received.
func (r *Recorder) Count(apdu []byte) int {
	n := 0
	for _, x := range r.Log {
		if string(x.APDU) == string(apdu) {
			n++
		}
	}
	return n
}

// Script is a Processor with a fixed ATR and a function.
type Script struct {
	ATR    []byte // empty = mute
	Answer func(apdu []byte) []byte

	on bool
}

// Reset gives the ATR.
func (s *Script) Reset(bool) []byte {
	s.on = len(s.ATR) > 0
	return clone(s.ATR)
}

// PowerOff takes the power.
func (s *Script) PowerOff() { s.on = false }

// Transmit asks the function.
func (s *Script) Transmit(apdu []byte) []byte {
	if !s.on {
		return nil
	}
	return s.Answer(apdu)
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }
