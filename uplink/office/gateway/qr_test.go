package gateway_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/acquirer/alipay"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/acquirer/signed"
	"wattkiosk/payments/acquirer/wechat"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

const qrAmount = money.Amount(8640)

// connect makes the adapter of a protocol of the simulator.
func connect(t testing.TB, name, base, notify string, road http.RoundTripper, now func() time.Time) acquirer.Acquirer {
	t.Helper()
	keys := acquirertest.Keys(t)
	key, err := secure.NewKey(keys.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	public, err := secure.NewPublic(&keys.Acquirer.PublicKey)
	if err != nil {
		t.Fatal(err)
	}

	var a acquirer.Acquirer
	switch notify += gateway.NoticePath(name); name {
	case "alipay":
		a, err = alipay.New(alipay.Config{
			Gateway: base + "/gateway.do", App: acquirersim.App, Seller: acquirersim.Seller, Key: key, Alipay: public, NotifyURL: notify, Transport: road, Now: now,
		})
	case "wechat":
		a, err = wechat.New(wechat.Config{
			Base: base, App: acquirersim.App, Merchant: acquirersim.Merchant, KeySerial: acquirersim.KeySerial, Key: key, WeChat: public,
			WeChatID: acquirersim.OwnKeyID, APIv3: acquirersim.APIv3, NotifyURL: notify, Transport: road, Now: now,
		})
	default:
		a, err = signed.New(signed.Config{
			Base: base, Merchant: acquirersim.Merchant, KeyName: acquirersim.KeySerial, Key: key, Acquirer: public, NotifyURL: notify, Transport: road, Now: now,
		})
	}
	if err != nil {
		t.Fatal(err)
	}

	return a
}

// qrWorld is one acquirer, one head office and the kiosk's side of a few orders, in
// virtual time.
type qrWorld struct {
	rt      *rapid.T
	t       *testing.T
	now     time.Time
	sim     *acquirersim.Server
	name    string
	backend *memstore.Backend
	backup  *memstore.Backend
	store   *store.Store
	desk    *gateway.QRDesk
	visits  []*visit
	calm    bool
	aged    bool // the books were out of a backup once
}

// visit is the kiosk's side of one order, as its journal has it.
type visit struct {
	serial  string
	mode    qr.Mode
	payCode string
	op      wire.Op
	known   wire.QRStatus
	shown   string
	refused bool // its posting will be refused
	posts   bool // it is paid, and its posting is ordered until head office has it
	end     wire.QRStatus
}

func newQRWorld(rt *rapid.T, t *testing.T) *qrWorld {
	w := &qrWorld{rt: rt, t: t, now: storetest.T0, name: rapid.SampledFrom([]string{"signed", "alipay", "wechat"}).Draw(rt, "acquirer"), backend: memstore.NewBackend()}
	w.sim = acquirersim.New(acquirersim.Config{Keys: acquirertest.Keys(t), Now: func() time.Time { return w.now }})
	w.open(w.backend)
	if _, err := w.store.Register(t.Context(), kiosk, 0, w.now); err != nil {
		rt.Fatal(err)
	}
	for n := range rapid.IntRange(1, 3).Draw(rt, "orders") {
		v := &visit{serial: storetest.Serial(kiosk, n+1), mode: rapid.SampledFrom([]qr.Mode{qr.Shown, qr.Scanned}).Draw(rt, "mode"), op: wire.OpQROrder}
		if v.mode == qr.Scanned {
			v.payCode = w.sim.PayCode(acquirersim.Limits{Password: rapid.Bool().Draw(rt, "password"), Funds: rapid.SampledFrom([]int64{0, 1}).Draw(rt, "funds")})
		}
		v.refused = rapid.IntRange(0, 3).Draw(rt, "posting") == 0
		w.visits = append(w.visits, v)
	}

	return w
}

// open starts head office on books.
func (w *qrWorld) open(b *memstore.Backend) {
	w.backend, w.store = b, store.New(b, books.Rules{})
	clock := func() time.Time { return w.now }
	a := connect(w.t, w.name, "http://acquirer.test", "http://office.test", w.sim.RoundTripper(), clock)
	w.desk = gateway.NewQRDesk(w.store.QR, "office", []gateway.Acquirer{{Name: w.name, Acquirer: a}}, 0, slog.New(slog.DiscardHandler), clock)
	if err := w.desk.Start(w.t.Context()); err != nil {
		w.rt.Fatal(err)
	}
}

// chance is true once in n, and never when the world is calm.
func (w *qrWorld) chance(n int, what string) bool {
	return !w.calm && rapid.IntRange(1, n).Draw(w.rt, what) == n
}

// ask sends the kiosk's next request, and takes the answer unless it is lost.
func (w *qrWorld) ask(v *visit) {
	var body any = wire.QRBody{Serial: v.serial, Account: "1000000001", Amount: qrAmount, Mode: v.mode, Known: v.known}
	if v.op == wire.OpQROrder {
		body = wire.QROrderBody{Serial: v.serial, Account: "1000000001", Amount: qrAmount, Mode: v.mode, PayCode: wire.PayCode(v.payCode), LifeMS: order.Life.Milliseconds()}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		w.rt.Fatal(err)
	}
	if w.chance(6, "request lost") {
		return
	}
	q, e := gateway.QRRequest(kiosk, wire.Request{V: wire.Version, Op: v.op, Body: raw})
	if e != nil {
		w.rt.Fatalf("%s: %+v", v.op, e)
	}
	state, call, e := w.desk.Take(w.t.Context(), q)
	if e != nil {
		w.rt.Fatalf("%s of %s: %+v", v.op, v.serial, e)
	}
	if call != nil && !w.chance(8, "crash before the call") {
		w.desk.Make(w.t.Context(), *call)
	}
	if !w.chance(6, "answer lost") {
		w.take(v, state)
	}
}

// post orders the posting of what is paid.
func (w *qrWorld) post(v *visit) {
	o := books.Order{Serial: v.serial, Account: "1000000001", Kiosk: kiosk, Tender: "qr", Amount: qrAmount, PaidAt: storetest.T0.UnixMilli()}
	switch _, err := w.store.EnsurePosting(w.t.Context(), o, w.now); {
	case err == nil:
		v.end = wire.QRPaid
	case errors.Is(err, books.ErrHeld): // books out of a backup do not know that it is paid
		w.desk.Adopt(w.t.Context(), o)
		if row, err := w.store.QR.Order(w.t.Context(), v.serial); w.aged && err == nil && row.Back {
			v.end = wire.QRUnknown // they closed it once more, and it went back
		}
	default:
		w.rt.Fatal(err)
	}
}

// take is what the station of a kiosk does with an answer.
func (w *qrWorld) take(v *visit, s wire.QRState) {
	v.known = s.Status
	if v.op == wire.OpQROrder {
		v.op = wire.OpQRWait
	}
	switch s.Status {
	case wire.QRWaiting:
		if v.mode == qr.Shown && v.op == wire.OpQRWait {
			v.shown = s.Code
		}
	case wire.QRPaid:
		if !v.refused {
			v.posts = true
		} else if v.op != wire.OpQRRefund {
			v.op = wire.OpQRRefund
		}
	case wire.QRNotPaid, wire.QRRefunded, wire.QRKept:
		v.end = s.Status
	}
}

// round lets one thing happen, and head office do what is due.
func (w *qrWorld) round() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(w.rt, "seconds")) * time.Second)
	if w.calm {
		w.now = w.now.Add(time.Minute)
	}
	v := rapid.SampledFrom(w.visits).Draw(w.rt, "whose")
	switch {
	case w.chance(4, "fault"):
		f := rapid.SampledFrom(acquirersim.Faults()).Draw(w.rt, "which")
		if err := w.sim.SetFor(f, rapid.IntRange(1, 2).Draw(w.rt, "times")); err != nil {
			w.rt.Fatal(err)
		}
	case w.chance(4, "customer pays"):
		if v.shown != "" {
			_ = w.sim.Pay(v.shown)
		} else if v.payCode != "" {
			_ = w.sim.Enter(v.payCode, rapid.IntRange(0, 4).Draw(w.rt, "right") > 0)
		}
	case w.chance(12, "customer leaves") && v.op == wire.OpQRWait:
		v.op = wire.OpQRClose
	case w.chance(12, "restart"):
		w.open(w.backend)
	case w.chance(25, "backup"):
		w.backup = w.backend.Snapshot()
	case w.backup != nil && w.chance(6, "restore"):
		w.open(w.backup.Snapshot())
		w.aged = true
		for _, v := range w.visits { // the kiosk's journal is sent again from there
			if v.posts {
				v.end = ""
			}
		}
	}

	w.notices()
	for _, v := range w.visits {
		if v.posts && v.end == "" {
			w.post(v)

			continue
		}
		if v.end == "" && (w.calm || rapid.Bool().Draw(w.rt, "asks")) {
			if w.calm && v.op == wire.OpQRWait {
				v.op = wire.OpQRClose
			}
			w.ask(v)
		}
	}
	calls, _ := w.desk.Turn(w.t.Context())
	for _, c := range calls {
		if !w.chance(10, "crash") {
			w.desk.Make(w.t.Context(), c)
		}
	}
}

