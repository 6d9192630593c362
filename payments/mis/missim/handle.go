package missim

import (
	"fmt"
	"time"

	"wattkiosk/payments/mis"
)

// Response is what goes back, After it was asked for: a frame, or the end of the
// connection if Close is set.
type Response struct {
	Frame []byte
	After time.Duration
	Close bool
}

// Handle takes one whole request frame and returns what goes back: nothing, or
// one response. A frame whose transaction can be told but not its fields is
// answered with "bad packet", if the dialect can say so; any other gets nothing.
// It never panics. An answer that cannot be written is an error of the simulator,
// not a fault: the connection ends, and Err says why.
func (s *Server) Handle(frame []byte) []Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	if s.Take(Down) || s.Take(LoseRequest) {
		return nil
	}

	req, err := s.codec.DecodeRequest(s.damage(frame))
	if err != nil {
		bad, err := s.codec.EncodeBadPacket(frame)
		if err != nil {
			return nil
		}
		return s.send(bad)
	}
	if req.Op == mis.OpPost && s.Take(LateBooking) {
		s.delay(req)
		return nil
	}
	if s.Take(Error) {
		return s.sendOf(s.mistake(req))
	}

	reply := s.respond(req)
	if s.Take(Duplicate) {
		reply = s.respond(req)
	}
	return s.sendOf(s.codec.EncodeReply(s.echoed(req), reply))
}

// respond carries out a request, unless a fault makes the MIS refuse it.
func (s *Server) respond(req mis.Request) mis.Reply {
	switch {
	case s.Take(Calculating):
		return s.refuse(req.Op, mis.SaysCalculating)
	case req.Op == mis.OpReverse && s.Take(DenyReversal):
		return s.refuse(req.Op, s.pick(mis.SaysInvalidReversal, mis.SaysNoNextDay, mis.SaysInvoicePrinted, mis.SaysOtherOperator))
	}
	reply := s.answer(req)
	if req.Op == mis.OpAsk && reply.Post.Outcome == mis.NotDone {
		s.hurry(req.Serial)
	}
	if reply.Post.Outcome == mis.Done && s.Take(OtherSum) {
		reply.Post = s.wrong(reply.Post)
	}
	return reply
}

func (s *Server) sendOf(frame []byte, err error) []Response {
	if err != nil {
		s.fail(fmt.Errorf("cannot write an answer: %w", err))
		return []Response{{Close: true}}
	}
	return s.send(frame)
}

func (s *Server) send(frame []byte) []Response {
	if s.Take(NoReply) {
		return nil
	}
	r := Response{Frame: frame}
	if s.Take(Slow) {
		r.After = s.slow
	}
	return []Response{r}
}

// mistake answers wrongly, but never with a lie that the codes cannot tell: what
// refuses has booked nothing, what leaves it open may have booked.
func (s *Server) mistake(req mis.Request) ([]byte, error) {
	switch s.rand.IntN(4) {
	case 0:
		return s.codec.EncodeReply(req, s.refuse(req.Op, mis.SaysCalculating))
	case 1:
		return s.codec.EncodeReply(req, s.refuse(req.Op, mis.SaysFailed))
	case 2:
		s.answer(req)
		return s.codec.EncodeReply(req, s.refuse(req.Op, mis.SaysFailed))
	}
	frame, err := s.codec.EncodeReply(req, s.answer(req))
	if err == nil {
		s.flip(frame)
	}
	return frame, err
}

// flip changes one byte after the length.
func (s *Server) flip(frame []byte) {
	digits := s.codec.Dialect().Frame.Digits
	frame[digits+s.rand.IntN(len(frame)-digits)] ^= byte(1 + s.rand.IntN(255))
}
