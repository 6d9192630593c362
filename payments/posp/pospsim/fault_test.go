package pospsim_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
)

// TestFaults says of each fault what comes back and whether the sale was carried out.
func TestFaults(t *testing.T) {
	right := func(c *client, frame []byte) bool {
		code, err := c.mac.MAC(frame[13 : len(frame)-8])
		return err == nil && bytes.HasSuffix(frame, code[:])
	}
	for fault, x := range map[pospsim.Fault]struct {
		booked int // -1: either
		check  func(*testing.T, *client, []pospsim.Reply)
	}{
		pospsim.LoseRequest: {0, func(t *testing.T, _ *client, r []pospsim.Reply) {
			if len(r) != 0 {
				t.Errorf("%d replies", len(r))
			}
		}},
		pospsim.NoReply: {1, func(t *testing.T, _ *client, r []pospsim.Reply) {
			if len(r) != 0 {
				t.Errorf("%d replies", len(r))
			}
		}},
		pospsim.Slow: {1, func(t *testing.T, c *client, r []pospsim.Reply) {
			if len(r) != 1 || r[0].After != 90*time.Second || !right(c, r[0].Frame) {
				t.Errorf("%+v", r)
			}
		}},
		pospsim.Duplicate: {1, func(t *testing.T, c *client, r []pospsim.Reply) {
			if len(r) != 2 || !bytes.Equal(r[0].Frame, r[1].Frame) || !right(c, r[0].Frame) {
				t.Errorf("%+v", r)
			}
		}},
		pospsim.WrongMAC: {-1, func(t *testing.T, c *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err != nil || right(c, r[0].Frame) || !m.Is(iso8583.Response, "00") {
				t.Errorf("%v, %v", m, err)
			}
		}},
		pospsim.OtherTrace: {0, func(t *testing.T, c *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err != nil || !right(c, r[0].Frame) || !m.Is(iso8583.Trace, "000003") || !m.Is(iso8583.Response, "00") {
				t.Errorf("%v, %v", m, err)
			}
		}},
		pospsim.Garbage: {1, func(t *testing.T, _ *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err == nil {
				t.Errorf("%v", m)
			}
		}},
		pospsim.UnknownCode: {1, func(t *testing.T, c *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err != nil || !right(c, r[0].Frame) || !m.Is(iso8583.Response, "Z9") {
				t.Errorf("%v, %v", m, err)
			}
		}},
		pospsim.OtherAmount: {1, func(t *testing.T, c *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err != nil || !right(c, r[0].Frame) || !m.Is(iso8583.Response, "00") || m.Is(iso8583.Amount, "000000001000") {
				t.Errorf("%v, %v", m, err)
			}
		}},
		pospsim.KeyChange: {0, func(t *testing.T, c *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err != nil || right(c, r[0].Frame) || !m.Is(iso8583.Response, "A0") {
				t.Errorf("%v, %v", m, err)
			}
		}},
		pospsim.Cut: {1, func(t *testing.T, _ *client, r []pospsim.Reply) {
			if len(r) != 1 || !r[0].Close || int(r[0].Frame[1])+2 <= len(r[0].Frame) {
				t.Errorf("%+v", r)
			}
		}},
		pospsim.Error: {-1, func(t *testing.T, c *client, r []pospsim.Reply) {
			var m iso8583.Message
			if err := m.Decode(r[0].Frame); err == nil && (!right(c, r[0].Frame) || !m.Is(iso8583.Response, "96")) || err != nil && !r[0].Close {
				t.Errorf("%v, %v", m, err)
			}
		}},
	} {
		t.Run(string(fault), func(t *testing.T) {
			b := newBank(pospsim.Config{})
			c := connect(t, b)
			if err := b.SetFor(fault, 1); err != nil {
				t.Fatal(err)
			}
			x.check(t, c, b.Handle(c.frame(0x0200, c.sale("000002", bank1, "000000001000"))))
			if n := len(b.Ledger().Entries); x.booked >= 0 && n != x.booked {
				t.Errorf("%d booked", n)
			}
			if b.On(fault) {
				t.Error("still on")
			}
		})
	}
}

func TestReversalRefused(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	c.code(0x0200, c.sale("000002", bank1, "000000001000"))
	if err := b.Set(pospsim.ReversalRefused, true); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if code := c.code(0x0400, reversal("000002", "000000001000")); code != "05" || b.Ledger().Entries[0].Reversed {
			t.Error(code)
		}
	}
	if err := b.Set(pospsim.ReversalRefused, false); err != nil {
		t.Fatal(err)
	}
	if code := c.code(0x0400, reversal("000002", "000000001000")); code != "00" {
		t.Error(code)
	}
	if b.Set("perhaps", true) == nil {
		t.Error("an unknown fault")
	}
}

func TestLateRequest(t *testing.T) {
	now := noon
	b := pospsim.New(pospsim.Config{Now: func() time.Time { return now }})
	c := connect(t, b)
	if err := b.SetFor(pospsim.LateRequest, 1); err != nil {
		t.Fatal(err)
	}
	if c.send(c.frame(0x0200, c.sale("000002", bank1, "000000001000"))) != nil {
		t.Error("answered")
	}
	now = now.Add(89 * time.Second)
	if len(b.Ledger().Entries) != 0 {
		t.Error("booked too early")
	}
	now = now.Add(time.Second)
	if len(b.Ledger().Entries) != 1 {
		t.Error("not booked")
	}
}

// TestReadsWhatOthersEncoded: the bank's own reader is judged by the golden frames too.
// It must answer each, and close the connection on no one.
func TestReadsWhatOthersEncoded(t *testing.T) {
	raw, err := os.ReadFile("../iso8583/testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var goldens []struct{ Name, MTI, Frame string }
	if err := json.Unmarshal(raw, &goldens); err != nil {
		t.Fatal(err)
	}
	b := newBank(pospsim.Config{})
	for _, g := range goldens {
		frame, err := hex.DecodeString(g.Frame)
		if err != nil {
			t.Fatal(err)
		}
		replies := b.Handle(frame)
		var m iso8583.Message
		if len(replies) != 1 || replies[0].Close {
			t.Errorf("%s: %+v", g.Name, replies)
		} else if err := m.Decode(replies[0].Frame); err != nil {
			t.Errorf("%s: %v", g.Name, err)
		}
	}
}

func FuzzHandle(f *testing.F) {
	raw, err := os.ReadFile("../iso8583/testdata/golden.json")
	if err != nil {
		f.Fatal(err)
	}
	var goldens []struct{ Frame string }
	if err := json.Unmarshal(raw, &goldens); err != nil {
		f.Fatal(err)
	}
	for _, g := range goldens {
		frame, err := hex.DecodeString(g.Frame)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		b := newBank(pospsim.Config{})
		b.Handle(frame)
		if err := b.Ledger().Audit(); err != nil || len(b.Ledger().Entries) != 0 {
			t.Fatalf("%v: booked without a MAC", err)
		}
	})
}
