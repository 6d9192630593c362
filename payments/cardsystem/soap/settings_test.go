package soap_test

import (
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem/cardsystemsim"
	cardsoap "wattkiosk/payments/cardsystem/soap"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/soap"
)

// TestSettings calls a service over TLS whose certificate only the settings know.
func TestSettings(t *testing.T) {
	user := soap.User{Name: "kiosk", Password: "hush"}
	sim := cardsystemsim.New(cardsystemsim.Config{})
	server := httptest.NewTLSServer(cardsystemsim.Web{Server: sim, Service: soap.Service{User: &user, Charset: soap.GB18030, Now: time.Now}})
	defer server.Close()
	set := cardsoap.Settings{URL: server.URL, Version: "1.2", Charset: "GB18030", User: "kiosk", Password: "hush"}

	for _, known := range []bool{false, true} {
		if known {
			set.Roots = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
		}
		cfg, err := set.Config()
		if err != nil {
			t.Fatal(err)
		}
		cfg.Now = time.Now
		c, err := cardsoap.New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Call(t.Context(), sale)
		if (err == nil) != known || (got.Post.Outcome == mis.Done) != known {
			t.Errorf("certificate known %v: %+v, %v", known, got.Post, err)
		}
		if _, booked := sim.Entry(sale.Payment.Serial); booked != known {
			t.Errorf("certificate known %v: booked %v", known, booked)
		}
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	good := cardsoap.Settings{URL: "https://cards.example/ws", User: "kiosk", Password: "hush"}
	for name, spoil := range map[string]func(*cardsoap.Settings){
		"no address":              func(s *cardsoap.Settings) { s.URL = "" },
		"another scheme":          func(s *cardsoap.Settings) { s.URL = "ftp://cards.example/" },
		"a password in it":        func(s *cardsoap.Settings) { s.URL = "https://kiosk:hush@cards.example/" },
		"another version":         func(s *cardsoap.Settings) { s.Version = "1.3" },
		"no password":             func(s *cardsoap.Settings) { s.Password = "" },
		"no user":                 func(s *cardsoap.Settings) { s.User = "" },
		"a digest of nothing":     func(s *cardsoap.Settings) { *s = cardsoap.Settings{URL: s.URL, Digest: true} },
		"text on an open line":    func(s *cardsoap.Settings) { s.URL = "http://cards.example/ws" },
		"roots that are no roots": func(s *cardsoap.Settings) { s.Roots = "hush" },
	} {
		s := good
		spoil(&s)
		if _, err := s.Config(); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*cardsoap.Settings){
		"a digest on an open line": func(s *cardsoap.Settings) { s.URL, s.Digest = "http://cards.example/ws", true },
		"text on this machine":     func(s *cardsoap.Settings) { s.URL = "http://127.0.0.1:8080/ws" },
		"nobody":                   func(s *cardsoap.Settings) { *s = cardsoap.Settings{URL: "http://cards.example/ws"} },
	} {
		s := good
		change(&s)
		if _, err := s.Config(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
