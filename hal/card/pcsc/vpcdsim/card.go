package vpcdsim

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"wattkiosk/hal/card/cardsim"
)

// DefaultAddress is where the vpcd of Debian's configuration listens.
const DefaultAddress = "127.0.0.1:35963"

// Controls of vpcd.
const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

// Card is a chip in vpcd's slot. Its methods are safe for concurrent use.
type Card struct {
	conn net.Conn
	chip cardsim.Processor // used by serve's goroutine only
	atr  []byte            // of the last reset; vpcd asks for it again and again
	done chan struct{}

	mu      sync.Mutex // guards what follows
	before  func(apdu []byte) bool
	after   func(apdu []byte) bool
	pulled  bool
	failure error
}

// Insert puts a chip into the slot that listens at addr ("" = DefaultAddress), and
// serves it until Pull.
func Insert(ctx context.Context, addr string, chip cardsim.Processor) (*Card, error) {
	if addr == "" {
		addr = DefaultAddress
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot insert card: %w", err)
	}
	c := &Card{conn: conn, chip: chip, done: make(chan struct{})}
	go c.serve()
	return c, nil
}

// Before and After set what is asked around each APDU: before the chip gets it, and
// before its answer leaves. False pulls the card at that instant, as does a chip
// that does not answer (its power was cut). Nil asks nobody. The functions run on
// the card's goroutine.
func (c *Card) Before(f func(apdu []byte) bool) { c.mu.Lock(); c.before = f; c.mu.Unlock() }

// After is described at Before.
func (c *Card) After(f func(apdu []byte) bool) { c.mu.Lock(); c.after = f; c.mu.Unlock() }

// Pull takes the card out and waits until nothing serves it any more. The error is
// what ended it before, if anything did.
func (c *Card) Pull() error {
	c.mu.Lock()
	c.pulled = true
	c.mu.Unlock()
	_ = c.conn.Close() // the card is out either way
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// Gone is closed when the card is out of the slot, or pcscd has gone.
func (c *Card) Gone() <-chan struct{} { return c.done }

func (c *Card) serve() {
	defer close(c.done)
	defer c.chip.PowerOff()
	defer c.conn.Close()
	r := bufio.NewReader(c.conn)
	for {
		if err := c.message(r); err != nil {
			c.mu.Lock()
			if !c.pulled && !errors.Is(err, io.EOF) && !errors.Is(err, errPulled) {
				c.failure = err
			}
			c.mu.Unlock()
			return
		}
	}
}

// errPulled ends a card that a function pulled.
var errPulled = errors.New("pulled")

// message serves one message.
func (c *Card) message(r *bufio.Reader) error {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}

	m := make([]byte, binary.BigEndian.Uint16(head[:]))
	if _, err := io.ReadFull(r, m); err != nil {
		return err
	}
	if len(m) != 1 {
		return c.exchange(m)
	}

	switch m[0] {
	case controlOff:
		c.chip.PowerOff()
	case controlOn:
		c.atr = c.chip.Reset(false)
	case controlReset:
		c.atr = c.chip.Reset(true)
	case controlATR:
		if c.atr == nil { // asked before the power is on
			c.atr = c.chip.Reset(false)
			c.chip.PowerOff()
		}
		return c.send(c.atr)
	}

	return nil
}

func (c *Card) exchange(apdu []byte) error {
	c.mu.Lock()
	before, after := c.before, c.after
	c.mu.Unlock()
	if before != nil && !before(apdu) {
		return errPulled
	}
	answer := c.chip.Transmit(apdu)
	if answer == nil || after != nil && !after(apdu) {
		return errPulled
	}
	return c.send(answer)
}

func (c *Card) send(b []byte) error {
	m := binary.BigEndian.AppendUint16(nil, uint16(len(b)))
	_, err := c.conn.Write(append(m, b...))
	return err
}
