package broker_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
)

func TestBothWays(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/+/state", "wk/v1/up/+/rec", "wk/v1/up/+/req/+"))
		a := r.up(t, kioskA, listening("wk/v1/dn/10000001/#", "wk/v1/dn/_all/#"))
		b := r.up(t, kioskB, listening("wk/v1/dn/10000002/#", "wk/v1/dn/_all/#"))
		a.publish("wk/v1/up/10000001/rec", "records", false)
		a.publish("wk/v1/up/10000001/req/17", "question", false)
		office.expect("wk/v1/up/10000001/rec records", "wk/v1/up/10000001/req/17 question")
		office.publish("wk/v1/dn/10000001/ack", "ack", false)
		office.publish("wk/v1/dn/10000001/rep/17", "answer", false)
		office.publish("wk/v1/dn/_all/notice", "closed on Friday", false)
		a.expect("wk/v1/dn/10000001/ack ack", "wk/v1/dn/10000001/rep/17 answer", "wk/v1/dn/_all/notice closed on Friday")
		b.expect("wk/v1/dn/_all/notice closed on Friday")
	})
}

func TestNobodyElseConnects(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		r.up(t, "office", nil)
		right, err := r.ca.ClientTLS(kioskA)
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := authority(t).ClientTLS(kioskA)
		if err != nil {
			t.Fatal(err)
		}
		foreign.RootCAs = right.RootCAs
		old := right.Clone()
		old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		none := &tls.Config{RootCAs: right.RootCAs, MinVersion: tls.VersionTLS13}
		hello := connect{id: kioskA, level: 4, flags: 2, keepAlive: 30}
		for _, c := range []struct {
			name string
			conf *tls.Config
			ok   bool
		}{{"right", right, true}, {"of another authority", foreign, false}, {"no certificate", none, false}, {"TLS 1.2", old, false}} {
			conn, err := r.raw(t, c.conf)
			code := byte(0)
			if err == nil { // in TLS 1.3 a client hears of its refusal later
				code, err = connack(conn, hello)
			}
			if c.ok != (err == nil) || code != 0 {
				t.Errorf("%s: code %d, %v", c.name, code, err)
			}
		}
		conn, err := r.raw(t, right) // plain text on the same port
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connack(conn.NetConn(), hello); err == nil {
			t.Error("plain text: answered")
		}
	})
}

func TestForgedTopicNeverArrives(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/#"))
		for i, topic := range []string{
			"wk/v1/up/10000002/rec", "wk/v1/up/10000002", "wk/v1/up/office/rec", "wk/v1/up/", "wk/v1/dn/10000002/ack", "wk/v1/dn/_all/notice",
			"wk/v1/up//rec", "wk/v1/up/100000011/rec", "$SYS/x", "other",
		} {
			for _, qos := range []byte{0, 1} {
				a := r.up(t, kioskA, nil)
				if err := a.Publish(t.Context(), topic, []byte("forged"), qos, i%2 == 1); err != nil {
					t.Fatal(err)
				}
				if r.embedded && qos == 1 && topic != "$SYS/x" {
					wait(t, a.down, "the connection to be closed")
					a = r.up(t, kioskA, nil)
				}
				a.publish("wk/v1/up/10000001/rec", topic, false)
				office.expect("wk/v1/up/10000001/rec " + topic) // and nothing before it
				a.hangUp()
			}
		}
		late := r.up(t, kioskB, listening("wk/v1/dn/10000002/#", "wk/v1/dn/_all/#")) // nothing forged is retained
		office.publish("wk/v1/dn/10000002/ack", "true", false)
		late.expect("wk/v1/dn/10000002/ack true")
	})
}

func TestOfficeMayNotSpeakForKiosks(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/#"))
		a := r.up(t, kioskA, listening("wk/v1/dn/10000001/#"))
		for _, topic := range []string{"wk/v1/up/10000001/rec", "wk/v1/up/office/rec"} {
			if err := office.Publish(t.Context(), topic, []byte("forged"), 0, false); err != nil {
				t.Fatal(err)
			}
		}
		office.publish("wk/v1/dn/10000001/ack", "last", false)
		a.expect("wk/v1/dn/10000001/ack last") // the forged ones came before it
		a.publish("wk/v1/up/10000001/rec", "true", false)
		office.expect("wk/v1/up/10000001/rec true")
	})
}

