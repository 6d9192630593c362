package missim

import (
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

// Response is one frame to send back, After it was asked for.
type Response struct {
	Frame []byte
	After time.Duration
}

// Handle takes one whole request frame and returns what goes back: nothing, or
// one response. A frame whose transaction can be told but not its fields is
// answered with CodeBadPacket; any other gets nothing. It never panics.
func (s *Server) Handle(frame []byte) []Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.take(Down) || s.take(LoseRequest) {
		return nil
	}
	req, err := socket.DecodeRequest(frame)
	if err != nil {
		return s.send(socket.EncodeBadPacket(frame))
	}
	if s.take(Error) {
		return s.send(s.mistake(req))
	}
	reply := s.answer(req)
	if s.take(Duplicate) {
		reply = s.answer(req)
	}
	return s.send(socket.EncodeReply(req, reply))
}

func (s *Server) send(frame []byte, err error) []Response {
	if err != nil || s.take(NoReply) {
		return nil
	}
	r := Response{Frame: frame}
	if s.take(Slow) {
		r.After = s.slow
	}
	return []Response{r}
}

// mistake answers wrongly, but never with a lie that the codes cannot tell: what
// refuses has booked nothing, what leaves it open may have booked.
func (s *Server) mistake(req mis.Request) ([]byte, error) {
	switch s.rand.IntN(4) {
	case 0:
		return socket.EncodeReply(req, failed(req.Op, mis.CodeCalculating))
	case 1:
		return socket.EncodeReply(req, failed(req.Op, mis.CodeFail))
	case 2:
		s.answer(req)
		return socket.EncodeReply(req, failed(req.Op, mis.CodeFail))
	}
	frame, err := socket.EncodeReply(req, s.answer(req))
	if err == nil { // garbage: any byte after the length
		frame[8+s.rand.IntN(len(frame)-8)] ^= byte(1 + s.rand.IntN(255))
	}
	return frame, err
}

func failed(op mis.Op, code mis.Code) mis.Reply {
	return mis.Reply{
		Op:      op,
		Query:   mis.QueryResult{Code: code, Text: message(code)},
		Post:    mis.PostResult{Code: code, Text: message(code)},
		Reverse: mis.ReverseResult{Code: code, Text: message(code)},
	}
}
