package missim_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/money"
)

func encode(t testing.TB, r mis.Request) []byte {
	t.Helper()
	frame, err := socket.EncodeRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func TestHandleFaults(t *testing.T) {
	for fault, want := range map[missim.Fault]struct {
		responses int
		after     time.Duration
		booked    bool
	}{
		"":                 {1, 0, true},
		missim.Down:        {0, 0, false},
		missim.LoseRequest: {0, 0, false},
		missim.NoReply:     {0, 0, true},
		missim.Slow:        {1, 40 * time.Second, true},
		missim.Duplicate:   {1, 0, true},
	} {
		s := missim.New(missim.Config{Now: fixed, Slow: 40 * time.Second})
		if fault != "" {
			if err := s.SetFor(fault, 1); err != nil {
				t.Fatal(err)
			}
		}
		got := s.Handle(encode(t, post("S1", "1000000002", 100)))
		if len(got) != want.responses || (len(got) == 1 && got[0].After != want.after) {
			t.Errorf("%s: %d responses %+v, want %+v", fault, len(got), got, want)
		}
		if _, booked := s.Entry("S1"); booked != want.booked {
			t.Errorf("%s: booked %v", fault, booked)
		}
		if fault != "" && s.On(fault) {
			t.Errorf("%s: still on after its one request", fault)
		}
		if got := s.Handle(encode(t, post("S2", "1000000002", 100))); len(got) != 1 || got[0].After != 0 {
			t.Errorf("%s: the next request suffers too", fault)
		}
	}
	if err := missim.New(missim.Config{}).Set("flood", true); err == nil {
		t.Error("unknown fault: no error")
	}
}

func TestHandleBadPackets(t *testing.T) {
	s := missim.New(missim.Config{Now: fixed})
	frame := encode(t, post("S1", "1000000002", 100))
	frame[40] ^= 1
	got := s.Handle(frame)
	if len(got) != 1 {
		t.Fatalf("%d responses", len(got))
	}
	reply, err := socket.DecodeReplyTo(post("S1", "1000000002", 100), got[0].Frame)
	if err != nil || reply.Post.Code != "1006" || reply.Post.Outcome != mis.Unknown {
		t.Errorf("%+v, %v", reply.Post, err)
	}
	if got := s.Handle([]byte("GET / HTTP/1.1")); got != nil {
		t.Errorf("garbage is answered: %v", got)
	}
	if _, booked := s.Entry("S1"); booked {
		t.Error("booked from a bad packet")
	}
}

// TestMoneyUnderFaults drives a careful client through random operations and
// faults. What the client is sure of must be what the ledger says, and a model
// that knows only the entries must arrive at the account's balances.
func TestMoneyUnderFaults(t *testing.T) {
	faults := []missim.Fault{missim.Down, missim.LoseRequest, missim.Error, missim.Duplicate, missim.NoReply, missim.Slow}
	rapid.Check(t, func(t *rapid.T) {
		s := missim.New(missim.Config{Now: fixed, Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))})
		call := func(r mis.Request) mis.Reply {
			frame, err := socket.EncodeRequest(r)
			if err != nil {
				t.Fatal(err)
			}
			reply := mis.Reply{Op: r.Op}
			for _, out := range s.Handle(frame) {
				if out.After == 0 {
					reply, _ = socket.DecodeReplyTo(r, out.Frame) // an error leaves unknown
				}
			}
			return reply
		}
		orders := map[string]mis.Request{}
		gone := map[string]bool{} // surely reversed
		in := map[string]bool{}   // surely booked
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "faulty") {
				if err := s.SetFor(rapid.SampledFrom(faults).Draw(t, "fault"), rapid.IntRange(0, 2).Draw(t, "n")); err != nil {
					t.Fatal(err)
				}
			}
			serial := fmt.Sprintf("%020d", rapid.IntRange(0, 7).Draw(t, "serial"))
			switch rapid.SampledFrom([]mis.Op{mis.OpPost, mis.OpPost, mis.OpAsk, mis.OpReverse}).Draw(t, "op") {
			case mis.OpPost:
				order, ok := orders[serial]
				if !ok {
					order = post(serial, rapid.SampledFrom([]string{"1000000001", "1000000002", "1000000003", "1000000004", "1000000009"}).Draw(t, "account"),
						money.Amount(rapid.Int64Range(1, 30000).Draw(t, "fen")))
					orders[serial] = order
				}
				_, before := s.Entry(serial)
				p := call(order).Post
				_, booked := s.Entry(serial)
				if (p.Outcome == mis.Done && (before || !booked)) || (p.Outcome == mis.NotDone && booked && !before) {
					t.Fatalf("post %s: %+v, booked %v", serial, p, booked)
				}
				if p.Outcome == mis.Done {
					if in[serial] {
						t.Fatalf("post %s: done twice", serial)
					}
					in[serial] = true
				}
			case mis.OpAsk:
				p := call(mis.Request{Op: mis.OpAsk, Serial: serial}).Post
				e, booked := s.Entry(serial)
				if (p.Outcome == mis.Done && (!booked || e.Reversed || p.Amount != orders[serial].Payment.Amount)) ||
					(p.Outcome == mis.NotDone && !p.Reversed && booked) || (p.Reversed && !e.Reversed) {
					t.Fatalf("ask %s: %+v, ledger %+v", serial, p, e)
				}
				in[serial] = in[serial] || p.Outcome == mis.Done
			case mis.OpReverse:
				r := call(mis.Request{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "R" + serial[1:], Original: serial, BusinessDate: "20261123"}}).Reverse
				e, booked := s.Entry(serial)
				if (r.Outcome == mis.Done && !e.Reversed) || (r.Outcome == mis.NotDone && booked) {
					t.Fatalf("reverse %s: %+v, ledger %+v", serial, r, e)
				}
				gone[serial] = gone[serial] || r.Outcome == mis.Done
			}
		}
		checkLedger(t, s, orders, in, gone)
	})
}

