package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/wire"
)

// misTimeout is how long head office waits for the MIS.
const misTimeout = 15 * time.Second

// office is head office: the real inbox and poster over the in-memory store, and
// the MIS behind message bytes. What it keeps in memory dies with it.
type office struct {
	w          *World
	rules      books.Rules
	rows       *memstore.Backend
	backup     *memstore.Backend // as of the last backup; nil before it
	books      *store.Store
	mis        *missim.Server
	desk       *gateway.Desk
	codes      *codes   // nil where no bill is paid by code
	relay      *relay   // nil where no bank cards are taken
	vending    *vending // nil where no power is bought
	steps      *stepsWatch
	up         bool
	clock      clock
	published  wire.Policy // the last offline policy
	policyEnds int64       // the latest end of any policy
	life       uint64
	checkAt    time.Time
	postAt     time.Time // when entries are posted next
	sealed     []seal
	ackedAt    time.Time             // the last acknowledgement, by its own clock
	waits      map[string][]*waiting // serial: requests that wait for its end
	asked      map[string]int        // bug new-serial-on-retry
	heard      map[record.Hash]bool  // records that head office was told, on a day with a fate
	patience   map[string]*patience
	ended      map[string]bool      // serials that came to an end, and whose end nobody undid
	begun      map[string]time.Time // when a serial was first called about, by its own clock
	failed     string
}

func newOffice(w *World) *office {
	o := &office{w: w, steps: newStepsWatch(w), asked: map[string]int{}, heard: map[record.Hash]bool{}, ended: map[string]bool{}, begun: map[string]time.Time{}, patience: map[string]*patience{}}
	o.use(memstore.NewBackend())
	o.mis = missim.New(missim.Config{Now: func() time.Time { return w.now }, Rand: w.rng, Slow: 40 * time.Second})
	accounts(w, o.mis)
	_, err := o.books.Register(context.Background(), Terminal, 0, w.now)
	must(err)
	o.codes, o.relay, o.vending = newCodes(o), newRelay(o), newVending(o)
	o.boot()
	return o
}

func (o *office) boot() {
	o.up, o.life = true, o.life+1
	o.waits = map[string][]*waiting{}
	o.desk = gateway.NewDesk(o.books, "office-1", 0, slog.New(alarmed{slog.DiscardHandler, o}), o.time)
	o.check(o.desk.Start(context.Background()))
	o.codes.boot()
	o.relay.boot()
	o.vending.boot()
	o.checkAt = o.w.now
	if o.w.bug == LoseOrder {
		o.forgetOrders()
	}
}

func (o *office) kill() {
	if !o.up {
		return
	}
	o.w.stats.OfficeKills++
	o.w.logf("head office is killed")
	o.up, o.life = false, o.life+1
	o.w.todo.at(o.w.now.Add(between(o.w.rng, time.Second, 10*time.Minute)), func() {
		o.w.logf("head office is back")
		o.boot()
	})
}

// check turns an unexpected error of the store into the run's failure.
func (o *office) check(err error) {
	if err != nil {
		o.fail("head office: %v", err)
	}
}

func (o *office) fail(format string, args ...any) {
	if o.failed == "" {
		o.failed = fmt.Sprintf(format, args...)
		o.w.logf("FAILED: %s", o.failed)
	}
}

// records takes one batch.
func (o *office) records(payload []byte) {
	if !o.up {
		return
	}
	now := o.time()
	if o.w.bug == SkipRecord {
		payload = dropOne(payload)
	}
	if o.w.bug == AckBeforeCommit && o.w.rng.IntN(15) == 0 {
		if h, err := wire.PeekBatch(payload); err == nil {
			o.w.acked(wire.Ack{V: wire.Version, Upto: h.Last.Seq, Hash: h.Last.Hash})
		}
		return
	}
	ack, send, err := books.Receive(context.Background(), o.books, now, Terminal, payload)
	if err != nil && !errors.Is(err, books.ErrGap) && !(o.w.plan.Fate != NoFate && errors.Is(err, record.ErrChain)) {
		o.fail("inbox: %v", err)
	}
	if recs, bad := wire.DecodeBatch(payload); bad == nil && !errors.Is(err, books.ErrGap) && o.w.plan.Fate != NoFate {
		o.hears(recs)
	}
	if send {
		o.w.acked(ack)
	}
	o.checkAt = o.w.now
}

// hears notes records that head office was told.
func (o *office) hears(recs []record.Record) {
	for _, r := range recs {
		if _, sum, err := r.Sum(); err == nil {
			o.heard[sum] = true
		}
	}
}

// dropOne is the bug of an inbox that believes a batch it did not store whole.
func dropOne(payload []byte) []byte {
	recs, err := wire.DecodeBatch(payload)
	if err != nil || len(recs) < 3 {
		return payload
	}
	recs = append(recs[:1:1], recs[2:]...)
	for i := range recs[1:] {
		recs[i+1].Seq--
	}
	b, err := wire.EncodeBatch(recs)
	if err != nil {
		return payload
	}
	return b
}

