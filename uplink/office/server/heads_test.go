package server_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// TestHeartbeatsThatNameMore: what the books lack is said three times, not more often
// than each half minute, and never to a kiosk that hears acknowledgements anyway.
func TestHeartbeatsThatNameMore(t *testing.T) {
	var since atomic.Int64
	s := startAt(t, func() time.Time { return storetest.T0.Add(time.Duration(since.Load()) * time.Second) })
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000)
	batch, err := wire.EncodeBatch(j.Recs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.books.Register(t.Context(), "10000002", 0, storetest.T0); err != nil {
		t.Fatal(err)
	}

	// Not "online": that would bring a policy.
	beat := func(named int) []byte { return fmt.Appendf(nil, `{"v":1,"online":false,"head":%d}`, named) }
	say := func(k string, named int) { s.OnMessage(wire.Up(k, wire.ChanState, ""), beat(named)) }
	request := func(n int) { s.OnMessage(wire.Up(kiosk, wire.ChanReq, fmt.Sprint(n)), []byte("{}")) } // is answered after what came before it
	for n, step := range []struct {
		name  string
		after int64 // seconds since the start
		do    func()
		acks  []uint64
	}{
		{"what the broker had kept", 0, func() { s.OnRetained(wire.Up(kiosk, wire.ChanState, ""), beat(4)) }, nil},
		{"no journal, and none named", 0, func() { say(kiosk, 0) }, nil},
		{"a kiosk that nobody knows", 0, func() { say("10000003", 4) }, nil},
		{"four records", 0, func() { say(kiosk, 4) }, []uint64{0, 0, 0}},
		{"again at once", 29, func() { say(kiosk, 4) }, nil},
		{"again later", 30, func() { say(kiosk, 4) }, []uint64{0, 0, 0}},
		{"the clock goes back", 10, func() { say(kiosk, 4) }, []uint64{0, 0, 0}},
		{"the records, and the heartbeat after them", 50, func() {
			s.OnMessage(wire.Up(kiosk, wire.ChanRec, ""), batch)
			say(kiosk, 4)
		}, []uint64{4}},
		{"all is there", 500, func() { say(kiosk, 4) }, nil},
		{"one more", 600, func() { say(kiosk, 5) }, []uint64{4, 4, 4}},
	} {
		since.Store(step.after)
		step.do()
		request(n)
		for _, want := range step.acks {
			var a wire.Ack
			if s.line.next(t, "wk/v1/dn/10000001/ack", &a); a.Upto != want {
				t.Errorf("%s: %d, want %d", step.name, a.Upto, want)
			}
		}
		var r wire.Reply
		s.line.next(t, fmt.Sprintf("wk/v1/dn/10000001/rep/%d", n), &r)
	}
}

// TestAnIdleKioskAfterARestore: head office comes out of a backup while a kiosk has no
// customer. Over a broker, its next heartbeat is enough to have the lost records sent
// again.
func TestAnIdleKioskAfterARestore(t *testing.T) {
	url := broker(t)
	backend := memstore.NewBackend()
	rows := store.New(backend, books.Rules{})
	if _, err := rows.Register(t.Context(), kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000)
	first := j.Head.Seq
	k := newTerminal(t, url, j)

	before := officeAt(t, url, rows)
	k.send(t)
	k.hear(t, first)
	backup := backend.Snapshot()
	j.Pay(t, 2, "1000000002", 5000)
	k.send(t)
	k.hear(t, j.Head.Seq)
	before()

	restored := store.New(backup, books.Rules{})
	defer officeAt(t, url, restored)()
	k.publish(t, wire.ChanState, fmt.Appendf(nil, `{"v":1,"online":true,"head":%d}`, j.Head.Seq))
	for range wire.AckRepeats {
		k.hear(t, first)
	}
	if got := k.sender.Acknowledged(); got != first {
		t.Fatalf("after three answers the kiosk takes %d for acknowledged, want %d", got, first)
	}
	k.send(t)
	k.hear(t, j.Head.Seq)

	txns, err := restored.Transactions(t.Context(), books.Filter{})
	if err != nil || len(txns) != 2 || txns[0].Serial != storetest.Serial(kiosk, 2) || txns[0].Total != 5000 {
		t.Errorf("%+v, %v", txns, err)
	}
}