// notices brings those that are due, or does not.
func (w *qrWorld) notices() {
	for _, n := range w.sim.Notices() {
		if w.chance(3, "notice lost") {
			w.sim.Return(n)

			continue
		}
		r, _ := w.desk.Notice(w.t.Context(), w.name, "192.0.2.1", n.Header, []byte(n.Body))
		if !w.sim.Taken(n, r.Status, r.Body) {
			w.sim.Return(n)
		}
	}
}

// settled reports whether everything has come to its end.
func (w *qrWorld) settled() bool {
	for _, v := range w.visits {
		if v.end == "" {
			return false
		}
	}
	open, err := w.store.QR.Orders(w.t.Context(), books.Filter{Open: true})
	if err != nil {
		w.rt.Fatal(err)
	}

	return len(open) == 0
}

// audit holds the kiosk's word against the acquirer's ledger, and the books against it.
func (w *qrWorld) audit() {
	l := w.sim.Ledger()
	if err := l.Audit(); err != nil {
		w.rt.Fatal(err)
	}
	holds := map[string]int64{}
	for _, e := range l.Entries {
		holds[e.Serial] = e.Amount - e.Refunded
	}
	rows, err := w.store.QR.Orders(w.t.Context(), books.Filter{})
	if err != nil {
		w.rt.Fatal(err)
	}
	known := map[string]acquiring.Order{}
	for _, o := range rows {
		known[o.Serial] = o
		has := o.State == order.Paid || o.State == order.Kept
		if has != (holds[o.Serial] > 0) && !w.explained(o.Serial) {
			w.rt.Fatalf("the acquirer has %d fen of %+v", holds[o.Serial], o)
		}
	}

	for _, v := range w.visits {
		want := int64(0)
		if v.end == wire.QRPaid || v.end == wire.QRKept {
			want = int64(qrAmount)
		}
		if holds[v.serial] == want || w.explained(v.serial) {
			continue
		}
		w.rt.Fatalf("the kiosk was told %s, the acquirer has %d fen; the order is %+v", v.end, holds[v.serial], known[v.serial])
	}
}

