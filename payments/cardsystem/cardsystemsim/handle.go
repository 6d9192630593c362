package cardsystemsim

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/mis"
)

// Response is what goes back, After it was asked for: a frame as it travels, or the end of
// the connection if Close is set.
type Response struct {
	Frame []byte
	After time.Duration
	Close bool
}

// Handle takes one frame, as the dialect's ReadFrame returned it, and returns what goes
// back: nothing, or one response, or the same twice. A request that cannot be read is answered so if it can
// be told who asks; any other frame gets nothing. An answer that cannot be written is an
// error of the simulator, not a fault: the connection ends, and Err says why.
func (s *Server) Handle(frame []byte) []Response {
	if d, ok := s.dialect.(socket.Shared); ok {
		if _, beat, err := d.Sort(frame); err == nil && beat {
			return s.beat(d)
		}
	}
	if s.Take(Down) || s.Take(LoseRequest) {
		return nil
	}

	id, req, err := s.dialect.DecodeRequest(frame)
	if err != nil {
		bad, err := s.dialect.EncodeBadPacket(frame)
		if err != nil {
			return nil
		}

		return s.send(bad)
	}
	if req.Op == cardsystem.OpSell && s.Take(LateSale) {
		s.delay(req)

		return nil
	}

	reply := s.respond(req)
	if s.Take(Duplicate) {
		reply = s.respond(req)
	}
	e, reply := s.spoil(cardsystem.EchoOf(req), reply)
	answer, err := s.dialect.EncodeReply(id, e, reply)
	if err != nil {
		s.fail(fmt.Errorf("cannot write an answer: %w", err))

		return []Response{{Close: true}}
	}

	return s.send(answer)
}

func (s *Server) beat(d socket.Shared) []Response {
	if s.On(Down) {
		return nil
	}

	return []Response{{Frame: d.Beat()}}
}

// Call is one request without a line: what a client of this system would get, faults
// included. It answers with ok false where nothing usable would come back, whether the
// request was carried out or not.
func (s *Server) Call(r cardsystem.Request) (reply cardsystem.Reply, ok bool) {
	nothing := cardsystem.Reply{Op: r.Op}
	if s.Take(Down) || s.Take(LoseRequest) {
		return nothing, false
	}
	if r.Op == cardsystem.OpSell && s.Take(LateSale) {
		s.delay(r)

		return nothing, false
	}

	said := s.respond(r)
	if s.Take(Duplicate) {
		said = s.respond(r)
	}
	e, said := s.spoil(cardsystem.EchoOf(r), said)
	s.Take(AnswerTwice) // without a line it makes no difference
	if s.Take(Garbage) || s.Take(Oversized) || s.Take(NoReply) || s.Take(Slow) || e != cardsystem.EchoOf(r) {
		return nothing, false
	}
	reply, err := cardsystem.Conclude(s.dialect.Codes(), r, said)

	return reply, err == nil
}

// respond carries a request out, unless a fault makes the system refuse it.
func (s *Server) respond(r cardsystem.Request) cardsystem.Reply {
	switch {
	case s.Take(Error):
		return s.say(r.Op, s.pick(mistakes(r.Op)))
	case s.Take(Busy):
		return s.say(r.Op, cardsystem.SaysBusy)
	}

	return s.answer(r)
}

// mistakes are refusals that cost the customer nothing but the answer.
func mistakes(op cardsystem.Op) []cardsystem.Meaning {
	switch op {
	case cardsystem.OpQuote, cardsystem.OpSell, cardsystem.OpSteps:
		return []cardsystem.Meaning{cardsystem.SaysFailed, cardsystem.SaysInProcess, cardsystem.SaysTariffDue, cardsystem.SaysTwoRecords}
	case cardsystem.OpReverse:
		return []cardsystem.Meaning{cardsystem.SaysFailed, cardsystem.SaysInvalidReversal}
	}

	return []cardsystem.Meaning{cardsystem.SaysFailed, cardsystem.SaysInProcess}
}