// request answers one request of the kiosk.
func (o *office) request(r wire.Request) {
	if !o.up {
		return
	}
	switch r.Op {
	case wire.OpVerify:
		o.verify(r)
	case wire.OpPost:
		o.post(r)
	case wire.OpOutcome:
		body, e := o.desk.Outcome(context.Background(), Terminal, r)
		o.answer(r, body, e)
	case wire.OpQROrder, wire.OpQRWait, wire.OpQRClose, wire.OpQRRefund:
		if o.codes == nil {
			o.fail("the kiosk sends %s, and no bill is paid by code", r.Op)
			return
		}
		o.codes.ask(serialOf(r), r)
	case wire.OpFrame:
		if o.relay == nil {
			o.fail("the kiosk sends a frame, and no cards are taken")
			return
		}
		o.relay.take(r)
	case wire.OpCardQuote, wire.OpCardSteps:
		switch {
		case o.vending == nil:
			o.fail("the kiosk sends %s, and no power is sold", r.Op)
		case r.Op == wire.OpCardQuote:
			o.vending.quote(r)
		default:
			o.vending.ask(r)
		}
	}
}

func (o *office) verify(r wire.Request) {
	call, e := gateway.VerifyCall(r)
	if e != nil {
		o.fail("the kiosk sent a bad query: %v", e)
		return
	}
	o.call(call, func(reply mis.Reply, err error) {
		v, e := o.desk.Looked(call, reply, err)
		v.NotNow = o.codes.notNow()
		o.answer(r, v, e)
		o.rebills(v.Account)
	})
}

// waiting is a request that waits for the end of its posting.
type waiting struct {
	wire.Request
	row books.Posting // as it was
}

// post takes an order. Its answer is the end of the posting, or that it is pending
// when the kiosk is about to stop waiting.
func (o *office) post(r wire.Request) {
	order, e := gateway.Order(Terminal, r)
	if e != nil {
		o.fail("the kiosk sent a bad order: %v", e)
		return
	}
	row, open, e := o.desk.Take(context.Background(), order)
	if e == nil && row.State == 0 && o.codes.adopt(order) { // held, and its money went back
		o.answer(r, wire.PostState{Serial: order.Serial, Status: wire.PostOwed}, nil)
		return
	}
	if e != nil || !open {
		o.answer(r, gateway.StateOf(row), e)
		return
	}
	q := &waiting{r, row}
	o.waits[order.Serial] = append(o.waits[order.Serial], q)
	o.checkAt = o.w.now

	life := o.life
	o.w.todo.at(o.w.now.Add(gateway.Patience(r)), func() {
		if i := slices.Index(o.waits[order.Serial], q); o.life == life && i >= 0 {
			o.waits[order.Serial] = slices.Delete(o.waits[order.Serial], i, i+1)
			o.answer(r, gateway.StateOf(row), nil)
		}
	})
}

func (o *office) answer(r wire.Request, body any, e *wire.Error) {
	o.w.reply(gateway.ReplyTo(r, body, e))
}

// alarmed is a log whose errors are failures of the run.
type alarmed struct {
	slog.Handler
	o *office
}

func (alarmed) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (h alarmed) Handle(_ context.Context, r slog.Record) error {
	if h.o.w.plan.Disordered > 0 && strings.HasPrefix(r.Message, "the card-meter system sent steps that no terminal can carry out") {
		return nil // so it did
	}
	what := r.Message
	r.Attrs(func(a slog.Attr) bool {
		what += " " + a.String()
		return true
	})
	h.o.fail("head office: %s", what)

	return nil
}

// wake is when the gateway has something to do.
func (o *office) wake() time.Time {
	if !o.up {
		return time.Time{}
	}
	return earlier(earlier(o.checkAt, o.codes.wake()), earlier(o.relay.wake(), o.vending.wake()))
}

// run starts the calls that are due.
func (o *office) run() {
	o.codes.run()
	o.relay.run()
	o.vending.run()
	if !o.up || o.checkAt.IsZero() || o.w.now.Before(o.checkAt) {
		return
	}
	var qr *gateway.QRDesk
	if o.codes != nil {
		qr = o.codes.desk
	}
	o.desk.Held(context.Background(), qr)
	calls, wait := o.desk.Turn(context.Background())
	for _, c := range calls {
		o.w.logf("head office calls the MIS: %s %s", c.Request.Op, c.Serial)
		o.needs(c)
		o.calls(c)
		if c.Request.System == mis.CardSystem {
			o.vending.sell(c)
			continue
		}
		o.call(c.Request, func(reply mis.Reply, err error) { o.answered(c, reply, err) })
	}
	o.checkAt = o.w.now.Add(wait)
	o.postEntries()
}

// follow has head office read what is in the cassette, and of its collections, where there
// are any.
func (o *office) follow() error {
	if o.w.crew == nil {
		return nil
	}
	_, err := o.books.Cash.Follow(context.Background(), o.time())

	return err
}

