package socket_test

import (
	"bytes"
	"testing"

	"wattkiosk/payments/cardsystem/cardsystemtest"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/mis"
)

func TestRoadConforms(t *testing.T) {
	says := cardsystemtest.Says{
		OK: "0000", None: "1009", NoUser: "1001", Duplicate: "1004", Reversed: "1007", InvalidReversal: "9007", NoNextDay: "9008", Written: "1215",
		BlankCard: mis.BlankCard, OldCard: mis.OldCard, NotOpened: mis.NotOpened, BelowMinimum: mis.BelowMinimum, NotMultiple: mis.NotMultiple,
	}
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

	t.Run("hn", func(t *testing.T) {
		d, err := fixed.New(hn.Table())
		if err != nil {
			t.Fatal(err)
		}
		cardsystemtest.Run(t, cardsystemtest.Road{Dialect: d, Connect: cardsystemtest.Socket(d), Says: cardsystemtest.HN()})
	})
}
