package line

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/boards"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/questions"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/wire"
)

const day = 24 * time.Hour

// site is a head office with a broker that goes by its books, and a kiosk's folder.
type site struct {
	t      *testing.T
	shift  atomic.Int64 // of head office's clock
	shop   *store.Store
	desk   *admission.Desk
	broker *broker.Broker
	ca     *ca.Authority
	dir    string
	first  *x509.Certificate
	events chan kiosk.Event
	states chan struct{}

	renewed chan struct{}
	keys    mqttlink.KeyFiles // of the kiosk; nil: in clear
}

func (s *site) now() time.Time { return time.Now().Add(time.Duration(s.shift.Load())) }

// byDesk is officed's doorman.
type byDesk struct{ *admission.Desk }

func (d byDesk) Judge(kiosk string, leaf *x509.Certificate) broker.Entry {
	switch d.Desk.Judge(kiosk, leaf) {
	case identity.Admitted:
		return broker.Welcome
	case identity.RenewalOnly:
		return broker.Renewing
	case identity.Ended, identity.Stranger:
		return broker.Outdated
	}
	return broker.Barred
}

func (d byDesk) TakenOver(kiosk string, before, now broker.Visitor) {
	d.Desk.TakenOver(kiosk, before.Host, before.Leaf, now.Host, now.Leaf)
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, shop: memstore.New(books.Rules{}), dir: t.TempDir(), events: make(chan kiosk.Event, 512), states: make(chan struct{}, 512), renewed: make(chan struct{}, 16)}
	var err error
	if s.ca, err = ca.Open(t.TempDir(), ca.WithClock(s.now)); err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	s.desk = admission.New(admission.Config{Identities: s.shop.Identities, Signer: s.ca, Grace: admission.DefaultGrace, Now: s.now, Log: quiet})
	s.enrol()
	if err := s.desk.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	server, err := s.ca.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.broker, err = broker.Start(broker.Config{Listen: "127.0.0.1:0", TLS: server, Doorman: byDesk{s.desk}, Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.broker.Close(); err != nil {
			t.Error(err)
		}
	})
	s.desk.Watch(func(kiosks []string) { s.broker.Recheck(kiosks...) })
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.desk.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	s.office()

	return s
}

// enrol has the kiosk's key certified, for as long as a kiosk's lasts.
func (s *site) enrol() {
	s.t.Helper()
	if err := s.ca.WriteClient("10000001", s.dir); err != nil {
		s.t.Fatal(err)
	}
	_, id := s.identity()
	csr, err := id.Request()
	if err != nil {
		s.t.Fatal(err)
	}
	pem, err := s.ca.SignKiosk([]byte(csr), "10000001")
	if err != nil {
		s.t.Fatal(err)
	}
	if err := errors.Join(id.Certified(pem), id.Promote()); err != nil {
		s.t.Fatal(err)
	}
	if s.first, err = ca.Certificate(pem); err != nil {
		s.t.Fatal(err)
	}
	if err := s.shop.AddToken(s.t.Context(), "t", "10000001", false, s.now().Add(time.Hour)); err != nil {
		s.t.Fatal(err)
	}
	_, err = s.shop.Enrol(s.t.Context(), fleet.Claim{Token: "t"}, s.now(), func(fleet.Kiosk) (identity.Certificate, error) {
		return admission.CertificateOf(s.first), nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) identity() (mqttlink.Config, *mqttlink.Identity) {
	s.t.Helper()
	file := func(name string) string { return filepath.Join(s.dir, name) }
	conf, id, err := mqttlink.TLSIdentity(s.keys, file("ca.pem"), file("cert.pem"), file("key.pem"), "", "127.0.0.1")
	if err != nil {
		s.t.Fatal(err)
	}

	return mqttlink.Config{TLS: conf, Identity: id, MinBackoff: 10 * time.Millisecond, MaxBackoff: 200 * time.Millisecond}, id
}

// office answers requests for certificates, and notes states that come.
func (s *site) office() {
	s.t.Helper()
	conf, err := s.ca.ClientTLS("office")
	if err != nil {
		s.t.Fatal(err)
	}
	up := make(chan struct{}, 16)
	var link *mqttlink.Link
	cfg := mqttlink.Config{Broker: "tls://" + s.broker.OfficeAddr().String(), TLS: conf, ClientID: "office", Rand: func() float64 { return 0 }}
	cfg.Subscriptions = []mqttlink.Subscription{{Filter: "wk/v1/up/#", QoS: 1}}
	cfg.OnUp = func() { up <- struct{}{} }
	cfg.OnMessage = func(topic string, payload []byte) {
		a, err := wire.ParseTopic(topic)
		switch {
		case err == nil && a.Chan == wire.ChanReq && wire.IsRenewal(a.ID):
			var r wire.Request
			if err := wire.Decode(payload, &r); err != nil {
				s.t.Error(err)
				return
			}
			b, err := wire.Encode(s.desk.Answer(context.Background(), a.Kiosk, r))
			if err == nil {
				err = link.Publish(context.Background(), wire.Down(a.Kiosk, wire.ChanRep, a.ID), b, 1, false)
			}
			if err != nil {
				s.t.Error(err)
			}
		case err == nil && a.Chan == wire.ChanState:
			var st wire.State
			if wire.Decode(payload, &st) == nil && st.Online {
				s.states <- struct{}{}
			}
		}
	}
	if link, err = mqttlink.Dial(cfg); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = link.Close(context.Background()) })
	await(s.t, up)
}