func TestKioskCannotListenToOthers(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", nil)
		for _, filter := range []string{"wk/v1/dn/10000002/#", "wk/v1/dn/+/ack", "wk/v1/dn/#", "#", "wk/v1/up/#", "$share/g/wk/v1/dn/10000002/#", "wk/v1/dn/1000000+/ack"} {
			if filter == "wk/v1/dn/1000000+/ack" && !r.embedded {
				continue // a malformed filter: mosquitto hangs up
			}
			if r.embedded {
				a := r.dial(t, kioskA, listening("wk/v1/dn/10000001/#", filter))
				a.log.await(t, "refused with 0x80")
				b := r.up(t, kioskB, listening("wk/v1/dn/10000002/#"))
				office.publish("wk/v1/dn/10000002/ack", "secret", false)
				b.expect("wk/v1/dn/10000002/ack secret")
				a.hangUp()
				if n := len(a.msgs) + len(a.ups); n != 0 {
					t.Errorf("%s: subscription granted", filter)
				}
				b.hangUp()
				continue
			}
			a := r.up(t, kioskA, listening("wk/v1/dn/10000001/#", filter))
			b := r.up(t, kioskB, listening("wk/v1/dn/10000002/#"))
			office.publish("wk/v1/dn/10000002/ack", "secret", false)
			b.publish("wk/v1/up/10000002/rec", "secret", false)
			b.expect("wk/v1/dn/10000002/ack secret")
			office.publish("wk/v1/dn/10000001/ack", filter, false)
			a.expect("wk/v1/dn/10000001/ack " + filter) // and nothing before it
			a.hangUp()
			b.hangUp()
		}
	})
}

func withWill(will string) func(*mqttlink.Config) {
	return func(c *mqttlink.Config) {
		c.Will = &mqttlink.Message{Topic: "wk/v1/up/10000001/state", Payload: []byte(will), QoS: 1, Retained: true}
	}
}

func TestRetainedStateAndLastWill(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/+/state"))
		a := r.up(t, kioskA, withWill("offline"))
		a.publish("wk/v1/up/10000001/state", "online", true)
		office.expect("wk/v1/up/10000001/state online") // who listens from now on gets the retained one alone
		office.hangUp()
		office = r.up(t, "office", listening("wk/v1/up/+/state"))
		office.expect("wk/v1/up/10000001/state online")
		a.Rebuild() // hangs up without a DISCONNECT
		office.expect("wk/v1/up/10000001/state offline")
		office.hangUp()
		office = r.up(t, "office", listening("wk/v1/up/+/state"))
		office.expect("wk/v1/up/10000001/state offline")
		office.publish("wk/v1/dn/10000002/policy", "signed", true)
		office.hangUp()
		b := r.up(t, kioskB, listening("wk/v1/dn/10000002/#"))
		b.expect("wk/v1/dn/10000002/policy signed")
	})
}

func TestPoliteGoodbyeSendsNoWill(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/#"))
		a := r.up(t, kioskA, withWill("offline"))
		a.hangUp()
		r.up(t, kioskA, nil).publish("wk/v1/up/10000001/rec", "next", false)
		office.expect("wk/v1/up/10000001/rec next")
	})
}

func TestForgedWillNeverArrives(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/#"))
		conf, err := r.ca.ClientTLS(kioskA)
		if err != nil {
			t.Fatal(err)
		}
		for i, topic := range []string{"wk/v1/up/10000002/state", "wk/v1/up/10000002/state", "wk/v1/dn/10000002/ack", "wk/v1/up/#"} {
			retain := byte(i%2) << 5
			conn, err := r.raw(t, conf)
			if err != nil {
				t.Fatal(err)
			}
			code, err := connack(conn, connect{id: kioskA, level: 4, flags: 2 | 4 | 8 | retain, keepAlive: 30, willTopic: topic, willMsg: "forged"})
			if r.embedded && err == nil && code == 0 {
				t.Errorf("will on %s accepted", topic)
			}
			_ = conn.NetConn().Close()
			a := r.up(t, kioskA, nil) // takes over whatever is left of it
			a.publish("wk/v1/up/10000001/rec", topic, false)
			office.expect("wk/v1/up/10000001/rec " + topic)
			a.hangUp()
		}
	})
}

