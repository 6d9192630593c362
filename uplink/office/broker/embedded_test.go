package broker_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"wattkiosk/uplink/office/broker"
)

func TestStartRefusesWeakTLS(t *testing.T) {
	good, err := authority(t).ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, weaken := range map[string]func(*tls.Config){
		"TLS 1.2":             func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 },
		"any TLS":             func(c *tls.Config) { c.MinVersion = 0 },
		"no client asked":     func(c *tls.Config) { c.ClientAuth = tls.NoClientCert },
		"client not verified": func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert },
		"no authority":        func(c *tls.Config) { c.ClientCAs = nil },
		"no certificate":      func(c *tls.Config) { c.Certificates = nil },
	} {
		c := good.Clone()
		weaken(c)
		if b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", TLS: c}); err == nil {
			t.Errorf("%s: started", name)
			_ = b.Close()
		}
	}
	if _, err := broker.Start(broker.Config{Listen: "127.0.0.1:0"}); err == nil {
		t.Error("plain text: started")
	}
	if _, err := broker.Start(broker.Config{Listen: "no such place", TLS: good}); err == nil {
		t.Error("no address: started")
	}
}

const notAuthorised = 5 // a CONNACK of MQTT 3.1.1

func TestConnectIsChecked(t *testing.T) {
	r := embedded(t)
	conf := clientTLS(t, r, kioskA)
	for _, c := range []struct {
		name string
		hi   connect
		code byte
	}{
		{"right", connect{id: kioskA, level: 4, flags: 2, keepAlive: 30}, 0},
		{"own retained will", connect{id: kioskA, level: 4, flags: 2 | 4 | 8 | 32, keepAlive: 30, willTopic: "wk/v1/up/10000001/state", willMsg: "x"}, 0},
		{"will retained elsewhere", connect{id: kioskA, level: 4, flags: 2 | 4 | 8 | 32, keepAlive: 30, willTopic: "wk/v1/up/10000001/rec", willMsg: "x"}, notAuthorised},
		{"persistent session", connect{id: kioskA, level: 4, keepAlive: 30}, notAuthorised},
		{"no keep-alive", connect{id: kioskA, level: 4, flags: 2}, notAuthorised},
		{"MQTT 5", connect{id: kioskA, level: 5, flags: 2, keepAlive: 30}, 0x84},
	} {
		conn, err := r.raw(t, conf)
		if err != nil {
			t.Fatal(err)
		}
		code, err := connack(conn, c.hi)
		if err != nil || code != c.code {
			t.Errorf("%s: code %#02x, want %#02x, %v", c.name, code, c.code, err)
		}
		if c.code != 0 && !ends(conn) {
			t.Errorf("%s: connection stays open", c.name)
		}
	}
}

func TestKioskRetainsItsStateOnly(t *testing.T) {
	r := embedded(t)
	office := r.up(t, "office", listening("wk/v1/up/#"))
	a := r.up(t, kioskA, nil)
	a.publish("wk/v1/up/10000001/job/1", "x", true)
	a.publish("wk/v1/up/10000001/rec", "y", true)
	a.publish("wk/v1/up/10000001/state", "online", true)
	office.expect("wk/v1/up/10000001/job/1 x", "wk/v1/up/10000001/rec y", "wk/v1/up/10000001/state online")
	office.hangUp()
	office = r.up(t, "office", listening("wk/v1/up/#"))
	office.expect("wk/v1/up/10000001/state online")
	a.publish("wk/v1/up/10000001/rec", "next", false)
	office.expect("wk/v1/up/10000001/rec next")
}

// TestLogHasNoPayload: the library would log the whole packet.
func TestLogHasNoPayload(t *testing.T) {
	r := embedded(t)
	a := r.up(t, kioskA, withWill("SECRET-WILL"))
	a.publish("wk/v1/up/10000002/rec", "SECRET-PAYLOAD", false)
	wait(t, a.down, "the connection to be closed")
	office := r.up(t, "office", listening("wk/v1/up/#"))
	office.expect("wk/v1/up/10000001/state SECRET-WILL")
	log := r.log.String()
	if count(log, "error processing packet") != 1 || count(log, "client=10000001") < 3 {
		t.Errorf("the log does not say what happened:\n%s", log)
	}
	for _, leak := range []string{"SECRET", "83 69 67 82 69 84", "U0VDUkVU", "pk=", "packet=", "Payload"} {
		if strings.Contains(log, leak) {
			t.Errorf("the log contains %q:\n%s", leak, log)
		}
	}
}
