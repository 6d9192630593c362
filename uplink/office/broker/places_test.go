package broker_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
)

// asOffice dials head office's own listener.
func (r *rig) asOffice(c *mqttlink.Config) { c.Broker = "tls://" + r.officeAddr }

// TestKiosksCannotKeepOfficeOut: with every place for kiosks taken, head office comes
// in, and serves those that are there.
func TestKiosksCannotKeepOfficeOut(t *testing.T) {
	for name, begin := range map[string]func(*testing.T, int) *rig{"embedded": embeddedFor, "mosquitto": mosquittoFor} {
		t.Run(name, func(t *testing.T) {
			r := begin(t, 2)
			a := r.up(t, kioskA, listening("wk/v1/dn/10000001/#"))
			r.up(t, kioskB, nil)
			late := r.dial(t, "10000003", nil)
			late.log.await(t, "cannot connect")

			office := r.up(t, "office", func(c *mqttlink.Config) {
				listening("wk/v1/up/+/rec")(c)
				r.asOffice(c)
			})
			a.publish("wk/v1/up/10000001/rec", "records", false)
			office.expect("wk/v1/up/10000001/rec records")
			office.publish("wk/v1/dn/10000001/ack", "1", false)
			a.expect("wk/v1/dn/10000001/ack 1")
			if n := len(late.ups); n != 0 {
				t.Errorf("the third kiosk of two was let in")
			}
		})
	}
}

// TestFullBroker: a kiosk that comes too many is told why; a place that is given back
// can be taken, and a kiosk that comes again takes its own.
func TestFullBroker(t *testing.T) {
	r := embeddedFor(t, 2)
	a := r.up(t, kioskA, nil)
	r.up(t, kioskB, nil)
	hello := connect{id: "10000003", level: 4, flags: 2, keepAlive: 30}
	conn, err := r.raw(t, clientTLS(t, r, "10000003"))
	if err != nil {
		t.Fatal(err)
	}
	const unavailable = 3
	if code, err := connack(conn, hello); err != nil || code != unavailable {
		t.Errorf("code %d, want %d, %v", code, unavailable, err)
	}
	if !ends(conn) {
		t.Error("the connection stays open")
	}

	r.up(t, "office", nil) // at the kiosks' listener
	again := r.up(t, kioskA, nil)
	wait(t, a.down, "the first connection to be taken over")
	again.hangUp()
	r.up(t, "10000003", func(c *mqttlink.Config) { c.MinBackoff = 10 * time.Millisecond })
	if n := count(r.log.String(), "places for kiosks run out"); n == 0 {
		t.Errorf("no warning:\n%s", r.log)
	}
}

// TestOfficeListenerIsForOffice: nobody else comes in there.
func TestOfficeListenerIsForOffice(t *testing.T) {
	r := embedded(t)
	r.addr = r.officeAddr
	conn, err := r.raw(t, clientTLS(t, r, kioskA))
	if err == nil {
		_, err = connack(conn, connect{id: kioskA, level: 4, flags: 2, keepAlive: 30})
	}
	if err == nil {
		t.Error("a kiosk was let in")
	}
	r.up(t, "office", nil)
}

// TestHandshakesWait: more connections at once than there may be handshakes are all
// served, none refused; and while strangers hold every handshake, head office
// comes in.
func TestHandshakesWait(t *testing.T) {
	const strangers, kiosks = 256, 40
	r := embedded(t)
	var idle []net.Conn
	for range strangers {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	office := r.up(t, "office", func(c *mqttlink.Config) {
		listening("wk/v1/up/+/rec")(c)
		r.asOffice(c)
	})

	got := make(chan error, kiosks)
	for i := range kiosks {
		name := fmt.Sprint(20000000 + i)
		conf := clientTLS(t, r, name)
		go func() {
			conn, err := r.raw(t, conf)
			if err == nil {
				var code byte
				if code, err = connack(conn, connect{id: name, level: 4, flags: 2, keepAlive: 30}); code != 0 {
					err = fmt.Errorf("code %d", code)
				}
			}
			got <- err
		}()
	}
	for _, c := range idle {
		_ = c.Close()
	}
	for range kiosks {
		if err := wait(t, got, "a kiosk"); err != nil {
			t.Error(err)
		}
	}
	if strings.Contains(r.log.String(), "at the same time") || len(office.down) != 0 {
		t.Errorf("somebody was turned away:\n%s", r.log)
	}
}

// TestWarningBeforePlacesRunOut: at 80 of 100, once, and again only after fewer than
// 70 were taken.
func TestWarningBeforePlacesRunOut(t *testing.T) {
	log := newLogbook()
	warnings := func() int { return count(log.String(), "connected=8 places=10") }
	p := broker.NewGuests(10, slog.New(slog.NewTextHandler(log, nil)))
	var leave []func()
	enter := func(n int) {
		for range n {
			out, err := p.Enter(fmt.Sprint(10000000 + len(leave)))
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, out)
		}
	}
	gone := func(n int) {
		for range n {
			leave[len(leave)-1]()
			leave = leave[:len(leave)-1]
		}
	}
	enter(7)
	if warnings() != 0 {
		t.Error("warned at 7 of 10")
	}
	enter(1)
	gone(1)
	enter(1)
	if warnings() != 1 {
		t.Errorf("%d warnings, want one", warnings())
	}
	gone(2)
	enter(2)
	if warnings() != 2 {
		t.Errorf("%d warnings, want two", warnings())
	}
	enter(2)
	if _, err := p.Enter("10000099"); !errors.Is(err, broker.ErrFull) {
		t.Errorf("the eleventh: %v", err)
	}
	if _, err := p.Enter("office"); err != nil {
		t.Errorf("head office: %v", err)
	}
}
