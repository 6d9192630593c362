package sspsim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ssp"
)

// TestQuietPathDoesNotAllocate: the driver of an enabled, idle device makes no
// garbage. The device is played by two literal replies.
func TestQuietPathDoesNotAllocate(t *testing.T) {
	d := ssp.New(ssp.Config{})
	now := time.Unix(1_700_000_000, 0)
	replies := map[byte][2][]byte{}
	for cmd, data := range map[byte][]byte{
		ssp.CmdHold: {ssp.ReplyCannot}, ssp.CmdSerial: {ssp.ReplyOK, 0, 0, 0, 1},
		ssp.CmdSetup: (&ssp.Setup{Country: "CNY", Version: 6, Table: ssp.Table{100}}).Append([]byte{ssp.ReplyOK}),
	} {
		replies[cmd] = pair(t, data)
	}
	ok := pair(t, []byte{ssp.ReplyOK})
	idle := false
	turn := func() {
		now = d.Wake()
		tx, _ := d.Advance(now, nil)
		if len(tx) < 4 {
			return
		}
		reply, found := replies[tx[3]]
		if !found {
			reply = ok
		}
		now = now.Add(5 * time.Millisecond)
		_, evs := d.Advance(now, reply[tx[1]>>7])
		for _, ev := range evs {
			idle = idle || ev.Kind == bill.Idling
		}
	}
	if err := d.Do(now, bill.Command{Op: bill.Enable}); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		turn()
	}
	if !idle {
		t.Fatal("not idling")
	}
	billtest.NoGarbage(t, turn)
}

// pair frames a reply with either sequence bit.
func pair(t *testing.T, data []byte) (p [2][]byte) {
	t.Helper()
	for i := range p {
		b, err := ssp.AppendFrame(nil, byte(i)<<7, data)
		if err != nil {
			t.Fatal(err)
		}
		p[i] = b
	}
	return p
}
