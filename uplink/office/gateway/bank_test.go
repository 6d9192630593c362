package gateway_test

import (
	"context"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/bank/line"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// pan is a card with money; its PIN is 123456.
const pan = "6222020000000000011"

// poorPAN is a card without money.
const poorPAN = "6222020000000000029"

// pipes is a network without sockets, for virtual time.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })

	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// branch is head office before a bank, and a kiosk's terminal with its PIN pad.
type branch struct {
	t      *testing.T
	store  *store.Store
	posp   *pospsim.Bank
	net    *pipes
	log    *logBook
	office *gateway.Runtime

	at    posp.Terminal
	pin   cipher.Block
	mac   mac.Maker
	trace uint32

	// Of a random day: the head office that runs now.
	all   sync.WaitGroup
	ended context.Context
	end   context.CancelFunc
}

// inBranch runs a test in virtual time, with a bank whose slow answers take that long.
func inBranch(t *testing.T, slow time.Duration, test func(t *testing.T, b *branch)) {
	cards := []pospsim.Card{{ID: "card", PAN: pan, PIN: "123456", Balance: 1_000_000}, {ID: "poor", PAN: poorPAN, PIN: "123456"}}
	synctest.Test(t, func(t *testing.T) {
		lab := pospsim.LabTerminal()
		b := &branch{
			t: t, store: memstore.New(books.Rules{}), posp: pospsim.New(pospsim.Config{Cards: cards, Slow: slow}), net: newPipes(), log: &logBook{},
			at: posp.Terminal{
				ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Scheme: posp.DoubleLength,
				TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
			},
		}
		if _, err := b.store.Register(t.Context(), kiosk, 0, time.Now()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		defer all.Wait()
		defer cancel()
		all.Go(func() {
			if err := b.posp.Serve(ctx, b.net); err != nil {
				t.Error(err)
			}
		})
		office, run := b.openOffice("one")
		b.office = office
		all.Go(func() { run(ctx) })
		synctest.Wait()
		test(t, b)
	})
}

// openOffice is a head office over the store, and what runs it.
func (b *branch) openOffice(owner string) (*gateway.Runtime, func(context.Context)) {
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	relay := gateway.NewBank(b.store.Bank, owner, line.New(line.Config{Dial: b.net.dial, Now: time.Now, Log: log}), log, time.Now)
	office := gateway.NewRuntime(b.store, owner, gateway.NoMIS(), 0, log, time.Now)
	office.ServeBank(relay)

	return office, func(ctx context.Context) {
		if err := relay.Run(ctx); err != nil {
			b.t.Error(err)
		}
	}
}

// signIn fetches working keys.
func (b *branch) signIn() {
	b.t.Helper()
	b.trace++
	r := posp.Request{Op: posp.SignIn, Batch: 1, Trace: b.trace}
	frame, code := b.ask(b.office, "", b.frame(r, nil))
	if code != "" {
		b.t.Fatal("sign-in: ", code)
	}
	a, err := b.at.Accept(r, frame, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.load(a.Keys)
}

// load puts working keys into the pad.
func (b *branch) load(keys posp.WorkingKeys) {
	b.t.Helper()
	lab := pospsim.LabTerminal()
	master, err := mac.Triple(lab.Master[:])
	if err != nil {
		b.t.Fatal(err)
	}
	clear := func(k posp.WrappedKey) []byte {
		for i := 0; i < len(k.Data); i += master.BlockSize() {
			master.Decrypt(k.Data[i:], k.Data[i:])
		}

		return k.Data
	}
	if b.pin, err = mac.Triple(clear(keys.PIN)); err != nil {
		b.t.Fatal(err)
	}
	if b.mac, err = mac.New(mac.MethodUnionPay, clear(keys.MAC)); err != nil {
		b.t.Fatal(err)
	}
}

// frame is the sealed frame of a request.
func (b *branch) frame(r posp.Request, c *posp.Card) []byte {
	b.t.Helper()
	frame, err := b.at.Append(nil, r, c)
	if err == nil && b.mac != nil {
		err = posp.Seal(frame, b.mac)
	}
	if err != nil {
		b.t.Fatal(err)
	}

	return frame
}

// card is the customer's, with its PIN entered.
func (b *branch) card() *posp.Card { return b.cardOf(pan) }

func (b *branch) cardOf(pan string) *posp.Card {
	block := [8]byte{6, 0x12, 0x34, 0x56, 0xFF, 0xFF, 0xFF, 0xFF} // PIN 123456
	digits := pan[len(pan)-13 : len(pan)-1]
	for i := range 6 {
		block[2+i] ^= (digits[2*i]-'0')<<4 | digits[2*i+1] - '0'
	}
	b.pin.Encrypt(block[:], block[:])

	return &posp.Card{PAN: []byte(pan), Expiry: []byte("3012"), Track2: []byte(pan + "D30122010000"), PINBlock: block[:]}
}

// ask has a frame carried, and returns the answer with its length, or the error's code.
func (b *branch) ask(office *gateway.Runtime, serial string, frame []byte) ([]byte, string) {
	b.t.Helper()
	body, err := json.Marshal(wire.FrameBody{Serial: serial, Terminal: b.at.ID, Frame: frame[2:]})
	if err != nil {
		b.t.Fatal(err)
	}
	r := office.Answer(b.t.Context(), kiosk, wire.Request{V: wire.Version, ID: "1", Op: wire.OpFrame, TTLms: 45_000, Body: body})
	if r.Error != nil {
		return nil, r.Error.Code
	}
	var result wire.FrameResult
	if err := json.Unmarshal(r.Body, &result); err != nil {
		b.t.Fatal(err)
	}

	return append([]byte{byte(len(result.Frame) >> 8), byte(len(result.Frame))}, result.Frame...), ""
}

func saleOf(trace uint32) posp.Request {
	return posp.Request{Op: posp.Sale, Batch: 1, Trace: trace, Amount: 8640, Entry: posp.ChipPIN}
}

// sell sends the n-th payment's sale, and says what the kiosk learns of it.
func (b *branch) sell(n int) (posp.Request, string) {
	b.t.Helper()
	b.trace++
	r := saleOf(b.trace)

	return r, b.exchange(n, r, b.card())
}

func (b *branch) exchange(n int, r posp.Request, c *posp.Card) string {
	b.t.Helper()
	frame, code := b.ask(b.office, storetest.Serial(kiosk, n), b.frame(r, c))
	if code != "" {
		return code
	}
	a, err := b.at.Accept(r, frame, b.mac)
	if err != nil {
		return err.Error()
	}

	return string(a.Code)
}

// row is the newest operation of the n-th payment.
func (b *branch) row(n int) bank.Exchange {
	b.t.Helper()
	rows, err := b.store.Bank.Exchanges(b.t.Context(), bank.Filter{Serial: storetest.Serial(kiosk, n)})
	if err != nil || len(rows) == 0 {
		b.t.Fatal(rows, err)
	}

	return rows[0]
}

func (b *branch) standing() string {
	var out []string
	for _, e := range b.posp.Ledger().Entries {
		if e.Standing() != 0 {
			out = append(out, e.Standing().String())
		}
	}

	return strings.Join(out, " ")
}

// TestBankRelay is a sale and its posting, a refusal and a settlement.
func TestBankRelay(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		r, code := b.sell(1)
		if x := b.row(1); code != "00" || x.State != bank.Approved || x.Masked != "622202*********0011" || x.Reference == "" || b.standing() != "86.40" {
			t.Errorf("%s: %+v, bank %s", code, x, b.standing())
		}
		o := books.Order{Serial: storetest.Serial(kiosk, 1), Account: "1000000001", Kiosk: kiosk, Tender: books.TenderBankCard, Amount: 8640, PaidAt: time.Now().UnixMilli()}
		if _, err := b.store.EnsurePosting(t.Context(), o, time.Now()); err != nil {
			t.Error(err)
		}
		if code := b.exchange(1, r, b.card()); code != wire.ErrCodeConflict || b.standing() != "86.40" {
			t.Errorf("the same sale again: %s, bank %s", code, b.standing())
		}

		b.trace++
		settle := posp.Request{Op: posp.Settle, Batch: 1, Trace: b.trace, Totals: posp.Totals{Debit: 8640, Debits: 1}}
		frame, code := b.ask(b.office, "", b.frame(settle, nil))
		a, err := b.at.Accept(settle, frame, b.mac)
		if code != "" || err != nil || a.Comparison != posp.Equal {
			t.Errorf("settlement %s %+v, %v", code, a, err)
		}
		ts, err := b.store.Bank.Terminals(t.Context())
		if err != nil || len(ts) != 1 || ts[0].Kiosk != kiosk || ts[0].SignInCode != "00" || ts[0].Settled != bank.Approved || ts[0].Batch != 1 {
			t.Errorf("%+v, %v", ts, err)
		}
		if log := b.log.String(); !strings.Contains(log, "terminal bound") {
			t.Errorf("log %s", log)
		}
	})
}

// TestBankFaults: whatever the bank does wrong, the kiosk learns whether something left,
// the books have it, and a reversal makes it good.
func TestBankFaults(t *testing.T) {
	for fault, want := range map[pospsim.Fault]struct {
		kiosk string // what the kiosk learns
		state bank.State
	}{
		pospsim.LoseRequest: {wire.ErrCodeNoAnswer, bank.Unknown},
		pospsim.LateRequest: {wire.ErrCodeNoAnswer, bank.Unknown},
		pospsim.NoReply:     {wire.ErrCodeNoAnswer, bank.Unknown},
		pospsim.Slow:        {wire.ErrCodeNoAnswer, bank.Unknown},
		pospsim.OtherTrace:  {wire.ErrCodeNoAnswer, bank.Unknown},
		pospsim.Cut:         {wire.ErrCodeNoAnswer, bank.Unknown},
		pospsim.Duplicate:   {"00", bank.Approved},
		pospsim.UnknownCode: {"Z9", bank.Unknown},
		pospsim.KeyChange:   {"A0", bank.Declined},
	} {
		t.Run(string(fault), func(t *testing.T) {
			inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
				b.signIn()
				if err := b.posp.SetFor(fault, 1); err != nil {
					t.Fatal(err)
				}
				r, code := b.sell(1)
				if fault == pospsim.KeyChange { // without keys the bank seals nothing
					code = "A0"
				}
				if x := b.row(1); code != want.kiosk || x.State != want.state {
					t.Errorf("kiosk %s, %s %s %s", code, x.State, x.End, x.Code)
				}

				if fault == pospsim.KeyChange {
					b.signIn()
				}
				time.Sleep(pospsim.DefaultSlow + 5*time.Second) // what is late has come
				if code := b.exchange(1, r.Reverse(posp.NoAnswer), nil); code != "00" && code != "25" {
					t.Errorf("reversal: %s", code)
				}
				sale, err := b.store.Bank.Detail(t.Context(), fmt.Sprintf("%s-sale-000001-%06d-%s", b.at.ID, r.Trace, storetest.Serial(kiosk, 1)))
				if err != nil || sale.Exchange.State != bank.Reversed || b.standing() != "" {
					t.Errorf("%+v, %v, bank %s", sale, err, b.standing())
				}
			})
		})
	}
}

