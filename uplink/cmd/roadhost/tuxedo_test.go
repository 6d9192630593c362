package main_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/mistest"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect"
	mistuxedo "wattkiosk/payments/mis/tuxedo"
	"wattkiosk/payments/tuxedo"
)

// warm makes a call when a child is there: a call's patience is for the system.
type warm[Request, Reply any] struct {
	client interface {
		Ready(context.Context) error
		Call(context.Context, Request) (Reply, error)
	}
}

func (w warm[Request, Reply]) Call(ctx context.Context, r Request) (Reply, error) {
	if ctx.Err() == nil {
		_ = w.client.Ready(ctx) // the call says what is wrong
	}
	return w.client.Call(ctx, r)
}

func TestMISRoadConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and runs processes")
	}
	for _, c := range []struct {
		dialect string
		buffers []tuxedo.Buffer
		codes   mistest.Codes
	}{
		{"example", []tuxedo.Buffer{tuxedo.FML32, tuxedo.String, tuxedo.CArray}, mistest.Codes{
			OK: "1001", None: "1003", NoUser: "1004", MeterCard: "1039", NoPartial: "1035", Duplicate: "11004", Reversed: "11007",
			Calculating: "1043", InvalidReversal: "1005", NoNextDay: "1015", MeterCardIs: "meter-card", Waits: true,
		}},
		{"hn", []tuxedo.Buffer{tuxedo.FML32}, mistest.Codes{
			OK: "00000", None: "11009", NoUser: "11001", MeterCard: "11002", NoPartial: "11056", Duplicate: "11004", Reversed: "11007",
			Calculating: "11020", InvalidReversal: "11009", NoNextDay: "11065", MeterCardIs: "not-payable",
		}},
	} {
		d, err := dialect.Named(c.dialect)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range c.buffers {
			t.Run("Tuxedo "+string(b)+", "+c.dialect, func(t *testing.T) {
				mistest.Run(t, d, c.codes, func(t *testing.T, sim *missim.Server, timeout time.Duration) mistest.Caller {
					m := newDomain(t, misSystem(sim, d))
					return warm[mis.Request, mis.Reply]{m.bills(t, d, m.settings(b), timeout)}
				})
			})
		}
	}
}

// requests are one call of each operation, for a posting that is there where op asks for it.
func requests(serial string) []mis.Request {
	return []mis.Request{
		{Op: mis.OpQuery, Account: "1000000002"},
		{Op: mis.OpVerify, Account: "1000000002"},
		{Op: mis.OpPost, Payment: mis.Payment{
			Serial: serial, Account: "1000000002", Amount: 100, BusinessDate: "20261123", Time: "20261123103000", Tender: "cash", Kiosk: "K0000001",
		}},
		{Op: mis.OpAsk, Serial: serial},
		{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "R" + serial[1:], Original: serial, BusinessDate: "20261123"}},
	}
}

func outcome(r mis.Reply) mis.Outcome {
	switch r.Op {
	case mis.OpPost, mis.OpAsk:
		return r.Post.Outcome
	case mis.OpReverse:
		return r.Reverse.Outcome
	}
	return r.Query.Outcome
}

// what becomes of a call under a fault.
type what int

const (
	isUnknown what = iota
	isUnsent       // a post is not done and may be repeated, everything else is unknown
	isDone
)

// libraryFault is what the library does, and what becomes of a call then.
type libraryFault struct {
	fault string
	is    what
	sent  bool   // it reaches the system
	say   string // in the error
}

// becomes is the outcome and the error of a call under the fault; orders is of a posting or
// a sale.
func (f *libraryFault) becomes(orders bool) (mis.Outcome, error) {
	switch {
	case f.is == isDone:
		return mis.Done, nil
	case f.is == isUnsent && orders:
		return mis.NotDone, tuxedo.ErrNotSent
	case f.is == isUnsent:
		return mis.Unknown, tuxedo.ErrNotSent
	}
	return mis.Unknown, tuxedo.ErrNoReply
}

// patience is the context of a call under the fault.
func (f *libraryFault) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	if strings.HasSuffix(f.fault, "hang") {
		return context.WithTimeout(ctx, 200*time.Millisecond)
	}
	return context.WithCancel(ctx)
}

