package server_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

const kiosk = storetest.Kiosk

type message struct {
	topic    string
	payload  []byte
	retained bool
}

// line is a link that keeps what is published.
type line struct {
	sent  chan message
	down  bool
	tries atomic.Int64
}

func (l *line) Publish(_ context.Context, topic string, payload []byte, qos byte, retained bool) error {
	l.tries.Add(1)
	if l.down || qos != 1 {
		return errors.New("down")
	}
	l.sent <- message{topic, payload, retained}
	return nil
}

func (l *line) next(t *testing.T, topic string, v any) message {
	t.Helper()
	select {
	case m := <-l.sent:
		if m.topic != topic {
			t.Fatalf("published %s %s, want %s", m.topic, m.payload, topic)
		}
		if err := wire.Decode(m.payload, v); err != nil {
			t.Fatal(err)
		}
		return m
	case <-time.After(5 * time.Second):
		t.Fatalf("nothing published, want %s", topic)
	}
	return message{}
}

// window answers what is let through, and counts kicks.
type window struct {
	kicked chan bool
	open   chan bool
}

func (w *window) Kick() { w.kicked <- true }

func (w *window) Answer(ctx context.Context, k string, r wire.Request) wire.Reply {
	select {
	case <-w.open:
	case <-ctx.Done():
	}
	return wire.Reply{V: 1, ID: r.ID, Body: json.RawMessage(`"` + k + `"`)}
}

type stage struct {
	*server.Server
	books *store.Store
	line  *line
	win   *window
	pub   ed25519.PublicKey
}

func start(t *testing.T) *stage {
	t.Helper()
	return startAt(t, func() time.Time { return storetest.T0 })
}

func startAt(t *testing.T, now func() time.Time) *stage {
	t.Helper()
	s := prepare(t, now)
	s.run(t)
	return s
}

// prepare is a stage that does not run yet.
func prepare(t *testing.T, now func() time.Time, change ...func(*server.Config)) *stage {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	books := memstore.New(books.Rules{})
	if _, err := books.Register(t.Context(), kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	s := &stage{books: books, line: &line{sent: make(chan message, 100)}, win: &window{make(chan bool, 100), make(chan bool)}, pub: pub}
	cfg := server.Config{
		Books: books, Gateway: s.win, Key: key, Policy: server.DefaultLimits(),
		Now: now, Log: slog.New(slog.DiscardHandler),
		Office:    bytes.Repeat([]byte{4}, wire.OfficeHalf),
		Bank:      books.Bank,
		Cash:      books.Deadlines,
		BundleURL: func(sha256 string) string { return "https://office.example/bundles/" + sha256 },
	}
	for _, f := range change {
		f(&cfg)
	}
	s.Server = server.New(cfg)
	return s
}

func (s *stage) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() { s.Run(ctx, s.line); close(ended) }()
	t.Cleanup(func() {
		stop()
		<-ended
		goleak.VerifyNone(t)
	})
}

func TestRecordsAreAcknowledgedInOrder(t *testing.T) {
	s := start(t)
	j := storetest.NewJournal(kiosk)
	for n := range 10 {
		j.Pay(t, n+1, "1000000001", 10000)
	}
	for i := range j.Recs {
		b, err := wire.EncodeBatch(j.Recs[i : i+1])
		if err != nil {
			t.Fatal(err)
		}
		s.OnMessage(wire.Up(kiosk, wire.ChanRec, ""), b)
	}
	for i := range j.Recs {
		var a wire.Ack
		if s.line.next(t, "wk/v1/dn/10000001/ack", &a); a.Upto != uint64(i)+1 {
			t.Fatalf("acknowledged %d, want %d", a.Upto, i+1)
		}
		<-s.win.kicked
	}
}

func TestRefusedRecordsAreNotAcknowledged(t *testing.T) {
	s := start(t)
	b, err := wire.EncodeBatch(storetest.NewJournal("10000002").Pay(t, 1, "1", 100).Recs)
	if err != nil {
		t.Fatal(err)
	}
	s.OnMessage("wk/v1/up/10000001/rec", b) // another kiosk's journal
	s.OnMessage("wk/v1/up/10000002/rec", b) // not enrolled
	s.OnMessage("wk/v1/up/10000001/rec", []byte("garbage"))
	s.OnMessage("wk/v1/dn/10000001/ack", b) // wrong direction
	s.OnMessage("elsewhere", b)
	s.OnMessage("wk/v1/up/10000001/req/7", []byte("{}")) // a bad request is answered, after the records of its kiosk
	var have wire.Ack                                    // the kiosk learns that its journal is not the one held here
	if s.line.next(t, "wk/v1/dn/10000001/ack", &have); have.Upto != 0 || have.Hash != record.Genesis(kiosk, 0) {
		t.Errorf("answer to another's journal: %+v", have)
	}
	var r wire.Reply
	if s.line.next(t, "wk/v1/dn/10000001/rep/7", &r); r.Error == nil || r.Error.Code != wire.ErrCodeBadRequest {
		t.Errorf("%+v", r)
	}
	alarms, err := s.books.Alarms(t.Context())
	if err != nil || len(alarms) != 1 || alarms[0].Kiosk != kiosk {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	if bad := s.Counters().Bad.Load(); bad != 2 {
		t.Errorf("%d bad messages, want 2", bad)
	}
}

// journalOf collects what a server logs, one line each.
type journalOf struct {
	mu    sync.Mutex
	lines []string
}

func (j *journalOf) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, string(b))
	return len(b), nil
}

