package line

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/wire"
)

// lined is an uplink and head office's end of it, over a real broker.
type lined struct {
	t       *testing.T
	up      *Uplink
	office  *mqttlink.Link
	jobs    chan string
	rosters chan wire.Signed
	events  chan kiosk.Event
	reports chan mqttlink.Message
	answer  func(id string) // a request has come
}

// newLined starts a broker with both ends on it, and waits until both are up.
func newLined(t *testing.T) *lined {
	t.Helper()
	authority, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", TLS: server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	secure := func(cn string) *tls.Config {
		c, err := authority.ClientTLS(cn)
		if err != nil {
			t.Fatal(err)
		}
		c.ServerName = "127.0.0.1"
		return c
	}
	l := &lined{
		t: t, jobs: make(chan string, 16), rosters: make(chan wire.Signed, 16), events: make(chan kiosk.Event, 512), reports: make(chan mqttlink.Message, 16),
	}
	url := "tls://" + b.Addr().String()
	l.dialOffice(mqttlink.Config{Broker: url, TLS: secure("office")})
	l.runKiosk(mqttlink.Config{Broker: url, TLS: secure("10000001")})
	return l
}

func (l *lined) dialOffice(cfg mqttlink.Config) {
	l.t.Helper()
	up := make(chan struct{}, 1)
	cfg.ClientID, cfg.Logger = "office", slog.New(slog.DiscardHandler)
	cfg.Rand = func() float64 { return 0 }
	cfg.Subscriptions = []mqttlink.Subscription{{Filter: "wk/v1/up/+/job/+", QoS: 1}, {Filter: "wk/v1/up/+/req/+", QoS: 1}}
	cfg.OnUp = func() { up <- struct{}{} }
	cfg.OnDown = func(error) {}
	cfg.OnMessage = func(topic string, payload []byte) {
		if a, err := wire.ParseTopic(topic); err == nil && a.Chan == wire.ChanReq {
			l.answer(a.ID)
			return
		}
		l.reports <- mqttlink.Message{Topic: topic, Payload: payload}
	}
	var err error
	if l.office, err = mqttlink.Dial(cfg); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if err := l.office.Close(context.Background()); err != nil {
			l.t.Error(err)
		}
	})
	await(l.t, up)
}

func (l *lined) runKiosk(cfg mqttlink.Config) {
	l.t.Helper()
	j := journaltest.NewMemory(journal.Options{Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	l.up = New("10000001", j, nil, slog.New(slog.DiscardHandler))
	l.up.TakeJobs(func(payload []byte) { l.jobs <- string(payload) })
	l.up.TakeRosters(func(s wire.Signed) error { l.rosters <- s; return nil })
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	state := func(context.Context) (wire.State, error) { return wire.State{V: 1, Online: true}, nil }
	go func() {
		ended <- l.up.Run(ctx, cfg, state, func(ctx context.Context, e kiosk.Event) {
			select {
			case l.events <- e:
			case <-ctx.Done():
			}
		})
	}()
	l.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			l.t.Error(err)
		}
	})
	l.link(true)
}

// link waits for the line to go up or down.
func (l *lined) link(up bool) {
	l.t.Helper()
	for {
		if e := await(l.t, l.events); e == (kiosk.Link{Up: up}) {
			return
		}
	}
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("no %T came", *new(T))
		panic("unreachable")
	}
}

func (l *lined) publish(c wire.Channel, payload []byte) {
	l.t.Helper()
	if err := l.office.Publish(l.t.Context(), wire.Down("10000001", c, ""), payload, 1, true); err != nil {
		l.t.Fatal(err)
	}
}

// publishOnce publishes what is not retained.
func (l *lined) publishOnce(c wire.Channel, id, payload string) {
	l.t.Helper()
	if err := l.office.Publish(l.t.Context(), wire.Down("10000001", c, id), []byte(payload), 1, false); err != nil {
		l.t.Fatal(err)
	}
}

// reported waits for a report to head office; earlier ones may come again before it.
func (l *lined) reported(want wire.JobReport, earlier ...wire.JobReport) {
	l.t.Helper()
	for {
		m := await(l.t, l.reports)
		var got wire.JobReport
		err := wire.Decode(m.Payload, &got)
		if err == nil && slices.Contains(earlier, got) {
			continue
		}
		if err != nil || got != want || m.Topic != "wk/v1/up/10000001/job/"+want.ID {
			l.t.Errorf("%s %s (%v), want %+v", m.Topic, m.Payload, err, want)
		}
		return
	}
}

func signed(body string) []byte {
	b, err := json.Marshal(wire.Signed{V: 1, Body: []byte(body), Sig: make([]byte, 64)})
	if err != nil {
		panic(err)
	}
	return b
}