// TestBankAnswersLate: what comes when the kiosk has given up is evidence.
func TestBankAnswersLate(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		if err := b.posp.SetFor(pospsim.Slow, 1); err != nil {
			t.Fatal(err)
		}
		if _, code := b.sell(1); code != wire.ErrCodeNoAnswer {
			t.Errorf("the kiosk learns %s", code)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if x := b.row(1); x.State != bank.Approved || x.End != bank.Late || x.Code != "00" {
			t.Errorf("%+v", x)
		}
	})
}

// TestBankIsDown: what found no line has not left, and the next one goes through.
func TestBankIsDown(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		if err := b.posp.Set(pospsim.Down, true); err != nil {
			t.Fatal(err)
		}
		if err := b.posp.SetFor(pospsim.Cut, 2); err != nil { // ends both lines that are up
			t.Fatal(err)
		}
		for n := range 2 {
			if _, code := b.sell(1 + n); code != wire.ErrCodeNoAnswer {
				t.Errorf("cut: %s", code)
			}
		}
		before := len(b.posp.Ledger().Entries)
		began := time.Now()
		if _, code := b.sell(3); code != wire.ErrCodeUnsent || time.Since(began) > 10*time.Second {
			t.Errorf("down: %s after %v", code, time.Since(began))
		}
		if x := b.row(3); x.State != bank.Unsent || len(b.posp.Ledger().Entries) != before {
			t.Errorf("%+v, bank %+v", x, b.posp.Ledger())
		}

		away := func(when string, want int) {
			t.Helper()
			cases, err := b.store.Cases(t.Context(), books.Filter{Open: true})
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, c := range cases {
				if c.Class == books.ClassBankAway {
					found++
				}
			}
			if found != want {
				t.Errorf("%s: %d cases of a bank that is away, want %d", when, found, want)
			}
		}
		away("down for a moment", 0)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		away("down for long", 1)
		if err := b.posp.Set(pospsim.Down, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		away("up again", 0)
		if _, code := b.sell(4); code != "00" {
			t.Errorf("up again: %s", code)
		}
	})
}