// explained reports whether a person has a case about a payment: the acquirer refused to
// give it back, or books out of a backup forgot what the kiosk was told.
func (w *qrWorld) explained(serial string) bool {
	w.now = w.now.Add(acquiring.UnbookedAfter)
	if err := w.store.QR.Watch(w.t.Context(), 100, w.now); err != nil {
		w.rt.Fatal(err)
	}
	d, err := w.store.QR.Detail(w.t.Context(), serial)
	if err != nil {
		w.rt.Fatal(err)
	}
	for _, c := range d.Cases {
		if c.Open && (c.Class == books.ClassKept || w.aged && (c.Class == books.ClassUnbooked || c.Class == books.ClassEvidence || c.Class == books.ClassUnpaid)) {
			return true
		}
	}

	return false
}

// TestMoneyIsWhereTheKioskWasTold plays customers, kiosks whose requests and answers are
// lost, an acquirer with every fault that there is, restarts of head office and books out
// of a backup; then it lets everything come to its end. What the acquirer has is what the
// books say, and nobody who was told "not paid" has lost money.
func TestMoneyIsWhereTheKioskWasTold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newQRWorld(rt, t)
		for range rapid.IntRange(5, 40).Draw(rt, "rounds") {
			w.round()
		}
		for _, f := range acquirersim.Faults() {
			if err := w.sim.SetFor(f, 0); err != nil {
				rt.Fatal(err)
			}
		}
		w.calm = true
		for n := 0; !w.settled(); n++ {
			if n > 200 {
				rows, _ := w.store.QR.Orders(t.Context(), books.Filter{})
				rt.Fatalf("it does not come to an end: %+v", rows)
			}
			w.round()
		}
		for range 20 { // notices that were lost come again
			w.round()
		}
		w.audit()
	})
}
