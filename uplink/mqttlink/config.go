package mqttlink

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"syscall"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Defaults and limits.
const (
	DefaultKeepAlive   = 30 * time.Second
	DefaultMinBackoff  = time.Second
	DefaultMaxBackoff  = time.Minute
	DefaultMaxInflight = 32
	DefaultQueue       = 256
	DefaultTimeout     = 10 * time.Second

	// SteadyAfter is how long a link must have been up for the back-off to start
	// again at MinBackoff, so that two clients of one name do not chase each
	// other off the broker at full speed.
	SteadyAfter = 10 * time.Second

	// AwayRetry is how long it waits while the machine has no network: a try that
	// does not leave it loads nobody, and at a start the network is there in a moment.
	AwayRetry = 250 * time.Millisecond
)

// Message is what Publish sends, and the last will.
type Message struct {
	Topic    string
	Payload  []byte
	QoS      byte // 0 or 1
	Retained bool
}

// Subscription is a topic filter with its quality of service.
type Subscription struct {
	Filter string
	QoS    byte // 0 or 1
}

// Config describes a Link. Broker is required, and ClientID if there is no TLS;
// other zero fields take the defaults.
type Config struct {
	Broker string      // tls://host:port, or tcp://host:port for tests
	TLS    *tls.Config // required with tls://; its GetClientCertificate is asked at each dial
	// Identity, of TLSIdentity, has a wrong clock of this machine not keep it from the broker.
	// Nil: the clock is believed.
	Identity *Identity
	// ClientID is also the user name. With TLS it is the common name of the own
	// certificate, and anything else but empty is an error.
	ClientID      string
	Will          *Message // sent by the broker when the connection breaks, not after Close
	Subscriptions []Subscription
	KeepAlive     time.Duration
	MinBackoff    time.Duration
	MaxBackoff    time.Duration
	Timeout       time.Duration // of dialling, of each handshake, of one write
	PubackTimeout time.Duration // without a PUBACK the link is rebuilt; default 3*Timeout
	MaxInflight   int           // publishes handed over and not yet confirmed by the broker, at least 2
	Queue         int           // received messages waiting for OnMessage
	Logger        *slog.Logger  // topics and errors, never payloads; nil is silent
	Rand          func() float64

	// The callbacks may be nil. OnUp and OnDown alternate on one goroutine, which also
	// calls OnFail for each try that did not bring the link up. OnMessage and
	// OnRetained are called on another, one message at a time in order of arrival:
	// OnRetained for what the broker had kept from before the subscription, which says
	// nothing about now; where it is nil OnMessage takes them too. They may publish and
	// rebuild. They must not call Close, and OnUp, OnDown and OnFail must not block for
	// long: the link is not looked after meanwhile.
	OnUp       func()
	OnDown     func(error)
	OnFail     func(error)
	OnMessage  func(topic string, payload []byte)
	OnRetained func(topic string, payload []byte)
}

func (c Config) checked() (Config, *url.URL, error) {
	u, err := url.Parse(c.Broker)
	if err != nil || u.Host == "" || (u.Scheme != "tls" && u.Scheme != "tcp") {
		return c, nil, fmt.Errorf("broker %q: want tls://host:port or tcp://host:port", c.Broker)
	}
	if u.Scheme == "tls" {
		name, err := CommonName(c.TLS)
		if err != nil {
			return c, nil, fmt.Errorf("broker %q: %w", c.Broker, err)
		}
		if c.ClientID != "" && c.ClientID != name {
			return c, nil, fmt.Errorf("client id %q: the certificate is for %q", c.ClientID, name)
		}
		c.ClientID = name
	}
	switch {
	case c.ClientID == "":
		return c, nil, errors.New("client id: empty")
	case c.Rand == nil:
		return c, nil, errors.New("rand: missing")
	case c.Will != nil && c.Will.QoS > 1:
		return c, nil, fmt.Errorf("will: qos %d", c.Will.QoS)
	}
	for _, s := range c.Subscriptions {
		if s.Filter == "" || s.QoS > 1 {
			return c, nil, fmt.Errorf("subscription %q: qos %d", s.Filter, s.QoS)
		}
	}
	return c.withDefaults(), u, nil
}

func (c Config) withDefaults() Config {
	or := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	or(&c.KeepAlive, DefaultKeepAlive)
	or(&c.MinBackoff, DefaultMinBackoff)
	or(&c.MaxBackoff, DefaultMaxBackoff)
	or(&c.Timeout, DefaultTimeout)
	or(&c.PubackTimeout, 3*c.Timeout)
	if c.MaxInflight <= 0 {
		c.MaxInflight = DefaultMaxInflight
	}
	c.MaxInflight = max(c.MaxInflight, 2)
	if c.Queue <= 0 {
		c.Queue = DefaultQueue
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.OnUp == nil {
		c.OnUp = func() {}
	}
	if c.OnDown == nil {
		c.OnDown = func(error) {}
	}
	if c.OnFail == nil {
		c.OnFail = func(error) {}
	}
	if c.OnMessage == nil {
		c.OnMessage = func(string, []byte) {}
	}
	if c.OnRetained == nil {
		c.OnRetained = c.OnMessage
	}
	return c
}

// pause is how long to wait after an attempt, and the number of the next. The attempt's
// session was up for so long, or err is why it did not come up.
func (c *Config) pause(attempt int, upFor time.Duration, err error) (next int, wait time.Duration) {
	if errors.Is(err, syscall.ENETUNREACH) {
		return 0, AwayRetry
	}
	if upFor >= SteadyAfter {
		attempt = 0
	}
	return attempt + 1, jitter(attempt, c.MinBackoff, c.MaxBackoff, c.Rand())
}

// jitter is how long to wait before attempt n (0, 1, …): full jitter, that is
// anything from 0 to min(most, least*2^n).
func jitter(n int, least, most time.Duration, rng float64) time.Duration {
	return time.Duration(rng * float64(backoff.Wait(n, least, most)))
}