// TestBooksHearThatTheyHaveAll: books out of a backup learn from a heartbeat, within half a
// minute, that they have all of a kiosk's journal again: not from one before they were
// restored, nor from one that names more.
func TestBooksHearThatTheyHaveAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, time.Now)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan bool)
		go func() { s.Run(ctx, s.line); close(ended) }()
		defer func() { stop(); <-ended }()
		lacks := func(when string, want int) {
			t.Helper()
			time.Sleep(31 * time.Second)
			synctest.Wait()
			if missing, err := s.books.Unreported(t.Context()); err != nil || len(missing) != want {
				t.Errorf("%s: the end of %+v is missing, %v", when, missing, err)
			}
		}
		beat := func(end uint64) {
			s.OnMessage(wire.Up(kiosk, wire.ChanState, ""), fmt.Appendf(nil, `{"v":1,"online":true,"head":%d}`, end))
		}
		j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000)
		if _, err := s.books.Ingest(t.Context(), kiosk, j.Recs[:2], time.Now()); err != nil {
			t.Fatal(err)
		}
		beat(2)
		time.Sleep(time.Second)
		if err := s.books.Restored(t.Context(), "root", "", time.Now()); err != nil {
			t.Fatal(err)
		}
		lacks("heard before only", 1)
		beat(j.Head.Seq)
		lacks("it names more", 1)
		if _, err := s.books.Ingest(t.Context(), kiosk, j.Recs, time.Now()); err != nil {
			t.Fatal(err)
		}
		lacks("all is there", 0)
	})
}

// officeAt runs a head office over rows until it is stopped.
func officeAt(t *testing.T, url string, rows *store.Store) (stop func()) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	win := &window{make(chan bool, 100), make(chan bool)}
	office := server.New(server.Config{
		Books: rows, Gateway: win, Key: key, Policy: server.DefaultLimits(),
		Now: func() time.Time { return storetest.T0 }, Log: slog.New(slog.DiscardHandler),
	})
	link, up := dial(t, mqttlink.Config{
		Broker: url, ClientID: "office", Subscriptions: server.Subscriptions(), OnMessage: office.OnMessage, OnRetained: office.OnRetained,
	})
	<-up
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() { office.Run(ctx, link); close(ended) }()
	return func() {
		cancel()
		<-ended
		if err := link.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// terminal is a kiosk's end of the line: the product's own outbox over a journal in
// memory.
type terminal struct {
	link   *mqttlink.Link
	sender *outbox.Sender
	acks   chan wire.Ack
}

func newTerminal(t *testing.T, url string, j *storetest.Journal) *terminal {
	t.Helper()
	k := &terminal{acks: make(chan wire.Ack, 100), sender: outbox.New(outbox.Config{}, &paper{Journal: j}, func() float64 { return 0 })}
	link, up := dial(t, mqttlink.Config{
		Broker: url, ClientID: kiosk, Subscriptions: []mqttlink.Subscription{{Filter: wire.Down(kiosk, wire.ChanAck, ""), QoS: 1}},
		OnMessage: func(_ string, payload []byte) {
			var a wire.Ack
			if err := wire.Decode(payload, &a); err != nil {
				t.Error(err)
			}
			k.acks <- a
		},
	})
	<-up
	k.link = link
	t.Cleanup(func() {
		if err := link.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	k.sender.Connected(storetest.T0)
	return k
}

// send publishes what the outbox wants sent.
func (k *terminal) send(t *testing.T) {
	t.Helper()
	batches, err := k.sender.Advance(storetest.T0)
	if err != nil || len(batches) == 0 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	for _, b := range batches {
		k.publish(t, wire.ChanRec, b.Payload)
	}
}

func (k *terminal) publish(t *testing.T, c wire.Channel, payload []byte) {
	t.Helper()
	if err := k.link.Publish(t.Context(), wire.Up(kiosk, c, ""), payload, 1, c == wire.ChanState); err != nil {
		t.Fatal(err)
	}
}

// hear hands the outbox the next acknowledgement.
func (k *terminal) hear(t *testing.T, upto uint64) {
	t.Helper()
	select {
	case a := <-k.acks:
		if err := k.sender.Acked(storetest.T0, a); err != nil || a.Upto != upto {
			t.Fatalf("acknowledged %d, %v; want %d", a.Upto, err, upto)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("no acknowledgement, want %d", upto)
	}
}

// paper is a journal as the outbox sees it.
type paper struct {
	*storetest.Journal
	acked uint64
}

func (p *paper) Head() record.Head               { return p.Journal.Head }
func (p *paper) Acknowledged() uint64            { return p.acked }
func (p *paper) Acknowledge(h record.Head) error { p.acked = h.Seq; return nil }
func (p *paper) Rewind(h record.Head) error      { p.acked = h.Seq; return nil }
func (p *paper) Read(from uint64, limit, _ int) ([]record.Record, error) {
	recs := p.Recs[from-1:]
	return slices.Clone(recs[:min(len(recs), limit)]), nil
}

// dial returns a link, and what is closed when it is up.
func dial(t *testing.T, cfg mqttlink.Config) (link *mqttlink.Link, up chan bool) {
	t.Helper()
	up = make(chan bool, 10)
	cfg.Rand, cfg.OnUp = rand.Float64, func() { up <- true }
	link, err := mqttlink.Dial(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return link, up
}

// broker starts a broker that lets everybody in, and returns its address.
func broker(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := b.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.AddListener(listeners.NewNet("tcp", ln)); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return "tcp://" + ln.Addr().String()
}