// TestTroubleIsLoggedOnce: a kiosk sends again what is not acknowledged; the log has a
// line when something is wrong with its records, when it is something else, and when it
// is over.
func TestTroubleIsLoggedOnce(t *testing.T) {
	log := &journalOf{}
	s := prepare(t, func() time.Time { return storetest.T0 }, func(c *server.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	s.run(t)
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000)
	batch := func(recs []record.Record) []byte {
		b, err := wire.EncodeBatch(recs)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first, second := batch(j.Recs[:4]), batch(j.Recs[4:])
	for _, b := range [][]byte{
		second, second, second, // missing after 0
		first,                                // follows again
		batch(j.Recs[6:]), batch(j.Recs[7:]), // missing after 4
		[]byte("garbage"), []byte("rubbish"), // refused
		second, second, // follows again
	} {
		s.OnMessage(wire.Up(kiosk, wire.ChanRec, ""), b)
	}
	s.OnMessage(wire.Up(kiosk, wire.ChanReq, "end"), []byte("{}")) // is answered after them
	for m := range s.line.sent {
		if strings.HasSuffix(m.topic, "/rep/end") {
			break
		}
	}

	var said []string
	log.mu.Lock()
	defer log.mu.Unlock()
	for _, line := range log.lines {
		_, line, _ = strings.Cut(line, "msg=")
		line, _, _ = strings.Cut(line, " error=")
		said = append(said, strings.TrimSpace(line))
	}
	want := []string{
		`"records missing" kiosk=10000001 have=0`, `"records follow again" kiosk=10000001 have=4`,
		`"records missing" kiosk=10000001 have=4`, `"records refused" kiosk=10000001`, `"records follow again" kiosk=10000001 have=8`,
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Error(d)
	}
	if n := s.Counters().Refused.Load(); n != 2 {
		t.Errorf("%d refused, want 2", n)
	}
}

func TestRequestsOfOneKioskAreBounded(t *testing.T) {
	s := start(t)
	for i := range 9 {
		id := string(rune('a' + i))
		s.OnMessage("wk/v1/up/10000001/req/"+id, []byte(`{"v":1,"id":"`+id+`","op":"verify","ttl_ms":5000,"body":{}}`))
	}
	var r wire.Reply
	if s.line.next(t, "wk/v1/dn/10000001/rep/i", &r); r.Error == nil || r.Error.Code != wire.ErrCodeUnavailable {
		t.Errorf("the ninth: %+v", r)
	}
	for range 8 {
		s.win.open <- true
	}
	seen := map[string]bool{}
	for range 8 {
		m := <-s.line.sent
		seen[m.topic] = true
	}
	if len(seen) != 8 {
		t.Errorf("answered %v", seen)
	}
}

func TestPoliciesAreRetainedAndSigned(t *testing.T) {
	s := start(t)
	s.OnUp()
	var signed wire.Signed
	m := s.line.next(t, "wk/v1/dn/10000001/policy", &signed)
	p, err := wire.Open(s.pub, signed)
	if err != nil || !m.retained || p.Kiosk != kiosk || !p.OfflinePay || p.PerTxn != 50000 || p.Expires-p.Issued != 86_400_000 {
		t.Errorf("%+v, retained %v, %v", p, m.retained, err)
	}
	// Its birth does not bring a second one; that of a kiosk enrolled since does.
	if _, err := s.books.Register(t.Context(), "10000002", 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{kiosk, "10000002"} {
		s.OnMessage(wire.Up(k, wire.ChanState, ""), []byte(`{"v":1,"online":true,"cash":500,"notes":1,"alarms":["no-paper"]}`))
	}
	s.line.next(t, "wk/v1/dn/10000002/policy", &signed)
	k, err := s.books.Kiosk(t.Context(), "10000002")
	if err != nil || !k.Online || k.Report != `{"v":1,"online":true,"alarms":["no-paper"],"cash":500,"notes":1}` {
		t.Errorf("%+v, %v", k, err)
	}
}
