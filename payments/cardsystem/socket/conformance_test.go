package socket_test

import (
	"bytes"
	"testing"

	"wattkiosk/payments/cardsystem/cardsystemtest"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/cardsystem/socket/s2fields"
)

func TestRoadConforms(t *testing.T) {
	says := cardsystemtest.S2()
	for name, cfg := range map[string]s2.Config{
		"s2":        {},
		"s2 sealed": {Key: bytes.Repeat([]byte{7}, 16), Gzip: true},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := s2.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			cardsystemtest.Run(t, cardsystemtest.Road{Dialect: d, Says: says, Connect: cardsystemtest.Socket(d)})
		})
	}

	for _, c := range []struct {
		table fixed.Table
		says  cardsystemtest.Says
	}{{hn.Table(), cardsystemtest.HN()}, {s2fields.Table(), says}} {
		t.Run(c.table.Name, func(t *testing.T) {
			d, err := fixed.New(c.table)
			if err != nil {
				t.Fatal(err)
			}
			cardsystemtest.Run(t, cardsystemtest.Road{Dialect: d, Connect: cardsystemtest.Socket(d), Says: c.says})
		})
	}
}