// TestBankFrameTwice: what the broker delivers twice leaves once, and both are answered.
func TestBankFrameTwice(t *testing.T) {
	inBranch(t, 10*time.Second, func(t *testing.T, b *branch) {
		b.signIn()
		if err := b.posp.SetFor(pospsim.Slow, 1); err != nil {
			t.Fatal(err)
		}
		b.trace++
		r := saleOf(b.trace)
		frame := b.frame(r, b.card())
		var all sync.WaitGroup
		answers := make(chan string, 3)
		for range cap(answers) {
			all.Go(func() {
				answer, code := b.ask(b.office, storetest.Serial(kiosk, 1), frame)
				if a, err := b.at.Accept(r, answer, b.mac); err == nil {
					code = string(a.Code)
				}
				answers <- code
			})
		}
		all.Wait()
		for range cap(answers) {
			if code := <-answers; code != "00" {
				t.Errorf("answered %s", code)
			}
		}
		if b.standing() != "86.40" || b.row(1).Sends != 1 {
			t.Errorf("bank %s, %+v", b.standing(), b.row(1))
		}
	})
}

// TestTwoOfficesSellOnce: of two head offices on one store one sends a sale.
func TestTwoOfficesSellOnce(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		other, run := b.openOffice("two")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		defer all.Wait()
		defer cancel()
		all.Go(func() { run(ctx) })
		synctest.Wait()
		b.trace++
		frame := b.frame(saleOf(b.trace), b.card())
		var codes sync.Map
		var asked sync.WaitGroup
		for _, office := range []*gateway.Runtime{b.office, other} {
			asked.Go(func() {
				_, code := b.ask(office, storetest.Serial(kiosk, 1), frame)
				codes.Store(code, true)
			})
		}
		asked.Wait()
		_, answered := codes.Load("")
		_, refused := codes.Load(wire.ErrCodeConflict)
		if !answered || !refused || b.standing() != "86.40" {
			t.Errorf("answered %v, refused %v, bank %s", answered, refused, b.standing())
		}
	})
}

