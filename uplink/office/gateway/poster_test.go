package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

const kiosk = storetest.Kiosk

func newBooks(t testing.TB) *store.Store {
	t.Helper()
	s := memstore.New(books.Rules{})
	if _, err := s.Register(t.Context(), kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	return s
}

func orderOf(n int) books.Order {
	return books.Order{
		Serial: storetest.Serial(kiosk, n), Account: "1000000001", Kiosk: kiosk, Tender: "cash",
		Amount: money.Amount(n) * 1000, PaidAt: storetest.T0.UnixMilli(),
	}
}

// TestCrashesBetweenAnyTwoSteps kills head office before a call leaves, after it
// was carried out, and before its answer is stored. The MIS's ledger is the
// oracle: every order is booked at most once, and is posted here exactly if it
// stands there.
func TestCrashesBetweenAnyTwoSteps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx, now := t.Context(), storetest.T0
		s := newBooks(t)
		sim := missim.New(missim.Config{Now: func() time.Time { return now }, Rand: rand.New(rand.NewPCG(1, 2))})
		n := rapid.IntRange(1, 4).Draw(rt, "orders")
		for i := range n {
			if _, err := s.EnsurePosting(ctx, orderOf(i+1), now); err != nil {
				rt.Fatal(err)
			}
		}
		p := gateway.NewPoster(s, "office")
		for round := 0; ; round++ {
			wake, err := p.Wake(ctx, mis.MIS)
			if err != nil {
				rt.Fatal(err)
			}
			if wake.IsZero() {
				break
			}
			if round > 500 {
				rt.Fatal("the postings do not come to an end")
			}
			if wake.After(now) {
				now = wake
			}
			calls, err := p.Next(ctx, mis.MIS, now, 10)
			if err != nil {
				rt.Fatal(err)
			}
			for _, c := range calls {
				what := "answered"
				if round < 60 {
					what = rapid.SampledFrom([]string{"answered", "crash before", "crash after", "lost"}).Draw(rt, "what")
				}
				if what == "crash before" {
					break
				}
				reply := sim.Answer(c.Request)
				if what == "crash after" {
					break
				}
				if what == "lost" {
					reply = mis.Reply{Op: c.Request.Op}
				}
				if _, err := p.Answered(ctx, now, c, reply); err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.Bool().Draw(rt, "restart") {
				p = gateway.NewPoster(s, "office")
				if err := p.Restarted(ctx, now); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if err := sim.Ledger().Audit(); err != nil {
			rt.Fatal(err)
		}
		for i := range n {
			serial := storetest.Serial(kiosk, i+1)
			row, err := s.Posting(ctx, serial)
			e, booked := sim.Entry(serial)
			if err != nil || (row.State == posting.Posted) != (booked && !e.Reversed) {
				rt.Fatalf("%s is %s here; in the MIS: %v, reversed %v, %v", serial, row.State, booked, e.Reversed, err)
			}
			if booked && e.Amount != orderOf(i+1).Amount {
				rt.Fatalf("%s is booked with %s", serial, e.Amount)
			}
		}
	})
}

func TestTwoOfficesNeverMakeTheSameCall(t *testing.T) {
	s := newBooks(t)
	if _, err := s.EnsurePosting(t.Context(), orderOf(1), storetest.T0); err != nil {
		t.Fatal(err)
	}
	one, two := gateway.NewPoster(s, "one"), gateway.NewPoster(s, "two")
	calls, err := one.Next(t.Context(), mis.MIS, storetest.T0, 5)
	if err != nil || len(calls) != 1 || calls[0].Request.Op != mis.OpPost {
		t.Fatalf("%+v, %v", calls, err)
	}
	if others, err := two.Next(t.Context(), mis.MIS, storetest.T0, 5); err != nil || len(others) != 0 {
		t.Errorf("%+v, %v", others, err)
	}
	if err := two.Restarted(t.Context(), storetest.T0); err != nil {
		t.Fatal(err)
	}
	if row, err := s.Posting(t.Context(), orderOf(1).Serial); err != nil || row.State != posting.Calling {
		t.Errorf("the other office's restart disturbed the call: %s, %v", row.State, err)
	}
	// After the lease the other one asks; the answer to the first call is late.
	later := storetest.T0.Add(call.Lease)
	if _, err := two.Next(t.Context(), mis.MIS, later, 5); err != nil {
		t.Fatal(err)
	}
	row, err := one.Answered(t.Context(), later, calls[0], mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.NotDone, Code: "1035"}})
	if err != nil || row.State != posting.Asking {
		t.Errorf("%s, %v", row.State, err)
	}
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{"张伟民": "张**", "李": "李", "": "", "Ann": "A**"} {
		if got := gateway.MaskName(in); got != want {
			t.Errorf("MaskName(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"示范市人民路18号3栋": "示范市人民路***", "示范市": "示范市", "": ""} {
		if got := gateway.MaskAddress(in); got != want {
			t.Errorf("MaskAddress(%q) = %q, want %q", in, got, want)
		}
	}
}

// caller is the simulated MIS, or silence.
type caller struct {
	sim *missim.Server

	mu     sync.Mutex
	silent bool
}

func (c *caller) set(silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = silent
}

func (c *caller) Call(_ context.Context, r mis.Request) (mis.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return mis.Reply{Op: r.Op}, errors.New("silence")
	}
	return c.sim.Answer(r), nil
}