// run starts the kiosk's line, with questions that it has from the start, and returns what ends
// it.
func (s *site) run(asked ...kiosk.Ask) (stop func()) {
	s.t.Helper()
	cfg, _ := s.identity()
	cfg.Broker = "tls://" + s.broker.Addr().String()
	j := journaltest.NewMemory(journal.Options{Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	up := New("10000001", j, nil, slog.New(slog.DiscardHandler))
	up.OnRenewed(func(crypto.PrivateKey) { s.renewed <- struct{}{} })
	for _, a := range asked {
		up.Ask(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	state := func(context.Context) (wire.State, error) { return wire.State{V: 1, Online: true}, nil }
	go func() {
		ended <- up.Run(ctx, cfg, state, func(ctx context.Context, e kiosk.Event) {
			select {
			case s.events <- e:
			case <-ctx.Done():
			}
		})
	}()

	return func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

// warned waits until a condition is on or off.
func (s *site) warned(code condition.Code, on bool) {
	s.t.Helper()
	for {
		if w, ok := await(s.t, s.events).(kiosk.Warning); ok && w.Code == string(code) && w.On == on {
			return
		}
	}
}

// TestAttackAwayPastTheEnd: a kiosk comes back when its certificate has ended 100 days ago. It
// gets another one by a connection that passes nothing else, and works as before.
func TestAttackAwayPastTheEnd(t *testing.T) {
	s := newSite(t)
	s.shift.Store(int64(283 * day))
	defer s.run()()
	await(t, s.states)  // its state passes: the certificate is another one
	await(t, s.renewed) // confirmed, and put in place
	if _, id := s.identity(); id.HasNext() {
		t.Error("a next key is left")
	}
	i, err := s.shop.Identities.Identity(t.Context(), "10000001")
	if err != nil || i.Key == string(s.first.RawSubjectPublicKeyInfo) {
		t.Errorf("the key is the one before (%v)", err)
	}
	if v := s.desk.Judge("10000001", s.first); v != identity.KeyReplaced {
		t.Errorf("the certificate before: verdict %d", v)
	}
}

// TestAwayPastTheEndWithQuestions: what the kiosk asks by the connection that passes nothing
// else is answered by nobody, and keeps the next connection from nothing.
func TestAwayPastTheEndWithQuestions(t *testing.T) {
	s := newSite(t)
	s.shift.Store(int64(283 * day))
	began := time.Now()
	q := wire.Request{V: wire.Version, ID: "q1", Op: wire.OpOutcome, TTLms: time.Minute.Milliseconds(), Body: []byte(`{"serial":"10000001000000000001"}`)}
	defer s.run(kiosk.Ask{Ask: questions.Ask{TTL: time.Minute, Request: q}})()
	await(t, s.renewed)
	if took := time.Since(began); took < renewAlone {
		t.Errorf("renewed after %v: the question did not wait", took)
	}
	await(t, s.states)
}

// TestAttackSuspendedKiosk: its connection is gone within 5 seconds, it says why it sells
// nothing, and it is back when two people have resumed it.
func TestAttackSuspendedKiosk(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"op", "boss"} {
		if err := s.shop.PutUser(t.Context(), people.User{Name: name, Role: people.RoleOperator, Hash: "x"}, "test", s.now()); err != nil {
			t.Fatal(err)
		}
	}
	defer s.run()()
	await(t, s.states)
	began := time.Now()
	if _, err := s.shop.Identities.Suspend(t.Context(), "10000001", "op", "stolen", s.now()); err != nil {
		t.Fatal(err)
	}
	for {
		if e := await(t, s.events); e == (kiosk.Link{Up: false}) {
			break
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("gone after %s", took)
	}
	s.warned(condition.NotAdmitted, true)

	p, err := s.shop.Plans.Propose(t.Context(), approval.ResumeKiosk, approval.Ask{Object: "10000001", Reason: "found", By: "op"}, s.now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.shop.Plans.Approve(t.Context(), p.ID, p.Hash, "boss", "", s.now()); err != nil {
		t.Fatal(err)
	}
	s.warned(condition.NotAdmitted, false)
}

// TestAttackTakenOverAtTheKiosk: a line that the other end cuts again and again is a
// condition, until it has stood for long; one that falls silent is none.
func TestAttackTakenOverAtTheKiosk(t *testing.T) {
	u, _, events := heard(t)
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	said := func() (out []string) {
		for _, e := range *events {
			if w, ok := e.(kiosk.Warning); ok {
				out = append(out, fmt.Sprint(w.Code, " ", w.On))
			}
		}
		*events = nil

		return out
	}
	for range 20 {
		u.down(t.Context(), at, errors.New("pingresp not received"))
		at = at.Add(10 * time.Second)
	}
	for range 5 {
		u.down(t.Context(), at, io.EOF)
		at = at.Add(time.Minute)
	}
	if got := said(); got != nil {
		t.Errorf("told %v", got)
	}
	u.down(t.Context(), at, fmt.Errorf("lost: %w", io.EOF))
	if got := fmt.Sprint(said()); got != "[line-flaps true]" {
		t.Errorf("told %s", got)
	}
	u.calm(t.Context(), at.Add(9*time.Minute))
	if got := said(); got != nil {
		t.Errorf("told %v", got)
	}
	u.calm(t.Context(), at.Add(10*time.Minute))
	if got := fmt.Sprint(said()); got != "[line-flaps false]" {
		t.Errorf("told %s", got)
	}
}

// TestAttackKeyThatLayInClear: the key of a board from before it sealed its keys may have been
// copied with its disk. It is renewed at the first connection, long before it is due; the new
// one is sealed, and head office takes the old one from nobody. A board that seals nothing goes
// on as it was.
func TestAttackKeyThatLayInClear(t *testing.T) {
	s := newSite(t)
	if _, id := s.identity(); id.Exposed() {
		t.Error("a board that seals nothing is to renew its key")
	}

	number := filepath.Join(t.TempDir(), "serial-number")
	if err := os.WriteFile(number, []byte("100000003d1d1c36"), 0o600); err != nil {
		t.Fatal(err)
	}
	board := boardkey.New(boardkey.Config{IDs: []boards.ID{{Name: "cpu", Path: number}}})
	s.keys = board
	_, id := s.identity()
	if r := (renewal{id: id}); !r.exposes() || r.exposes() {
		t.Error("the key is not to be renewed once")
	}
	stop := s.run()
	await(t, s.renewed)
	stop()
	if way, err := boardkey.WayOf(filepath.Join(s.dir, "key.pem")); way != boardkey.Bound || err != nil {
		t.Errorf("the key is kept %q, %v", way, err)
	}
	if v := s.desk.Judge("10000001", s.first); v != identity.KeyReplaced {
		t.Errorf("the key that lay in clear: verdict %d", v)
	}

	if _, id := s.identity(); id.Exposed() {
		t.Error("it is to be renewed again")
	}
}
