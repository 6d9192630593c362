package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"strings"
	"testing"
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
	if err := p.reachBroker(&options{broker: "tcp://office:secret@127.0.0.1:1"}, nil, nil); err != nil || p.broker != "" {
		t.Errorf("told %q, %v", p.broker, err)
	}
}
