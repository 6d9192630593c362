package server_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// TestAFleetAtOnce: every kiosk of a large fleet comes up in the same moment, says so,
// sends a payment record by record and has it posted. All of it arrives once, nothing is
// dropped, and head office's memory stays within its bound.
func TestAFleetAtOnce(t *testing.T) {
	kiosks := 2000
	if testing.Short() {
		kiosks = 200
	}
	f := newFleetOf(t, kiosks)
	before := heap()
	began, spent := time.Now(), cpu(t)
	goroutines := f.run(t)
	took := time.Since(began)
	spent = cpu(t) - spent
	grown := heap() - before
	t.Logf("%d payments of as many kiosks in %.1f s: %.0f/s, %.2f ms of processor each; heap %+.1f MB, %.1f KB a kiosk; %d goroutines at most",
		kiosks, took.Seconds(), float64(kiosks)/took.Seconds(), 1e3*spent.Seconds()/float64(kiosks), float64(grown)/1e6, float64(grown)/1e3/float64(kiosks), goroutines)

	if perKiosk := grown / int64(kiosks); perKiosk > 16<<10 {
		t.Errorf("head office holds %d bytes a kiosk", perKiosk)
	}
	ps, err := f.books.Stats(t.Context(), storetest.T0)
	if err != nil || ps.Today != int64(kiosks) || ps.TodayPosted != ps.TodayAmount || ps.OpenPostings != 0 || ps.OpenCases != 0 || int(ps.Online) != kiosks {
		t.Errorf("%+v, %v", ps, err)
	}
	if dropped := f.office.Counters().Dropped.Load(); dropped != 0 {
		t.Errorf("%d messages were dropped", dropped)
	}
	if err := f.sim.Ledger().Audit(); err != nil {
		t.Error(err)
	}
}

// cpu is the processor time that this process has taken.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heap is the live heap in bytes; what pools hold goes in the second round.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// fleetOf is kiosks at the other end of a line that loses nothing: the product's own
// outbox over a journal in memory each. They act when they hear something, in the
// goroutine that says it.
type fleetOf struct {
	office *server.Server
	books  *store.Store
	gate   *gateway.Runtime
	sim    *missim.Server
	simMu  sync.Mutex
	kiosks map[string]*member
	left   atomic.Int64
	done   chan bool
}

type member struct {
	id      string
	mu      sync.Mutex
	journal *storetest.Journal
	sender  *outbox.Sender
}

func newFleetOf(t *testing.T, n int) *fleetOf {
	t.Helper()
	rows, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	})
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	log, now := slog.New(slog.DiscardHandler), func() time.Time { return storetest.T0 }
	f := &fleetOf{books: rows, sim: missim.New(missim.Config{}), kiosks: map[string]*member{}, done: make(chan bool)}
	f.gate = gateway.NewRuntime(rows, "office", f, 0, log, now)
	f.office = server.New(server.Config{Books: rows, Gateway: f.gate, Key: key, Policy: server.DefaultLimits(), Now: now, Log: log})
	for i := range n {
		id := fmt.Sprint(20000000 + i)
		if _, err := rows.Register(t.Context(), id, 0, storetest.T0); err != nil {
			t.Fatal(err)
		}
		m := &member{id: id, journal: storetest.NewJournal(id).Pay(t, 1, "1000000001", 10000)}
		m.sender = outbox.New(outbox.Config{BatchRecords: 1}, &paper{Journal: m.journal}, func() float64 { return 0 })
		f.kiosks[id] = m
	}
	f.left.Store(2 * int64(n)) // an acknowledgement of the whole journal, and a posting
	return f
}

// run has the fleet come up and returns the most goroutines that were seen, once all
// is acknowledged and posted.
func (f *fleetOf) run(t *testing.T) (goroutines int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	all.Go(func() { f.office.Run(ctx, f) })
	all.Go(func() {
		if err := f.gate.Run(ctx); err != nil {
			t.Error(err)
		}
	})

	f.office.OnUp()
	for id, m := range f.kiosks {
		f.office.OnMessage(wire.Up(id, wire.ChanState, ""), []byte(`{"v":1,"online":true,"head":4}`))
		m.mu.Lock()
		m.sender.Connected(storetest.T0)
		f.send(t.Errorf, m)
		m.mu.Unlock()
		f.post(m)
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	late := time.After(5 * time.Minute)
	for {
		goroutines = max(goroutines, runtime.NumGoroutine())
		select {
		case <-f.done:
			f.settle(t)
			return goroutines
		case <-look.C:
		case <-late:
			t.Fatalf("%d ends are missing", f.left.Load())
		}
	}
}

// settle waits until the last state is in the books.
func (f *fleetOf) settle(t *testing.T) {
	eventually(t, "all are online", func() bool { return int(f.office.Counters().Reports.Load()) >= len(f.kiosks) })
}

// send has a kiosk's outbox sent; its lock is held.
func (f *fleetOf) send(fail func(string, ...any), m *member) {
	batches, err := m.sender.Advance(storetest.T0)
	if err != nil {
		fail("%s: %v", m.id, err)
	}
	for _, b := range batches {
		f.office.OnMessage(wire.Up(m.id, wire.ChanRec, ""), b.Payload)
	}
}

// post orders the kiosk's payment.
func (f *fleetOf) post(m *member) {
	b := fmt.Appendf(nil, `{"v":1,"id":"1","op":"post","ttl_ms":60000,"body":{"serial":%q,"account":"1000000001","amount":10000,"tender":"cash","paid_at":%d}}`,
		storetest.Serial(m.id, 1), storetest.T0.Add(30*time.Second).UnixMilli())
	f.office.OnMessage(wire.Up(m.id, wire.ChanReq, "1"), b)
}

// Publish is the line down to the kiosks.
func (f *fleetOf) Publish(_ context.Context, topic string, payload []byte, _ byte, _ bool) error {
	a, err := wire.ParseTopic(topic)
	if err != nil {
		return err
	}
	m := f.kiosks[a.Kiosk]
	switch a.Chan {
	case wire.ChanAck:
		return f.acked(m, payload)
	case wire.ChanRep:
		var r wire.Reply
		var s wire.PostState
		if err := wire.Decode(payload, &r); err != nil {
			return err
		}
		if r.Error != nil || json.Unmarshal(r.Body, &s) != nil || s.Status != wire.PostPosted {
			f.post(m) // asks again, as a kiosk does
			return nil
		}
		f.ended()
	}
	return nil
}

func (f *fleetOf) acked(m *member, payload []byte) error {
	var a wire.Ack
	if err := wire.Decode(payload, &a); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.sender.Acknowledged()
	if err := m.sender.Acked(storetest.T0, a); err != nil {
		return err
	}
	if after := m.sender.Acknowledged(); after > before && after == m.journal.Head.Seq {
		f.ended()
	}
	var err error
	f.send(func(format string, args ...any) { err = fmt.Errorf(format, args...) }, m)
	return err
}

func (f *fleetOf) ended() {
	if f.left.Add(-1) == 0 {
		close(f.done)
	}
}

// Call is the MIS.
func (f *fleetOf) Call(_ context.Context, r mis.Request) (mis.Reply, error) {
	f.simMu.Lock()
	defer f.simMu.Unlock()
	return f.sim.Answer(r), nil
}

var (
	_ server.Publisher = (*fleetOf)(nil)
	_ gateway.Caller   = (*fleetOf)(nil)
)
