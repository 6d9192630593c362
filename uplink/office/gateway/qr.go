package gateway

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

const (
	maxNotices   = 64             // being handled at once
	maxFirsts    = 1024           // first calls that wait to go out
	otherOffices = order.AskEvery // between looks at what another head office on the store may have done
)

// QR is a QRDesk with goroutines and timers: payments by QR code, from the order of a
// kiosk to the acquirer's last word. Any number of goroutines may use it.
type QR struct {
	desk   *QRDesk
	news   chan struct{}
	firsts chan QRCall
	places chan struct{} // for notices
	waits  waiters[struct{}]
}

// NewQR makes a QR over the orders in the books; calls is how many there are to acquirers
// at once, 0 is DefaultCalls.
func NewQR(orders QROrders, owner string, acquirers []Acquirer, calls int, log *slog.Logger, now func() time.Time) *QR {
	return &QR{
		desk: NewQRDesk(orders, owner, acquirers, calls, log, now), news: make(chan struct{}, 1),
		firsts: make(chan QRCall, maxFirsts), places: make(chan struct{}, maxNotices),
	}
}

// Kick says that there may be something to do.
func (g *QR) Kick() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// Run brings orders to their end until ctx ends; calls under way are awaited.
func (g *QR) Run(ctx context.Context) error {
	if err := g.desk.Start(ctx); err != nil {
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-g.firsts:
			wg.Go(func() { g.make(ctx, c) })

			continue
		case <-g.news:
		case <-timer.C:
		}
		calls, wait := g.desk.Turn(ctx)
		for _, c := range calls {
			wg.Go(func() { g.make(ctx, c) })
		}
		timer.Reset(wait)
	}
}

// make makes a call, and tells those who wait.
func (g *QR) make(ctx context.Context, c QRCall) {
	if o, kept := g.desk.Make(ctx, c); kept {
		g.changed(o)
	}
	g.Kick()
}

func (g *QR) changed(o acquiring.Order) { g.waits.wake(o.Serial, struct{}{}) }

// answer answers one request; it blocks until there is what the kiosk asks for, or ctx
// ends.
func (g *QR) answer(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	q, e := QRRequest(kiosk, r)
	if e != nil {
		return nil, e
	}
	news, end := g.waits.add(kiosk, q.want.Serial)
	defer end()
	state, c, e := g.desk.Take(ctx, q)
	if c != nil {
		g.first(*c)
	}
	if e != nil {
		return nil, e
	}
	g.Kick()

	for news != nil && !q.Answered(state.Status) {
		if !g.sleep(ctx, news) {
			break
		}
		changed, now := g.desk.Changed(ctx, q)
		switch {
		case !changed && now.Serial != "":
			state = now
		case changed:
			if state, e = g.desk.Look(ctx, q); e != nil {
				return nil, e
			}
			g.Kick()
		}
	}

	return state, nil
}

// first has the first call of an order made. Where too many wait its lease runs out, and
// the order is asked about.
func (g *QR) first(c QRCall) {
	select {
	case g.firsts <- c:
	default:
		g.desk.underWay.Add(-1)
	}
}

// sleep waits for news, and reports whether the kiosk still waits.
func (g *QR) sleep(ctx context.Context, news <-chan struct{}) bool {
	timer := time.NewTimer(otherOffices)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-news:
	case <-timer.C:
	}

	return true
}

func (g *QR) adopt(ctx context.Context, o books.Order) (back bool) {
	if o.Tender != books.TenderQR {
		return false
	}
	back = g.desk.Adopt(ctx, o)
	g.Kick()

	return back
}

// NoticePath is where an acquirer called name sends its notices.
func NoticePath(name string) string { return "/notify/" + name }

// Notices serves the notices of acquirers: POST /notify/NAME.
func (g *QR) Notices() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+NoticePath("{acquirer}"), g.notice)

	return mux
}

func (g *QR) notice(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, secure.MaxBody))
	if err != nil {
		http.Error(w, "too large, or cut", http.StatusBadRequest)

		return
	}
	select { // a notice that is whole: who is slow about one takes no place
	case g.places <- struct{}{}:
		defer func() { <-g.places }()
	default:
		http.Error(w, "busy", http.StatusServiceUnavailable)

		return
	}

	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		source = r.RemoteAddr
	}
	receipt, serial := g.desk.Notice(r.Context(), r.PathValue("acquirer"), source, r.Header, body)
	if serial != "" {
		g.waits.wake(serial, struct{}{})
		g.Kick()
	}
	if receipt.ContentType != "" {
		w.Header().Set("Content-Type", receipt.ContentType)
	}
	w.WriteHeader(receipt.Status)
	_, _ = io.WriteString(w, receipt.Body)
}
