package main_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/odbc"
	cardsoap "wattkiosk/payments/cardsystem/soap"
	cardsocket "wattkiosk/payments/cardsystem/socket"
	carddialect "wattkiosk/payments/cardsystem/socket/dialect"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	missoap "wattkiosk/payments/mis/soap"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/outsidesim"
	"wattkiosk/payments/soap"
	"wattkiosk/payments/tuxedo"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// askers is how many kiosks of these tests ask at a time.
const askers = 40

// roadTimeout is that of a client, as officed sets it.
const roadTimeout = 10 * time.Second

// far is the other end of a road, and the client of it that officed would make.
type far struct {
	bills gateway.Caller
	cards gateway.CardCaller
	buyer buyer
	slow  func() (clear func())
	more  func(n int) buyer // another buyer; nil: the one buys again and again
}

// buyer is a customer with a card that can buy.
type buyer struct {
	account string
	card    metercard.Facts
}

// roads are all ways to the two systems, by name.
var roads = []struct {
	name   string
	system mis.System
	open   func(testing.TB) far
}{
	{"MIS socket", mis.MIS, misBySocket},
	{"MIS SOAP", mis.MIS, misBySOAP},
	{"MIS Tuxedo", mis.MIS, misByTuxedo},
	{"cards s2", mis.CardSystem, func(tb testing.TB) far { return cardsBySocket(tb, "s2") }},
	{"cards hn", mis.CardSystem, func(tb testing.TB) far { return cardsBySocket(tb, "hn") }},
	{"cards SOAP", mis.CardSystem, cardsBySOAP},
	{"cards ODBC", mis.CardSystem, cardsByODBC},
	{"cards Tuxedo", mis.CardSystem, cardsByTuxedo},
}

func misSim(tb testing.TB) (*missim.Server, func() (clear func())) {
	sim := missim.New(missim.Config{})
	return sim, func() func() { return slowly(tb, sim.Board, missim.Slow) }
}

// slowly has a simulated system answer late until clear.
func slowly[F ~string](tb testing.TB, b *outsidesim.Board[F], slow F) (clear func()) {
	if err := b.Set(slow, true); err != nil {
		tb.Fatal(err)
	}
	return func() {
		if err := b.Set(slow, false); err != nil {
			tb.Error(err)
		}
	}
}

// listening serves until the test ends.
func listening(tb testing.TB, serve func(context.Context, net.Listener) error) (addr string) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, ln) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	return ln.Addr().String()
}

func misBySocket(tb testing.TB) far {
	sim, slow := misSim(tb)
	c, err := socket.New(socket.Config{Addr: listening(tb, sim.Serve), Calls: 2 * gateway.DefaultCalls, Timeout: roadTimeout}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return far{bills: c, slow: slow}
}

// misWeb is a simulated MIS as a web service.
type misWeb struct {
	tb    testing.TB
	sim   *missim.Server
	codec *socket.Codec
	codes map[string]string // transaction code of a request, by its element
}

func (w *misWeb) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	service := soap.Service{Now: time.Now}
	m, err := service.Read(r)
	var body missoap.Message
	if err == nil {
		err = m.Decode(&body)
	}
	var frame []byte
	if err == nil {
		frame, err = w.codec.Assemble(w.codes[body.Name.Local], body.Cells)
	}
	if err != nil {
		w.tb.Error(err)
		return
	}

	answers := w.sim.Handle(frame)
	if len(answers) == 0 || backoff.Pause(r.Context(), answers[0].After) != nil {
		panic(http.ErrAbortHandler)
	}
	cells, err := w.codec.Cells(answers[0].Frame)
	if err == nil {
		err = service.Write(out, m.Version, missoap.Message{Name: xml.Name{Space: m.Space, Local: m.Name + "Response"}, Cells: cells})
	}
	if err != nil && r.Context().Err() == nil {
		w.tb.Error(err)
	}
}