var libraryFaults = []libraryFault{
	{"before errno 3", isUnsent, false, "TPEBLOCK"},
	{"before errno 4", isUnsent, false, "TPEINVAL"},
	{"before errno 6", isUnsent, false, "TPENOENT"},
	{"before errno 8", isUnsent, false, "TPEPERM"},
	{"before errno 7", isUnknown, false, "TPEOS"},
	{"before errno 9", isUnknown, false, "TPEPROTO"},
	{"before errno 99", isUnknown, false, "tperrno 99"},
	{"before errno 0", isUnknown, false, "tperrno -1"},
	{"before errno 11", isUnknown, false, "buffer of no reply: no data"},
	{"after errno 7", isUnknown, true, "TPEOS"},
	{"after errno 10", isUnknown, true, "TPESVCERR"},
	{"after errno 12", isUnknown, true, "TPESYSTEM"},
	{"after errno 13", isUnknown, true, "TPETIME"},
	{"after errno 15", isUnknown, true, "TPGOTSIG"},
	{"after errno 18", isUnknown, true, "TPEOTYPE"},
	{"after fail", isUnknown, true, "TPESVCFAIL with the code of success"},
	{"before segv", isUnknown, false, "EOF"},
	{"after segv", isUnknown, true, "EOF"},
	{"after abort", isUnknown, true, "EOF"},
	{"after exit", isUnknown, true, "EOF"},
	{"after moved", isDone, true, ""},
	{"after nothing", isUnknown, true, "no data"},
	{"after null", isUnknown, true, "no data"},
	{"after length", isUnknown, true, "1073741824 bytes"},
	{"after length -5", isUnknown, true, "-5 bytes"},
	{"after type", isUnknown, true, `a buffer of type "VIEW32"`},
	{"after pointer", isUnknown, true, "no typed buffer"},
	{"after garbage", isUnknown, true, ""},
	{"before hang", isUnknown, false, "deadline"},
	{"after hang", isUnknown, true, "deadline"},
}

// TestLibraryConforms makes each operation of the MIS under each fault of the library.
func TestLibraryConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and runs processes")
	}
	l := &libraryTest{sim: missim.New(missim.Config{}), clients: map[tuxedo.Buffer]*mistuxedo.Client{}}
	l.domain = newDomain(t, misSystem(l.sim, socket.Example()))
	for _, b := range []tuxedo.Buffer{tuxedo.FML32, tuxedo.CArray} {
		set := l.domain.settings(b)
		set.Children = 1
		l.clients[b] = l.domain.bills(t, socket.Example(), set, 20*time.Second)
	}
	for i, r := range requests("20261123000000000000") {
		t.Run("MIS "+string(r.Op), func(t *testing.T) {
			for _, f := range libraryFaults {
				t.Run(f.fault, func(t *testing.T) {
					for b, c := range l.clients {
						l.try(t, b, c, i, &f)
					}
				})
			}
		})
	}
	if err := l.sim.Ledger().Audit(); err != nil {
		t.Error(err)
	}
}

type libraryTest struct {
	sim     *missim.Server
	domain  *domain
	clients map[tuxedo.Buffer]*mistuxedo.Client
	serials int
}

// try makes the operation of that index under a fault.
func (l *libraryTest) try(t *testing.T, b tuxedo.Buffer, c *mistuxedo.Client, op int, f *libraryFault) {
	t.Helper()
	l.serials++
	serial := fmt.Sprintf("20261123%012d", l.serials)
	all := requests(serial)
	r := all[op]
	if r.Op == mis.OpAsk || r.Op == mis.OpReverse {
		if p := l.sim.Answer(all[2]).Post; p.Outcome != mis.Done {
			t.Fatalf("%s: %+v", b, p)
		}
	}
	if err := c.Ready(t.Context()); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	l.domain.misbehave(f.fault)
	ctx, cancel := f.patience(t.Context())
	reply, err := c.Call(ctx, r)
	cancel()

	want, wantErr := f.becomes(r.Op == mis.OpPost)
	if got := outcome(reply); reply.Op != r.Op || got != want || reply.Post.Retry != (want == mis.NotDone) || !errors.Is(err, wantErr) {
		t.Errorf("%s: %+v, %v; want %v, %v", b, reply, err, want, wantErr)
	}
	if err != nil && !strings.Contains(err.Error(), f.say) {
		t.Errorf("%s: says %v, want %q", b, err, f.say)
	}
	e, booked := l.sim.Entry(serial)
	if r.Op == mis.OpPost && booked != f.sent || r.Op == mis.OpReverse && e.Reversed != f.sent {
		t.Errorf("%s: in the ledger: %v, reversed %v", b, booked, e.Reversed)
	}
}