func (o *office) answered(c gateway.Call, reply mis.Reply, lost error) {
	o.w.logf("the MIS says of %s %s: %s%s %s%s", c.Request.Op, c.Serial, reply.Post.Outcome, reply.Reverse.Outcome, reply.Post.Code, reply.Reverse.Code)
	o.hearsOf(c, reply)
	if reply.Post.Outcome == mis.Unknown && c.Request.Op == mis.OpPost {
		if o.w.bug == UnknownIsDone {
			p := c.Request.Payment
			reply.Post = mis.PostResult{Outcome: mis.Done, Amount: p.Amount, ToAdvance: p.Amount}
		}
	}
	row, ended := o.desk.Ended(context.Background(), c, reply, lost)
	if o.w.bug == UnknownIsNotDone && reply.Post.Outcome == mis.Unknown && c.Request.Op == mis.OpPost && !ended {
		// The machine would ask before it believes a refusal: this bug does not.
		row.State, row.InFlight, row.NextAt = posting.Owed, false, time.Time{}
		var err error
		row, err = o.books.SavePosting(context.Background(), books.Change{Posting: row, Event: "given up", By: "bug"}, o.time())
		o.check(err)
		ended = true
	}
	o.late(c.Serial, ended)
	if ended {
		o.relents(row)
		o.ended[c.Serial] = true
		for _, q := range o.waits[c.Serial] {
			o.answer(q.Request, gateway.StateOf(row), nil)
		}
		delete(o.waits, c.Serial)
	}
	o.checkAt = o.w.now
}

// late looks at a posting that is still open: once that has lasted, by head office's clock, it is
// a case.
func (o *office) late(serial string, ended bool) {
	first, known := o.begun[serial]
	if !known {
		o.begun[serial] = o.time()
	}
	if ended || !known || o.time().Sub(first) <= call.EscalateAfter+time.Hour || o.w.stats.Restores > 0 {
		return
	}
	cases, err := o.books.Cases(context.Background(), books.Filter{})
	o.check(err)
	if !slices.ContainsFunc(cases, func(c books.Case) bool { return c.Serial == serial && c.Class == books.ClassLate }) {
		o.fail("%s is open since %s, it is %s, and no case says so", serial, first, o.time())
	}
}

// Why a call has no answer.
var (
	errRefused = errors.New("connection refused")
	errSilent  = errors.New("no answer in time")
)

// call carries one request to the MIS and its reply back, as bytes, with the
// deadline of the socket client. The zero Reply and an error are the lost answer.
func (o *office) call(r mis.Request, done func(mis.Reply, error)) {
	life := o.life
	finished := false
	finish := func(reply mis.Reply, err error) {
		if !finished && o.life == life {
			finished = true
			reply.Op = r.Op
			done(reply, err)
		}
	}
	w := o.w
	if o.mis.On(missim.Down) {
		w.todo.at(w.now.Add(50*time.Millisecond), func() {
			lost := mis.Reply{}
			if r.Op == mis.OpPost { // refused before a byte left
				lost.Post = mis.PostResult{Outcome: mis.NotDone, Retry: true}
			}
			finish(lost, errRefused)
		})
		return
	}
	frame, err := socket.EncodeRequest(r)
	must(err)
	w.todo.at(w.now.Add(misTimeout), func() { finish(mis.Reply{}, errSilent) })
	w.todo.at(w.now.Add(between(w.rng, 10*time.Millisecond, 800*time.Millisecond)), func() {
		for _, resp := range o.mis.Handle(frame) {
			w.todo.at(w.now.Add(resp.After+between(w.rng, 10*time.Millisecond, 800*time.Millisecond)), func() {
				reply, err := socket.DecodeReplyTo(r, resp.Frame)
				if err != nil {
					reply = mis.Reply{} // a garbled answer is no answer
				}
				finish(reply, err)
			})
		}
	})
}

// quiet reports whether no posting is open.
func (o *office) quiet() bool {
	rows, err := o.books.Postings(context.Background(), books.Filter{Open: true})
	o.check(err)
	return o.up && len(rows) == 0 && o.codes.quiet()
}

func (o *office) head() (record.Head, error) {
	k, err := o.books.Kiosk(context.Background(), Terminal)
	return k.Head, err
}

// caseSerials are the serials that have a case, and "stray".
func (o *office) caseSerials() (map[string]bool, error) {
	cases, err := o.books.Cases(context.Background(), books.Filter{})
	out := map[string]bool{}
	for _, c := range cases {
		out[c.Serial] = true
		if c.Class == books.ClassStrayNote {
			out["stray"] = true
		}
	}
	return out, err
}

// forgetOrders plants this bug: orders kept only in memory.
func (o *office) forgetOrders() {
	rows, err := o.books.Postings(context.Background(), books.Filter{Open: true})
	o.check(err)
	for _, row := range rows {
		row.State, row.InFlight, row.NextAt = posting.Owed, false, time.Time{}
		_, err := o.books.SavePosting(context.Background(), books.Change{Posting: row, Event: "forgotten", By: "bug"}, o.time())
		o.check(err)
	}
}
