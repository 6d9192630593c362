package hn_test

import (
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/mistest"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect/hn"
)

func TestRoadConforms(t *testing.T) {
	codes := mistest.Codes{
		OK: "00000", None: "11009", NoUser: "11001", MeterCard: "11002", NoPartial: "11056", Duplicate: "11004", Reversed: "11007",
		Calculating: "11020", InvalidReversal: "11009", NoNextDay: "11065", MeterCardIs: "not-payable",
	}
	t.Run("socket, hn", func(t *testing.T) { mistest.Run(t, hn.Dialect(), codes, mistest.Socket(hn.Dialect())) })
}

// TestRequestBytes writes the frame by hand, by the tables of the dialect.
func TestRequestBytes(t *testing.T) {
	pad := func(s string, width int) string { return s + strings.Repeat(" ", width-len(s)) }
	body := pad("4301", 9) + pad("430102", 9) + "0000000000" + "20261123" + "103000" + pad("10000001", 12) +
		pad("20261123000000000001", 24) + pad("1000000001", 12) + "1" + "02" + "01" + "0000012850" + "20261123"
	head := fmt.Sprintf("%06dHN110201", 2+6+len(body)+8)
	want := fmt.Sprintf("%s%s%08X", head, body, crc32.ChecksumIEEE([]byte(head+body)))

	c, err := socket.NewCodec(hn.Dialect(), socket.Unit{Collecting: "4301", Accounting: "430102"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.EncodeRequest(mis.Request{Op: mis.OpPost, Payment: mis.Payment{
		Serial: "20261123000000000001", Account: "1000000001", Amount: 12850, BusinessDate: "20261123",
		Time: "20261123103000", Tender: "cash", Kiosk: "10000001",
	}})
	if err != nil || string(got) != want {
		t.Errorf("%q, %v\nwant %q", got, err, want)
	}
}