// TestJobsGoDownAndReportsUp: a job passes byte by byte; its report goes up when it
// changes, when the job comes again, and when the line comes back, until head office
// wants no more of it.
func TestJobsGoDownAndReportsUp(t *testing.T) {
	l := newLined(t)
	first := signed(`{"any":"job"}`)
	l.publish(wire.ChanJob, first)
	if got := await(t, l.jobs); got != string(first) {
		t.Errorf("job %s", got)
	}
	offered := wire.JobReport{V: 1, ID: "j1", Phase: wire.PhaseOffered, From: 10, To: 11, At: 1}
	l.up.Report(t.Context(), &offered)
	l.reported(offered)
	checked := offered
	checked.Phase = wire.PhaseChecked
	l.up.Report(t.Context(), &checked)
	l.reported(checked, offered)
	l.publish(wire.ChanJob, first)
	await(t, l.jobs)
	l.reported(checked)

	l.up.link.Rebuild()
	l.link(false)
	l.link(true)
	if got := await(t, l.jobs); got != string(first) { // retained
		t.Errorf("after a break: job %s", got)
	}
	l.reported(checked)

	l.publish(wire.ChanJob, nil)
	for await(t, l.jobs) != "" {
		continue // the retained one may have come twice
	}
	other := wire.JobReport{V: 1, ID: "j2", Phase: wire.PhaseOffered, From: 11, To: 12, At: 2}
	l.up.Report(t.Context(), &other)
	l.reported(other, checked) // both the line and the job asked
	l.publish(wire.ChanJob, nil)
	if got := await(t, l.jobs); got != "" {
		t.Errorf("job %s", got)
	}
	l.up.link.Rebuild()
	l.link(false)
	l.link(true)
	last := wire.JobReport{V: 1, ID: "j3", Phase: wire.PhaseGood, From: 12, To: 13, At: 3}
	l.up.Report(t.Context(), &last)
	l.reported(last) // and nothing of j2 before it
}

func TestRostersGoDown(t *testing.T) {
	l := newLined(t)
	l.publish(wire.ChanCfg, []byte("{}x"))
	l.publish(wire.ChanCfg, nil)
	l.publish(wire.ChanCfg, signed(`{"any":"roster"}`))
	if got := await(t, l.rosters); string(got.Body) != `{"any":"roster"}` || len(got.Sig) != 64 {
		t.Errorf("roster %s", got.Body)
	}
	if n := len(l.rosters); n != 0 {
		t.Errorf("%d more", n)
	}
}

// TestOrdersToSettle: only what head office signed for this kiosk is handed on.
func TestOrdersToSettle(t *testing.T) {
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	order := func(key ed25519.PrivateKey, kioskID string, batch uint32) string {
		s, err := wire.SignSettle(key, wire.Settle{V: 1, Kiosk: kioskID, Terminal: "20000001", Batch: batch, Issued: 1})
		if err != nil {
			t.Fatal(err)
		}
		b, err := wire.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	u := New("10000001", journaltest.NewMemory(journal.Options{Kiosk: "10000001"}), pub, slog.New(slog.DiscardHandler))
	var got []kiosk.Event
	u.send = func(_ context.Context, e kiosk.Event) { got = append(got, e) }
	for _, m := range []struct{ topic, payload string }{
		{"wk/v1/dn/10000001/cmd/settle", order(foreign, "10000001", 1)},
		{"wk/v1/dn/10000001/cmd/settle", order(priv, "10000002", 2)},
		{"wk/v1/dn/10000001/cmd/settle", string(signed("x"))},
		{"wk/v1/dn/10000001/cmd/settle", ""},
		{"wk/v1/dn/10000001/cmd/other", order(priv, "10000001", 3)},
		{"wk/v1/dn/10000001/cmd/settle", order(priv, "10000001", 7)},
	} {
		u.message(t.Context(), time.Now(), m.topic, []byte(m.payload))
	}
	if len(got) != 1 || got[0] != (kiosk.Settle{Terminal: "20000001", Batch: 7}) {
		t.Errorf("handed on %+v", got)
	}
}

// TestMessagesThatAreNotOurs: what is no job is not handed on.
func TestMessagesThatAreNotOurs(t *testing.T) {
	var got []string
	u := New("10000001", journaltest.NewMemory(journal.Options{Kiosk: "10000001"}), nil, slog.New(slog.DiscardHandler))
	u.TakeJobs(func(p []byte) { got = append(got, fmt.Sprintf("job %d", len(p))) })
	u.TakeRosters(func(s wire.Signed) error { got = append(got, fmt.Sprintf("roster %d", len(s.Body))); return nil })
	good := signed("x")
	for _, m := range []struct{ topic, payload string }{
		{"wk/v1/dn/10000002/job", string(good)},
		{"wk/v1/up/10000001/job", string(good)},
		{"wk/v1/dn/10000001/job", "{}{}"},
		{"wk/v1/dn/10000001/job", `{"v":1,"body":"eA==","sig":"eA==","more":1}`},
		{"wk/v1/dn/10000001/cfg", "not JSON"},
		{"wk/v1/dn/10000001/job", string(good)},
		{"wk/v1/dn/10000001/cfg", string(good)},
		{"wk/v1/dn/10000001/job", ""},
	} {
		u.message(t.Context(), time.Now(), m.topic, []byte(m.payload))
	}
	if want := fmt.Sprintf("[job %d roster 1 job 0]", len(good)); fmt.Sprint(got) != want {
		t.Errorf("handed on %v, want %s", got, want)
	}
}