// TestTakeOver: the newest connection of a name counts, and the will of the one
// before comes before its birth message.
func TestTakeOver(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/+/state", "wk/v1/up/+/rec"))
		// The embedded broker acknowledges a subscription before it looks for retained
		// messages: one that is published in between comes twice. What it acknowledges
		// next, it has done after that.
		office.publish("wk/v1/dn/10000002/ack", "0", false)
		old := r.up(t, kioskA, withWill("offline 0"))
		old.publish("wk/v1/up/10000001/state", "online 0", true)
		office.expect("wk/v1/up/10000001/state online 0")
		for i := 1; i <= 10; i++ {
			fresh := r.up(t, kioskA, func(c *mqttlink.Config) {
				withWill(fmt.Sprint("offline ", i))(c)
				listening("wk/v1/dn/10000001/#")(c)
			})
			wait(t, old.down, "the end of the old one")
			fresh.publish("wk/v1/up/10000001/state", fmt.Sprint("online ", i), true)
			office.expect(fmt.Sprint("wk/v1/up/10000001/state offline ", i-1), fmt.Sprint("wk/v1/up/10000001/state online ", i))
			office.publish("wk/v1/dn/10000001/ack", fmt.Sprint(i), false)
			fresh.expect(fmt.Sprint("wk/v1/dn/10000001/ack ", i))
			old = fresh
		}
	})
}

// TestClientIDIsTheName: a client cannot take over another one by its identifier.
func TestClientIDIsTheName(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/#"))
		b := r.up(t, kioskB, listening("wk/v1/dn/10000002/#"))
		conf, err := r.ca.ClientTLS(kioskA)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{kioskB, "office", "x", ""} {
			conn, err := r.raw(t, conf)
			if err != nil {
				t.Fatal(err)
			}
			code, err := connack(conn, connect{id: id, level: 4, flags: 2, keepAlive: 30})
			if r.embedded && err == nil && code == 0 {
				t.Errorf("client id %q accepted", id)
			}
			if code == 0 && err == nil {
				if _, err := conn.Write(append([]byte{0x30, 24, 0, 21}, "wk/v1/up/10000002/recx"...)); err != nil {
					t.Fatal(err)
				}
			}
			_ = conn.Close()
		}
		office.publish("wk/v1/dn/10000002/ack", "still here", false)
		b.expect("wk/v1/dn/10000002/ack still here")
		b.publish("wk/v1/up/10000002/rec", "still here", false)
		office.expect("wk/v1/up/10000002/rec still here")
		if len(b.down)+len(office.down) != 0 {
			t.Error("somebody was taken over")
		}
	})
}

func TestPacketSize(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", listening("wk/v1/up/+/rec"))
		a := r.up(t, kioskA, nil)
		fits := strings.Repeat("x", broker.MaxPacket-100)
		a.publish("wk/v1/up/10000001/rec", fits, false)
		office.expect("wk/v1/up/10000001/rec " + fits)
		a.publish("wk/v1/up/10000001/rec", strings.Repeat("x", broker.MaxPacket+1), false)
		wait(t, a.down, "the connection to be closed")
		a.hangUp()
		a = r.up(t, kioskA, nil)
		a.publish("wk/v1/up/10000001/rec", "small", false)
		office.expect("wk/v1/up/10000001/rec small")
	})
}

// TestManyKiosks: 60 kiosks, each with a burst of messages.
func TestManyKiosks(t *testing.T) {
	const kiosks, each = 60, 20
	both(t, func(t *testing.T, r *rig) {
		office := r.up(t, "office", func(c *mqttlink.Config) {
			listening("wk/v1/up/+/rec")(c)
			c.Queue = kiosks * each
		})
		next := map[string]int{}
		for i := range kiosks {
			k := r.up(t, fmt.Sprint(20000000+i), nil)
			for n := range each {
				k.publish(fmt.Sprintf("wk/v1/up/%d/rec", 20000000+i), fmt.Sprint(n), false)
			}
		}
		for range kiosks * each {
			m := wait(t, office.msgs, "messages of all kiosks")
			if got, want := string(m.Payload), fmt.Sprint(next[m.Topic]); got != want {
				t.Fatalf("%s: got %s, want %s", m.Topic, got, want)
			}
			next[m.Topic]++
		}
		if len(next) != kiosks {
			t.Errorf("heard of %d kiosks, want %d", len(next), kiosks)
		}
	})
}

func TestClosedTwice(t *testing.T) {
	a := authority(t)
	conf, err := a.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", TLS: conf})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{ca: a, addr: b.Addr().String()}
	c := r.up(t, kioskA, nil)
	silent, err := r.raw(t, clientTLS(t, r, kioskB)) // never sends CONNECT
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	wait(t, c.down, "the link to notice")
	if !ends(silent) {
		t.Error("a connection is left open")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := (&tls.Dialer{}).DialContext(ctx, "tcp", r.addr); err == nil {
		t.Error("still listening")
	}
}

func clientTLS(t *testing.T, r *rig, name string) *tls.Config {
	t.Helper()
	conf, err := r.ca.ClientTLS(name)
	if err != nil {
		t.Fatal(err)
	}
	return conf
}