func request(t *testing.T, op wire.Op, ttl time.Duration, body any) wire.Request {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Request{V: wire.Version, ID: "1-1", Op: op, TTLms: ttl.Milliseconds(), Body: b}
}

func TestRuntimeAnswersRequests(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := newBooks(t)
	c := &caller{sim: missim.New(missim.Config{})}
	g := gateway.NewRuntime(s, "office", c, 0, slog.New(slog.DiscardHandler), time.Now)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	serial := storetest.Serial(kiosk, 1)
	pay := wire.PostBody{Serial: serial, Account: "1000000001", Amount: 13000, Tender: "cash", PaidAt: time.Now().UnixMilli()}
	more, foreign, second := pay, pay, pay
	more.Amount++
	foreign.Serial = storetest.Serial("10000002", 1)
	second.Serial = storetest.Serial(kiosk, 2)
	for _, x := range []struct {
		name   string
		silent bool
		req    wire.Request
		want   string // error code, or status, or name
	}{
		{"verify", false, request(t, wire.OpVerify, 5*time.Second, wire.VerifyBody{Account: "1000000001"}), "张**"},
		{"verify, MIS silent", true, request(t, wire.OpVerify, 5*time.Second, wire.VerifyBody{Account: "1000000001"}), "unavailable"},
		{"verify nothing", false, request(t, wire.OpVerify, 5*time.Second, wire.VerifyBody{}), "bad-request"},
		{"unknown operation", false, request(t, "burn", 5*time.Second, struct{}{}), "bad-request"},
		{"unknown serial", false, request(t, wire.OpOutcome, 5*time.Second, wire.OutcomeBody{Serial: serial}), "unknown"},
		{"post", false, request(t, wire.OpPost, 5*time.Second, pay), "posted"},
		{"post again", false, request(t, wire.OpPost, 5*time.Second, pay), "posted"},
		{"other amount", false, request(t, wire.OpPost, 5*time.Second, more), "conflict"},
		{"other kiosk's serial", false, request(t, wire.OpPost, 5*time.Second, foreign), "bad-request"},
		{"outcome", false, request(t, wire.OpOutcome, 5*time.Second, wire.OutcomeBody{Serial: serial}), "posted"},
		{"MIS silent", true, request(t, wire.OpPost, 600*time.Millisecond, second), "pending"},
	} {
		c.set(x.silent)
		r := g.Answer(t.Context(), kiosk, x.req)
		var got struct{ Status, Name string }
		if r.Error == nil {
			if err := json.Unmarshal(r.Body, &got); err != nil {
				t.Fatal(err)
			}
		} else {
			got.Status = r.Error.Code
		}
		if got.Status+got.Name != x.want || r.ID != "1-1" || r.V != 1 {
			t.Errorf("%s: %+v %s, want %s", x.name, r.Error, r.Body, x.want)
		}
	}
	if e, ok := c.sim.Entry(serial); !ok || e.PostedCount != 1 || e.Amount != 13000 {
		t.Errorf("MIS has %+v", e)
	}
}
