package missim

import (
	"time"

	"wattkiosk/payments/outsidesim"
)

// Fault is something that goes wrong on purpose.
type Fault string

// The faults. If several are on, the first in this order that applies wins,
// except that slow and no-reply also apply to what duplicate and error answer.
const (
	Down        Fault = "down"         // connections are refused or closed; nothing is processed
	LoseRequest Fault = "lose-request" // received, not processed, not answered
	Error       Fault = "error"        // an error code or garbage instead of an answer
	Duplicate   Fault = "duplicate"    // processed twice; only the second answer is sent
	NoReply     Fault = "no-reply"     // processed, not answered
	Slow        Fault = "slow"         // processed, answered late

	LateBooking    Fault = "late-booking"    // a posting is not answered, and is booked later: Slow passes, or a question was answered "none"
	OtherSerial    Fault = "other-serial"    // processed; the answer names another serial
	OtherSum       Fault = "other-sum"       // processed; the answer is of another sum, or of parts that do not make it up
	DamagedRequest Fault = "damaged-request" // a byte of the request changes on its way
	EchoRefusal    Fault = "echo-refusal"    // a repeated posting is refused for what our own first one made true
	Calculating    Fault = "calculating"     // every request is answered "calculating", nothing is processed
	DenyReversal   Fault = "deny-reversal"   // a reversal is refused by a code, and not carried out
)

// Faults are all faults.
func Faults() []Fault {
	return []Fault{
		Down, LoseRequest, Error, Duplicate, NoReply, Slow,
		LateBooking, OtherSerial, OtherSum, DamagedRequest, EchoRefusal, Calculating, DenyReversal,
	}
}

// Forever as a count keeps a fault on until it is cleared.
const Forever = outsidesim.Forever

// SetSlow changes how late a slow reply is.
func (s *Server) SetSlow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = d
}