// TestOfficeEndsWhileTheBankThinks: what was under way is unknown, and the kiosk takes it
// back at the next head office.
func TestOfficeEndsWhileTheBankThinks(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		r := saleOf(b.trace + 1)
		h, err := bank.Read(b.frame(r, b.card())[2:])
		if err != nil {
			t.Fatal(err)
		}
		// Another head office took it, sent it, and ended.
		c, err := b.store.Bank.Take(t.Context(), bank.Asked{Kiosk: kiosk, Serial: storetest.Serial(kiosk, 1), Terminal: b.at.ID, Heading: h}, "two", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		b.posp.Handle(b.frame(r, b.card()))

		_, run := b.openOffice("two")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		defer all.Wait()
		defer cancel()
		all.Go(func() { run(ctx) })
		synctest.Wait()
		if d, err := b.store.Bank.Detail(t.Context(), c.ID); err != nil || d.Exchange.State != bank.Unknown {
			t.Errorf("%+v, %v", d.Exchange, err)
		}
		if code := b.exchange(1, r, b.card()); code != wire.ErrCodeConflict {
			t.Errorf("sent again: %s", code)
		}
		if code := b.exchange(1, r.Reverse(posp.NoAnswer), nil); code != "00" || b.standing() != "" {
			t.Errorf("reversal %s, bank %s", code, b.standing())
		}
	})
}

// TestAReversalOfNothing settles no other sale of its payment: that one stands, and its
// case stays open.
func TestAReversalOfNothing(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		sale, _ := b.sell(1)
		time.Sleep(bank.OpenAfter + time.Minute)
		if got := b.open(1); got != books.ClassUnbooked {
			t.Fatalf("open: %s", got)
		}
		other := sale
		other.Trace += 7
		if code := b.exchange(1, other.Reverse(posp.NoAnswer), nil); code != "25" || b.standing() != "86.40" {
			t.Fatalf("%s, bank %s", code, b.standing())
		}
		if got := b.open(1); got != books.ClassUnbooked {
			t.Errorf("open: %s", got)
		}
		if code := b.exchange(1, sale.Reverse(posp.NotCompleted), nil); code != "00" || b.open(1) != "" {
			t.Errorf("%s, open: %s", code, b.open(1))
		}
	})
}

