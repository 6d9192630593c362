package acquirersim

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const maxBody = 64 << 10

// incoming is a request as it came.
type incoming struct {
	method string
	path   string // escaped
	uri    string // path and query, as signed
	query  url.Values
	header http.Header
	body   string
}

// answer is what goes back.
type answer struct {
	status int
	header http.Header
	body   string
}

// fate is what happens to an answer.
type fate int

const (
	sent fate = iota
	silent
	late
	refused // nobody was there
)

// protocol is one of the three. Its methods run under the Server's lock.
type protocol interface {
	// read verifies and reads a request; a non-nil answer refuses it.
	read(s *Server, in incoming) (deed, *answer)
	// write makes the signed answer.
	write(s *Server, in incoming, d deed, o outcome, wrong bool) answer
	// notice makes a signed notice about an order, or one of its refunds.
	notice(s *Server, o Order, r *Refund, forged bool) (http.Header, string)
	// taken reports whether a notice was answered as the protocol wants.
	taken(status int, body string) bool
}

// The names of the protocols, in the ledger.
const (
	alipayName = "alipay"
	wechatName = "wechat"
	signedName = "signed"
)

var protocols = map[string]protocol{alipayName: alipayProtocol{}, wechatName: wechatProtocol{}, signedName: signedProtocol{}}

// speaks finds the protocol of a path.
func speaks(path string) protocol {
	switch {
	case path == "/gateway.do":
		return protocols[alipayName]
	case strings.HasPrefix(path, "/v3/"):
		return protocols[wechatName]
	case strings.HasPrefix(path, "/v1/"):
		return protocols[signedName]
	}

	return nil
}

// handle is the whole acquirer but for the road.
func (s *Server) handle(in incoming) (answer, fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.take(Down) {
		return answer{}, refused
	}
	if s.take(LoseRequest) {
		return answer{}, silent
	}
	p := speaks(in.path)
	if p == nil {
		return answer{status: http.StatusNotFound}, sent
	}
	d, no := p.read(s, in)
	if no != nil {
		return *no, s.fate()
	}

	if s.take(Error) {
		return s.mistake(p, in, d), s.fate()
	}
	o := s.do(d)
	if s.take(Duplicate) {
		o = s.do(d)
	}

	return p.write(s, in, d, s.twisted(d, o), s.take(WrongSignature)), s.fate()
}

func (s *Server) fate() fate {
	switch {
	case s.take(NoReply):
		return silent
	case s.take(Slow):
		return late
	}

	return sent
}

// twisted has the answer speak of something else: a question may be answered with what is known
// of another customer's order.
func (s *Server) twisted(d deed, o outcome) outcome {
	if s.take(OtherSerial) {
		o.order.Serial = "99999999999999999999"
		o.refund.Serial = "99999999999999999998"
		if other := s.paidLast(d.serial); other != nil && d.op == opAsk {
			o = outcome{said: saidOK, order: other.copy()}
		}
	}
	if s.take(OtherAmount) {
		o.order.Amount++
		o.refund.Amount++
		for i := range o.order.Refunds { // what went back in all, as some protocols say
			o.order.Refunds[i].Amount += o.order.Amount
		}
	}

	return o
}

// paidLast is the order that was paid last, of those that have another serial; nil for none.
func (s *Server) paidLast(not string) (last *Order) {
	for _, o := range s.orders {
		if o.Serial != not && o.State == Paid && (last == nil || o.Reference > last.Reference) {
			last = o
		}
	}

	return last
}

// mistake answers with an error or with garbage, in turns. Every other time the
// request is carried out.
func (s *Server) mistake(p protocol, in incoming, d deed) answer {
	turn := s.errors
	s.errors++
	if turn%2 == 1 {
		s.do(d)
	}
	switch turn / 2 % 4 {
	case 0:
		return p.write(s, in, d, outcome{said: saidError}, false)
	case 1:
		return answer{status: http.StatusBadGateway, body: "<html>502</html>"}
	case 2:
		return answer{status: http.StatusOK, body: "<html>maintenance</html>"}
	}

	return answer{status: http.StatusOK}
}

// ServeHTTP serves all three protocols: Alipay's at /gateway.do, WeChat's below
// /v3/, the signed one's below /v1/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in, err := read(r)
	if err != nil {
		http.Error(w, "cannot read", http.StatusBadRequest)

		return
	}
	a, f := s.handle(in)
	switch f {
	case refused:
		panic(http.ErrAbortHandler)
	case silent:
		<-r.Context().Done()

		return
	case late:
		timer := time.NewTimer(s.slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}

	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func read(r *http.Request) (incoming, error) {
	body := []byte{}
	if r.Body != nil {
		b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			return incoming{}, err
		}
		body = b
	}

	return incoming{
		method: r.Method, path: r.URL.EscapedPath(), uri: r.URL.RequestURI(), query: r.URL.Query(), header: r.Header, body: string(body),
	}, nil
}

// RoundTripper takes requests to the acquirer without a socket, whatever host they
// name. Nothing in it waits: an answer that would not come, or come late, is a
// time-out at once.
func (s *Server) RoundTripper() http.RoundTripper { return direct{s} }

type direct struct{ s *Server }

// RoundTrip hands a request over.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in, err := read(r)
	if err != nil {
		return nil, err
	}
	a, f := d.s.handle(in)
	switch f {
	case refused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case silent, late:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: timeout{}}
	}

	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set("Date", d.s.now().UTC().Format(http.TimeFormat))

	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader([]byte(a.body))), ContentLength: int64(len(a.body)), Request: r,
	}, nil
}

// timeout is what a socket says when nothing comes.
type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
