package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/memstore"
)

// TestEnrolledKioskIsToldTheBroker: the address is that of --broker-url, for which the
// embedded broker has a certificate; else the one it listens on; else --broker, if no
// password is in it.
func TestEnrolledKioskIsToldTheBroker(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		flags []string
		want  string // "" is where the broker is
	}{
		{"as head office says", []string{"--mqtt-listen", "127.0.0.1:0", "--broker-url", "tls://broker.example:8883/"}, "tls://broker.example:8883"},
		{"the embedded one", []string{"--mqtt-listen", "127.0.0.1:0"}, ""},
		{"another broker", []string{"--broker", "tls://127.0.0.1:1"}, "tls://127.0.0.1:1"},
		{"by another way", []string{"--broker", "tcp://127.0.0.1:1", "--broker-url", "tls://broker.example:8883"}, "tls://broker.example:8883"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			o := startOfficeAt(t, append([]string{"serve", "--data", dir, "--http", "127.0.0.1:0", "--log-level", "error"}, tt.flags...)...)
			conf, _ := enrol(t, o.http, dir, "10000001", key)
			want := tt.want
			if want == "" {
				want = o.broker
			}
			if got := askEnrolment(t, o.http, dir, "10000001", key).Broker; got != want {
				t.Errorf("told %q, want %q", got, want)
			}
			if tt.name != "as head office says" {
				return
			}
			conf.ServerName = "broker.example"
			c, err := tls.Dial("tcp", strings.TrimPrefix(o.broker, "tls://"), conf)
			if err != nil {
				t.Fatalf("the broker is not who kiosks are told: %v", err)
			}
			_ = c.Close()
		})
	}
}

// TestPasswordIsNotTold: a broker's address with a password is for head office alone.
func TestPasswordIsNotTold(t *testing.T) {
	var p parts
	if err := p.reachBroker(&options{broker: "tcp://office:secret@127.0.0.1:1"}, 0, nil, nil); err != nil || p.broker != "" {
		t.Errorf("told %q, %v", p.broker, err)
	}
}

// TestHeadOfficeIsSoonBackAtTheBroker: no kiosk is served meanwhile, so it never waits for
// a minute as a kiosk does.
func TestHeadOfficeIsSoonBackAtTheBroker(t *testing.T) {
	var p parts
	if err := p.reachBroker(&options{broker: "tcp://127.0.0.1:1"}, 0, nil, nil); err != nil {
		t.Fatal(err)
	}
	if p.link.MinBackoff != 100*time.Millisecond || p.link.MaxBackoff != 2*time.Second {
		t.Errorf("waits %s to %s for the broker, want 100ms to 2s", p.link.MinBackoff, p.link.MaxBackoff)
	}
}

// TestNotHealthyWithoutBroker: no kiosk is served then, though pages and books are
// there.
func TestNotHealthyWithoutBroker(t *testing.T) {
	o := startOfficeAt(t, "serve", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log-level", "error", "--broker", "tcp://127.0.0.1:1")
	resp, err := http.Get("http://" + strings.TrimPrefix(o.http, "http://") + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("health %s, want 503", resp.Status)
	}
}

// TestPlacesForKiosks: as many as asked for; otherwise twice those that are enrolled,
// and never fewer than a small fleet needs.
func TestPlacesForKiosks(t *testing.T) {
	shop := memstore.New(books.Rules{})
	for _, tt := range []struct{ asked, enrolled, want int }{{0, 0, 4096}, {10, 0, 10}, {0, 2100, 4200}, {3000, 2100, 3000}} {
		for i := range tt.enrolled {
			if _, err := shop.Register(t.Context(), fmt.Sprint(10000000+i), 0, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := kioskPlaces(t.Context(), &options{kiosks: tt.asked}, shop); err != nil || got != tt.want {
			t.Errorf("%+v: %d places, %v", tt, got, err)
		}
	}
}