func misBySOAP(tb testing.TB) far {
	sim, slow := misSim(tb)
	d := socket.Example()
	codec, err := socket.NewCodec(d, socket.Unit{})
	if err != nil {
		tb.Fatal(err)
	}
	w := &misWeb{tb, sim, codec, map[string]string{}}
	for _, m := range d.Messages {
		w.codes[missoap.Names()[m.Op]] = m.Request.Code
	}
	server := httptest.NewServer(w)
	tb.Cleanup(server.Close)
	c, err := missoap.New(missoap.Config{
		Access: soap.Access{URL: server.URL, Version: soap.V11, Charset: soap.GB18030}, Dialect: d, Now: time.Now, Timeout: roadTimeout,
		Calls: 2 * gateway.DefaultCalls,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return far{bills: c, slow: slow}
}

func misByTuxedo(tb testing.TB) far {
	sim, slow := misSim(tb)
	m := newDomain(tb, misSystem(sim, socket.Example()))
	return far{bills: m.bills(tb, socket.Example(), m.settings(tuxedo.FML32), roadTimeout), slow: slow}
}

// cardSim is a simulated card-meter system with as many accounts and cards as are asked for.
func cardSim(tb testing.TB, d cardsocket.Dialect) (sim *cardsystemsim.Server, f far) {
	sim = cardsystemsim.New(cardsystemsim.Config{Empty: true, Dialect: d})
	f.more = func(n int) buyer {
		account, serial := fmt.Sprintf("10%08d", n), fmt.Sprintf("%08X", n)
		err := sim.AddAccount(cardsystemsim.Account{Number: account, Name: "刘建国", Opened: 4})
		if err == nil {
			err = sim.AddCard(cardsystemsim.Card{Serial: serial, Account: account})
		}
		if err != nil {
			tb.Error(err)
		}
		return buyer{account, metercard.Facts{Serial: serial, Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Loaded: 4}}
	}
	f.buyer = f.more(99_999_999)
	f.slow = func() func() { return slowly(tb, sim.Board, cardsystemsim.Slow) }
	return sim, f
}

func cardsBySocket(tb testing.TB, name string) far {
	d, err := carddialect.Named(name, carddialect.Setting{})
	if err != nil {
		tb.Fatal(err)
	}
	sim, f := cardSim(tb, d)
	c, err := cardsocket.New(cardsocket.Config{Addr: listening(tb, sim.Serve), Dialect: d, Timeout: roadTimeout, Calls: 2 * gateway.DefaultCalls}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	f.cards = c
	return f
}

func cardsBySOAP(tb testing.TB) far {
	sim, f := cardSim(tb, nil)
	server := httptest.NewServer(cardsystemsim.Web{Server: sim, Service: soap.Service{Charset: soap.GB18030, Now: time.Now}})
	tb.Cleanup(server.Close)
	c, err := cardsoap.New(cardsoap.Config{
		URL: server.URL, Version: soap.V11, Charset: soap.GB18030, Now: time.Now, Timeout: roadTimeout, Calls: 2 * gateway.DefaultCalls,
	}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	f.cards = c
	return f
}

func cardsByTuxedo(tb testing.TB) far {
	d := fieldCards(tb, hn.Table())
	sim, f := cardSim(tb, d)
	m := newDomain(tb, cardSystem(sim, d))
	f.cards = m.cards(tb, d, m.settings(tuxedo.FML32), roadTimeout)
	return f
}

// fieldCards is a dialect of the card-meter system that Tuxedo can carry.
func fieldCards(tb testing.TB, t fixed.Table) *fixed.Dialect {
	d, err := fixed.New(t)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func cardsByODBC(tb testing.TB) far {
	d, pg := newPostgres(tb)
	c := d.client(roadTimeout, func(s *odbc.Settings) { s.Children = odbc.DefaultChildren })
	return far{cards: c, buyer: buyer{"1000000003", cardFacts("AA01", 4)}, slow: func() func() {
		locker := pg.PSQL("BEGIN; LOCK TABLE card, sale IN ACCESS EXCLUSIVE MODE; SELECT pg_advisory_lock(8); SELECT pg_sleep(600)")
		if err := locker.Start(); err != nil {
			tb.Fatal(err)
		}
		pg.Await(locked)
		return func() { unlock(tb, pg, locker) }
	}}
}

// office is a head office with its books in SQLite whose gateway runs.
type office struct {
	*gateway.Runtime
	books *store.Store
	far   far
	next  func() int
}

const firstKiosk = 10000001

func newOffice(tb testing.TB, f far) *office {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "books.db"), books.Rules{})
	if err != nil {
		tb.Fatal(err)
	}
	for n := range askers {
		if _, err := s.Register(tb.Context(), fmt.Sprint(firstKiosk+n), 0, time.Now()); err != nil {
			tb.Fatal(err)
		}
	}
	if f.bills == nil {
		f.bills = gateway.NoMIS()
	}
	var mu sync.Mutex
	count := 0
	o := &office{books: s, far: f, next: func() int {
		mu.Lock()
		defer mu.Unlock()
		count++
		return count
	}}
	o.Runtime = gateway.NewRuntime(s, "office", f.bills, 0, slog.New(slog.DiscardHandler), time.Now)
	if f.cards != nil {
		o.ServeCards(f.cards, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return o
}

// ask has the n-th kiosk ask a question with so much patience.
func (o *office) ask(n int, op wire.Op, patience time.Duration, body any) wire.Reply {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return o.Answer(context.Background(), fmt.Sprint(firstKiosk+n%askers), wire.Request{
		V: wire.Version, ID: "1-1", Op: op, TTLms: (patience + 500*time.Millisecond).Milliseconds(), Body: b,
	})
}

// look has a kiosk look something up at the system, as it does before it takes money.
func (o *office) look(n int, system mis.System, patience time.Duration) wire.Reply {
	if system == mis.CardSystem {
		return o.ask(n, wire.OpCardQuote, patience, wire.CardQuoteBody{Card: o.far.buyer.card})
	}
	return o.ask(n, wire.OpVerify, patience, wire.VerifyBody{Account: "1000000002"})
}

// order has a kiosk order a posting, or a sale to that buyer.
func (o *office) order(system mis.System, to buyer, patience time.Duration) (s wire.PostState, e *wire.Error) {
	n := o.next()
	b := wire.PostBody{
		Serial: storetest.Serial(fmt.Sprint(firstKiosk+n%askers), n), Account: "1000000002", Amount: 5000, Tender: "cash", PaidAt: time.Now().UnixMilli(),
	}
	if system == mis.CardSystem {
		b.Account, b.Card = to.account, to.card
	}
	r := o.ask(n, wire.OpPost, patience, b)
	if r.Error == nil {
		_ = json.Unmarshal(r.Body, &s) // no status tells of it
	}
	return s, r.Error
}