func (s *Server) pick(ms []cardsystem.Meaning) cardsystem.Meaning {
	s.mu.Lock()
	defer s.mu.Unlock()

	return ms[s.rand.IntN(len(ms))]
}

// spoil is what the faults make of an answer: about another serial, card or count.
func (s *Server) spoil(e cardsystem.Echo, r cardsystem.Reply) (cardsystem.Echo, cardsystem.Reply) {
	if e.Serial != "" && s.Take(OtherSerial) {
		e.Serial = other(e.Serial)
	}
	if s.carriesCard(e, r) && s.Take(OtherCard) {
		if e.Card != "" {
			e.Card = other(e.Card)
		}
		if r.Post.Sold.Card != "" {
			r.Post.Sold.Card = other(r.Post.Sold.Card)
		}
	}
	if r.Post.Sold.Count > 0 && s.Take(OtherCount) {
		r.Post.Sold.Count++
	}

	if repeatsMore(r.Op) && s.Take(OtherRequest) {
		e = otherRequest(r.Op, e)
	}

	return e, r
}

// repeatsMore reports whether an answer repeats more of its request than serial and card.
func repeatsMore(op cardsystem.Op) bool {
	return op == cardsystem.OpReverse || op == cardsystem.OpSteps || op == cardsystem.OpTotals
}

func otherRequest(op cardsystem.Op, e cardsystem.Echo) cardsystem.Echo {
	switch {
	case op == cardsystem.OpSteps:
		e.Round++
	case e.Original != "":
		e.Original = other(e.Original)
	case e.Date != "":
		e.Date = other(e.Date)
	}

	return e
}

func (s *Server) carriesCard(e cardsystem.Echo, r cardsystem.Reply) bool {
	return e.Card != "" || r.Post.Sold.Card != ""
}

// other is a number with another last digit.
func other(number string) string {
	last := number[len(number)-1]
	if last == '9' {
		last = '0' - 1
	}

	return number[:len(number)-1] + string(rune(last+1))
}

// maxGarbage is more than any dialect takes for one answer.
const maxGarbage = 2 << 20

func (s *Server) send(frame []byte) []Response {
	r := Response{Frame: frame}
	switch {
	case s.Take(NoReply):
		return nil
	case s.Take(Garbage):
		r.Frame = bytes.Repeat([]byte("HTTP/1.1 502 Bad Gateway\r\n"), 4)
	case s.Take(Oversized):
		r.Frame = s.oversized(frame)
	}
	if s.Take(Slow) {
		s.mu.Lock()
		r.After = s.slow
		s.mu.Unlock()
	}

	if s.Take(AnswerTwice) {
		return []Response{r, r}
	}

	return []Response{r}
}

// oversized is an answer whose length alone refuses it.
func (s *Server) oversized(frame []byte) []byte {
	keep := 0
	if _, ok := s.dialect.(socket.Shared); ok {
		keep = min(6, len(frame)) // up to the length
	}

	return append(slices.Clone(frame[:keep]), bytes.Repeat([]byte{'9'}, maxGarbage)...)
}

func (s *Server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// late is a sale that is on its way inside the system.
type late struct {
	at      time.Time
	payment mis.Payment
}

// maxLate bounds what is on its way; what comes beyond it is lost.
const maxLate = 1024

func (s *Server) delay(r cardsystem.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.late) < maxLate {
		s.late = append(s.late, late{s.now().Add(s.slow), r.Payment})
	}
}

// hurry lets a sale arrive before the next request: the answer that it is not there has
// just gone out.
func (s *Server) hurry(serial string) {
	for i := range s.late {
		if s.late[i].payment.Serial == serial {
			s.late[i].at = s.now()
		}
	}
}

// arrive books what was delayed and has arrived by now.
func (s *Server) arrive() {
	now := s.now()
	s.late = slices.DeleteFunc(s.late, func(l late) bool {
		if l.at.After(now) {
			return false
		}
		s.sell(l.payment)

		return true
	})
}