// TestAReversalOfAnotherSaleThanItSays is not carried: which of its numbers a bank goes by
// nobody knows.
func TestAReversalOfAnotherSaleThanItSays(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		sale, _ := b.sell(1)
		other := sale
		other.Trace += 7
		frame, its := b.frame(other.Reverse(posp.NotCompleted), nil), b.frame(sale.Reverse(posp.NotCompleted), nil)
		half := len(frame) / 2
		copy(frame[half:], its[half:]) // field 61, and the MAC
		if err := posp.Seal(frame, b.mac); err != nil {
			t.Fatal(err)
		}
		if _, code := b.ask(b.office, storetest.Serial(kiosk, 2), frame); code != wire.ErrCodeBadRequest || b.standing() != "86.40" {
			t.Errorf("%s, bank %s", code, b.standing())
		}
	})
}

// open are the classes of the open cases of the n-th payment.
func (b *branch) open(n int) string {
	b.t.Helper()
	d, err := b.store.Bank.Detail(b.t.Context(), b.row(n).ID)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, c := range d.Cases {
		if c.Open {
			out = append(out, c.Class)
		}
	}

	return strings.Join(out, " ")
}

// forgetful is a register that cannot keep what became of a frame.
type forgetful struct{ *bank.Register }

func (forgetful) Ended(context.Context, bank.Carry, bank.Result, string, time.Time) error {
	return errors.New("disk full")
}

// TestAnAnswerThatCannotBeKept is none: a kiosk with an approval would order a posting
// that the books would hold.
func TestAnAnswerThatCannotBeKept(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		desk := gateway.NewBankDesk(forgetful{b.store.Bank}, "one", slog.New(slog.DiscardHandler), time.Now)
		b.trace++
		frame := b.frame(saleOf(b.trace), b.card())
		body, err := json.Marshal(wire.FrameBody{Serial: storetest.Serial(kiosk, 1), Terminal: b.at.ID, Frame: frame[2:]})
		if err != nil {
			t.Fatal(err)
		}
		c, e := desk.Take(t.Context(), kiosk, wire.Request{V: wire.Version, ID: "1", Op: wire.OpFrame, TTLms: 45_000, Body: body})
		if e != nil {
			t.Fatal(e)
		}
		answer := b.posp.Handle(frame)[0].Frame
		if got, e := desk.Ended(t.Context(), c, bank.Answered, answer[2:]); e == nil || e.Code != wire.ErrCodeNoAnswer || len(got.Frame) != 0 {
			t.Errorf("%+v, %v", got, e)
		}
	})
}

// TestBankKeepsNoSecret marshals all rows of a day and reads its log.
func TestBankKeepsNoSecret(t *testing.T) {
	inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
		b.signIn()
		var blocks []string
		for n, fault := range append(pospsim.Faults()[1:], "") {
			if fault != "" {
				if err := b.posp.SetFor(fault, 1); err != nil {
					t.Fatal(err)
				}
			}
			b.trace++
			r, c := saleOf(b.trace), b.card()
			blocks = append(blocks, string(c.PINBlock), fmt.Sprintf("%x", c.PINBlock), fmt.Sprintf("%X", c.PINBlock))
			b.exchange(n+1, r, c)
			b.exchange(n+1, r.Reverse(posp.NoAnswer), nil)
		}
		junk := b.frame(saleOf(900), b.card())
		junk[40] ^= 0xFF // a card number in a frame that cannot be read
		b.ask(b.office, storetest.Serial(kiosk, 99), junk)

		rows, err := b.store.Bank.Exchanges(t.Context(), bank.Filter{})
		if err != nil || len(rows) < 20 {
			t.Fatal(len(rows), err)
		}
		cases, err := b.store.Cases(t.Context(), books.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		ts, err := b.store.Bank.Terminals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := []any{rows, cases, ts}
		for _, x := range rows {
			d, err := b.store.Bank.Detail(t.Context(), x.ID)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
		}
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		everything := string(text) + b.log.String()
		if !strings.Contains(everything, "622202*********0011") {
			t.Error("no row has a masked card number")
		}
		for _, secret := range append(blocks, pan, pan[:13], pan[5:], pan+"D3012") {
			if strings.Contains(everything, secret) {
				t.Errorf("a secret of %d characters was kept", len(secret))
			}
		}
	})
}
