package mqttlink

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// goodbye is how long a DISCONNECT may take.
const goodbye = 250 * time.Millisecond

// session is one connection with its own client.
type session struct {
	client mqtt.Client
	link   *Link
	out    chan Message
	tokens chan mqtt.Token // handed over, oldest first; pump and reap hold one more each

	ended chan struct{} // closed by end
	once  sync.Once
	why   error
	done  sync.WaitGroup

	mu   sync.Mutex
	conn net.Conn
}

// connect makes a session with all subscriptions granted.
func (l *Link) connect() (*session, error) {
	s := &session{
		link: l, out: make(chan Message), tokens: make(chan mqtt.Token, l.cfg.MaxInflight-2),
		ended: make(chan struct{}),
	}
	s.client = mqtt.NewClient(s.options())
	if err := s.await(s.client.Connect(), "connect"); err != nil {
		s.close(false, err)
		return nil, err
	}
	if err := s.subscribe(); err != nil {
		s.close(false, err)
		return nil, err
	}
	s.done.Go(s.pump)
	s.done.Go(s.reap)
	return s, nil
}

func (s *session) options() *mqtt.ClientOptions {
	c := s.link.cfg
	o := mqtt.NewClientOptions().AddBroker(c.Broker).SetClientID(c.ClientID).SetUsername(c.ClientID).
		SetProtocolVersion(4).SetCleanSession(true).SetResumeSubs(false).SetStore(mqtt.NewMemoryStore()).
		SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).
		SetKeepAlive(c.KeepAlive).SetPingTimeout(c.Timeout).SetConnectTimeout(c.Timeout).SetWriteTimeout(c.Timeout).
		SetCustomOpenConnectionFn(s.open).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			s.link.enqueue(Message{m.Topic(), m.Payload(), m.Qos(), m.Retained()})
		}).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { s.end(err) })
	if w := c.Will; w != nil {
		o.SetBinaryWill(w.Topic, w.Payload, w.QoS, w.Retained)
	}
	return o
}

// open dials. The connection is kept so that a session can be ended although
// the client is stuck in a write.
func (s *session) open(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
	c := s.link.cfg
	nd := &net.Dialer{Timeout: c.Timeout}
	var conn net.Conn
	var err error
	if u.Scheme == "tls" {
		conf := c.TLS
		if c.Identity != nil {
			conf = c.Identity.verify(conf, u.Hostname())
		}
		conn, err = (&tls.Dialer{NetDialer: nd, Config: conf}).DialContext(s.link.ctx, "tcp", u.Host)
	} else {
		conn, err = nd.DialContext(s.link.ctx, "tcp", u.Host)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ended: // given up while dialling
		_ = conn.Close()
		return nil, s.cause()
	default:
	}
	s.conn = conn
	return conn, nil
}

func (s *session) await(t mqtt.Token, what string) error {
	timer := time.NewTimer(2 * s.link.cfg.Timeout) // dialling and one handshake
	defer timer.Stop()
	select {
	case <-t.Done():
		if t.Error() != nil {
			return fmt.Errorf("cannot %s: %w", what, t.Error())
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("cannot %s: no answer", what)
	case <-s.ended:
		return fmt.Errorf("cannot %s: %w", what, s.cause())
	case <-s.link.ctx.Done():
		return fmt.Errorf("cannot %s: %w", what, ErrClosed)
	}
}

func (s *session) subscribe() error {
	subs := s.link.cfg.Subscriptions
	if len(subs) == 0 {
		return nil
	}
	filters := make(map[string]byte, len(subs))
	for _, f := range subs {
		filters[f.Filter] = f.QoS
	}
	t := s.client.SubscribeMultiple(filters, nil)
	if err := s.await(t, "subscribe"); err != nil {
		return err
	}
	if st, ok := t.(*mqtt.SubscribeToken); ok {
		for filter, code := range st.Result() {
			if code > 1 {
				return fmt.Errorf("cannot subscribe %s: refused with %#02x", filter, code)
			}
		}
	}
	return nil
}

// pump hands messages to the client until the session ends, MaxInflight of them
// ahead of the broker's confirmations.
func (s *session) pump() {
	defer close(s.tokens)
	for {
		select {
		case <-s.ended:
			return
		case m := <-s.out:
			t := s.client.Publish(m.Topic, m.QoS, m.Retained, m.Payload)
			select {
			case s.tokens <- t:
			case <-s.ended:
				return
			}
		}
	}
}

// reap waits for the broker's confirmations, only to bound what is in flight and
// to notice a broker that no longer answers.
func (s *session) reap() {
	timer := time.NewTimer(s.link.cfg.PubackTimeout)
	defer timer.Stop()
	for t := range s.tokens {
		timer.Reset(s.link.cfg.PubackTimeout)
		select {
		case <-t.Done():
			if t.Error() != nil {
				s.end(fmt.Errorf("cannot publish: %w", t.Error()))
			}
		case <-timer.C:
			s.end(errors.New("cannot publish: broker does not confirm"))
		case <-s.ended:
		}
	}
}

// end marks the session as over; the first cause counts.
func (s *session) end(cause error) {
	s.once.Do(func() {
		s.why = cause
		close(s.ended)
	})
}

// cause is why the session ended; call it after ended is closed.
func (s *session) cause() error { return s.why }

// close ends the session and waits for its goroutines. A polite close sends
// DISCONNECT after what was handed over.
func (s *session) close(polite bool, cause error) {
	if polite {
		s.end(cause)
		s.done.Wait()
		s.client.Disconnect(uint(goodbye.Milliseconds()))
		s.hangUp()
		return
	}
	s.end(cause)
	s.hangUp()
	s.client.Disconnect(0)
	s.done.Wait()
}

func (s *session) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close() // the client may have closed it already
	}
}