// TestDomainIsNotThere: what cannot be called has not been called.
func TestDomainIsNotThere(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and runs processes")
	}
	sim := missim.New(missim.Config{})
	m := newDomain(t, misSystem(sim, socket.Example()))
	for name, c := range map[string]struct {
		change func(*tuxedo.Settings)
		fault  string
		say    string
	}{
		"no library":        {func(s *tuxedo.Settings) { s.Libraries = []string{"/no/such.so"} }, "", "cannot load library"},
		"a missing name":    {func(s *tuxedo.Settings) { s.Functions = map[string]string{"tpcall": "tpkall"} }, "", "function tpkall"},
		"another's library": {func(s *tuxedo.Settings) { s.Kind = "endurox" }, "", "function"},
		"a missing field":   {func(s *tuxedo.Settings) { s.Names = map[string]string{"jfje": "BETRAG"} }, "", "no field BETRAG"},
		"no field tables":   {func(s *tuxedo.Settings) { delete(s.Env, "FIELDTBLS32") }, "", "the field tables have no field"},
		"no address":        {func(s *tuxedo.Settings) { delete(s.Env, "WSNADDR") }, "", "tpinit: TPEINVAL"},
		"nobody listens":    {func(s *tuxedo.Settings) { s.Env["WSNADDR"] = "//127.0.0.1:1" }, "", "tpinit: TPESYSTEM"},
		"not allowed":       {func(*tuxedo.Settings) {}, "init errno 8", "tpinit: TPEPERM"},
		"crashes":           {func(*tuxedo.Settings) {}, "init segv", "does not start"},
		"hangs":             {func(*tuxedo.Settings) {}, "init hang", "no child yet"},
	} {
		set := m.settings(tuxedo.FML32)
		c.change(&set)
		client := m.bills(t, socket.Example(), set, 20*time.Second)
		if c.fault != "" {
			m.misbehave(c.fault)
		}
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if c.fault == "init hang" {
			ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
		}
		reply, err := client.Call(ctx, requests("20261123000000000001")[2])
		cancel()
		if want := (mis.PostResult{Outcome: mis.NotDone, Retry: true}); reply.Post != want || !errors.Is(err, tuxedo.ErrNotSent) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %+v, %v", name, reply.Post, err)
		}
	}
	if _, booked := sim.Entry("20261123000000000001"); booked {
		t.Error("it was called all the same")
	}

	// The same, once it is there.
	m.misbehave("init errno 12")
	client := m.bills(t, socket.Example(), m.settings(tuxedo.FML32), 20*time.Second)
	r := requests("20261123000000000002")[2]
	if reply, err := client.Call(t.Context(), r); reply.Post.Outcome != mis.NotDone || err == nil {
		t.Errorf("%+v, %v", reply.Post, err)
	}
	if reply, err := client.Call(t.Context(), r); reply.Post.Outcome != mis.Done || err != nil {
		t.Errorf("%+v, %v", reply.Post, err)
	}
}

// TestChildrenEndWithTheirClient: each takes its leave, or is killed.
func TestChildrenEndWithTheirClient(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and runs processes")
	}
	m := newDomain(t, misSystem(missim.New(missim.Config{}), socket.Example()))
	c := m.bills(t, socket.Example(), m.settings(tuxedo.String), 20*time.Second)
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if reply, err := c.Call(t.Context(), requests("20261123000000000001")[2]); reply.Post.Outcome != mis.NotDone || !errors.Is(err, tuxedo.ErrNotSent) {
		t.Errorf("after Close: %+v, %v", reply.Post, err)
	}
}