// checkLedger recomputes the balances from the orders alone.
func checkLedger(t *rapid.T, s *missim.Server, orders map[string]mis.Request, in, gone map[string]bool) {
	l := s.Ledger()
	if err := l.Audit(); err != nil {
		t.Fatal(err)
	}
	owed := map[string]money.Amount{"1000000001": 12850, "1000000002": 0, "1000000003": 0, "1000000004": 8640}
	standing := map[string]money.Amount{}
	for _, e := range l.Entries {
		if e.Amount != orders[e.Serial].Payment.Amount || e.Account != orders[e.Serial].Payment.Account {
			t.Fatalf("entry %+v, order %+v", e, orders[e.Serial])
		}
		if gone[e.Serial] && !e.Reversed {
			t.Fatalf("%s was reversed, but stands", e.Serial)
		}
		delete(in, e.Serial)
		if !e.Reversed {
			standing[e.Account] += e.Amount
		}
	}
	for serial, booked := range in {
		if booked {
			t.Fatalf("%s was done, but is not in the ledger", serial)
		}
	}
	for _, a := range l.Accounts {
		var gross money.Amount
		for _, b := range a.Bills {
			gross += b.Fee + b.Penalty
		}
		if paid := owed[a.Number] - gross + a.Advance; paid != standing[a.Number] {
			t.Fatalf("account %s: arrears paid and advance %d, postings %d", a.Number, paid, standing[a.Number])
		}
	}
}

func FuzzHandle(f *testing.F) {
	for _, r := range []mis.Request{
		post("S1", "1000000001", 5000),
		{Op: mis.OpQuery, Account: "1000000001"},
		{Op: mis.OpAsk, Serial: "S1"},
		{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "R1", Original: "S0", BusinessDate: "20261123"}},
	} {
		f.Add(encode(f, r), uint8(0))
	}
	faults := []missim.Fault{missim.NoReply, missim.Down, missim.LoseRequest, missim.Error, missim.Duplicate, missim.Slow}
	f.Fuzz(func(t *testing.T, frame []byte, fault uint8) {
		s := missim.New(missim.Config{Now: fixed})
		s.Answer(post("S0", "1000000001", 5000))
		if err := s.Set(faults[int(fault)%len(faults)], fault > 5); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := s.Handle(frame); len(got) > 1 {
				t.Fatalf("%d responses", len(got))
			}
		}
		if err := s.Ledger().Audit(); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkHandlePost(b *testing.B) {
	s := missim.New(missim.Config{Now: fixed})
	for i := 0; b.Loop(); i++ { // encoding included: what a simulated call costs
		if len(s.Handle(encode(b, post(fmt.Sprintf("%020d", i), "1000000002", 1)))) != 1 {
			b.Fatal("no answer")
		}
	}
}
