package missim

import (
	"bytes"
	"slices"
	"time"

	"wattkiosk/payments/mis"
)

// pending is a posting that is on its way inside the MIS.
type pending struct {
	at  time.Time
	req mis.Request
}

// maxPending bounds what is on its way; what comes beyond it is lost.
const maxPending = 1024

// delay keeps a posting for later.
func (s *Server) delay(req mis.Request) {
	if len(s.pending) < maxPending {
		s.pending = append(s.pending, pending{s.now().Add(s.slow), req})
	}
}

// hurry lets the posting of a serial arrive before the next request: the answer
// that it is not there has just gone out.
func (s *Server) hurry(serial string) {
	for i := range s.pending {
		if p := &s.pending[i]; p.req.Payment.Serial == serial {
			p.at = s.now()
		}
	}
}

// arrive books what was delayed and has arrived by now.
func (s *Server) arrive() {
	now := s.now()
	s.pending = slices.DeleteFunc(s.pending, func(p pending) bool {
		if p.at.After(now) {
			return false
		}
		s.answer(p.req)
		return true
	})
}

// Settle lets every delayed posting arrive now, and returns how many did.
func (s *Server) Settle() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.pending)
	for _, p := range s.pending {
		s.answer(p.req)
	}
	s.pending = nil
	return n
}

// damage changes one byte of a request under the fault; the caller's bytes stay.
func (s *Server) damage(frame []byte) []byte {
	if len(frame) <= s.codec.Dialect().Frame.Digits || !s.Take(DamagedRequest) {
		return frame
	}
	frame = bytes.Clone(frame)
	s.flip(frame)
	return frame
}

// repeated is how a posting is answered whose serial is booked: as a duplicate,
// or under the fault with what our own earlier posting made true.
func (s *Server) repeated() mis.Meaning {
	if !s.Take(EchoRefusal) {
		return mis.SaysDuplicate
	}
	return s.pick(mis.SaysNoArrears, mis.SaysAlreadyPaid)
}

// pick is one of the meanings that the dialect has a code for, or else the first.
func (s *Server) pick(ms ...mis.Meaning) mis.Meaning {
	can := slices.DeleteFunc(slices.Clone(ms), func(m mis.Meaning) bool { return s.codes().Code(m) == "" })
	if len(can) == 0 {
		return ms[0]
	}
	return can[s.rand.IntN(len(can))]
}

// echoed is the request whose key the answer repeats: under the fault another
// serial than was asked about.
func (s *Server) echoed(r mis.Request) mis.Request {
	if r.Op != mis.OpPost && r.Op != mis.OpAsk && r.Op != mis.OpReverse || !s.Take(OtherSerial) {
		return r
	}
	r.Serial, r.Payment.Serial, r.Reversal.Serial = other(r.Serial), other(r.Payment.Serial), other(r.Reversal.Serial)
	return r
}

// wrong is an answer of another sum, or of parts that do not make it up.
func (s *Server) wrong(r mis.PostResult) mis.PostResult {
	r.ToAdvance += 100
	if s.rand.IntN(2) == 0 {
		r.Amount += 100
	}
	return r
}

// other is a serial with another last digit.
func other(serial string) string {
	if serial == "" {
		return ""
	}
	last := serial[len(serial)-1]
	return serial[:len(serial)-1] + string('0'+(last-'0'+1)%10)
}
