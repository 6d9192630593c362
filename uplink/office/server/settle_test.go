package server_test

import (
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

const settleTopic = "wk/v1/dn/" + storetest.Kiosk + "/cmd/settle"

// settle is the next message of the suite's kiosk that orders a settlement: its batch, 0 if
// it was cleared.
func (y *yard) settle() uint32 {
	y.t.Helper()
	for {
		select {
		case m := <-y.line.sent:
			if m.topic != settleTopic {
				continue
			}
			if !m.retained {
				y.t.Fatal("it is not retained")
			}
			if len(m.payload) == 0 {
				return 0
			}
			var signed wire.Signed
			if err := wire.Decode(m.payload, &signed); err != nil {
				y.t.Fatal(err)
			}
			s, err := wire.OpenSettle(y.pub, signed)
			if err != nil || s.Kiosk != storetest.Kiosk || s.Terminal != "20000001" {
				y.t.Fatalf("%+v, %v", s, err)
			}
			return s.Batch
		case <-time.After(5 * time.Second):
			y.t.Fatal("nothing published")
		}
	}
}

// TestSettlementsAreOrdered: an order is retained until the bank has said how it ended, and
// sent again to a broker that may have forgotten it.
func TestSettlementsAreOrdered(t *testing.T) {
	y := newYard(t)
	register := y.books.Bank
	heading := bank.Heading{Type: 0x0500, TPDU: iso8583.TPDU{0x60, 0, 3}, Terminal: "20000001", Merchant: "105290073724601", Trace: 1, Batch: 7}
	asked := bank.Asked{Kiosk: storetest.Kiosk, Terminal: "20000001", Heading: heading}
	say := func(trace uint32, compared posp.Comparison) {
		t.Helper()
		asked.Heading.Trace = trace
		c, err := register.Take(t.Context(), asked, "one", y.now())
		if err != nil {
			t.Fatal(err)
		}
		answer := asked.Heading
		answer.Type, answer.Code, answer.Compared = 0x0510, "00", compared
		if err := register.Ended(t.Context(), c, bank.Result{End: bank.Answered, Answer: answer}, "one", y.now()); err != nil {
			t.Fatal(err)
		}
	}
	say(1, posp.NotEqual) // of it the batch is known

	y.at.Store(time.Minute.Milliseconds())
	if _, err := register.OrderSettlement(t.Context(), storetest.Kiosk, "li", "end of the month", y.now()); err != nil {
		t.Fatal(err)
	}
	y.OnUp()
	if got := y.settle(); got != 7 {
		t.Errorf("batch %d", got)
	}
	y.OnUp()
	if got := y.settle(); got != 7 {
		t.Errorf("again: batch %d", got)
	}
	y.at.Store((2 * time.Minute).Milliseconds())
	say(2, posp.Equal)
	y.KickJobs()
	if got := y.settle(); got != 0 {
		t.Errorf("after it was settled: batch %d", got)
	}
}
