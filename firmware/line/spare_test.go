package line

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/sparekey"
	"wattkiosk/uplink/wire"
)

var spareAt = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// spareOffice is head office with a key of spares, by turns.
type spareOffice struct {
	t       *testing.T
	sign    ed25519.PrivateKey
	private *ecdh.PrivateKey
	desk    *sparekeys.Desk
	counter *sparekeys.Counter
}

func newSpareOffice(t *testing.T) *spareOffice {
	t.Helper()
	o := &spareOffice{t: t, desk: memstore.New(books.Rules{}).Spares}
	var err error
	if _, o.sign, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	o.rekey(o.sign)
	return o
}

// rekey gives it another key of spares, which a key signs.
func (o *spareOffice) rekey(sign ed25519.PrivateKey) {
	o.t.Helper()
	var err error
	if o.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		o.t.Fatal(err)
	}
	public := o.private.PublicKey().Bytes()
	signed, err := wire.SignSpareFor(sign, wire.SpareFor{V: wire.Version, Key: public})
	if err != nil {
		o.t.Fatal(err)
	}
	o.counter = sparekeys.NewCounter(o.desk, public, signed, func() time.Time { return spareAt }, slog.New(slog.DiscardHandler))
}

func (o *spareOffice) answer(b wire.SpareKeyBody) wire.Reply {
	o.t.Helper()
	raw, err := json.Marshal(b)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.counter.Answer(context.Background(), "10000001", wire.Request{V: wire.Version, ID: "spare-1", Op: wire.OpSpareKey, TTLms: 1, Body: raw})
}

// opens wants the newest spare to open to the key.
func (o *spareOffice) opens(key []byte) {
	o.t.Helper()
	all, err := o.desk.Of(o.t.Context(), "10000001")
	if err != nil || len(all) == 0 {
		o.t.Fatalf("%d spares, %v", len(all), err)
	}
	got, err := sparekey.Open(o.private, "10000001", all[0].ID, []byte(all[0].Sealed))
	if err != nil || string(got) != string(key) {
		o.t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestASpareIsLeft: asked for, sent, confirmed; sent again where the answer was lost; asked
// for again each day, as head office may have lost it.
func TestASpareIsLeft(t *testing.T) {
	o, key := newSpareOffice(t), []byte("a journal's key of 32 bytes.....")
	policy, _ := o.sign.Public().(ed25519.PublicKey)
	s := &spare{kiosk: "10000001", key: key}
	at := spareAt
	idle := func(until time.Time) {
		t.Helper()
		if _, due := s.due(until.Add(-time.Millisecond)); due {
			t.Error("asked too early")
		}
		at = until
	}
	ask := func() wire.SpareKeyBody {
		t.Helper()
		b, due := s.due(at)
		if !due || len(b.Sealed) > 0 {
			t.Fatalf("due %v, %d bytes", due, len(b.Sealed))
		}
		s.open, s.until = "spare-1", at.Add(spareTTL)
		return b
	}
	told := func(r wire.Reply) *wire.SpareKeyBody {
		t.Helper()
		next, err := s.answered(at, r, policy)
		if err != nil {
			t.Error(err)
		}
		return next
	}

	s.up(at, 0.5)
	idle(at.Add(30 * time.Second))
	bring := told(o.answer(ask()))
	if bring == nil {
		t.Fatal("nothing is sent")
	}
	s.open, s.until = "spare-2", at.Add(spareTTL)
	o.answer(*bring) // whose answer is lost
	o.opens(key)
	idle(at.Add(spareTTL))
	s.due(at)
	idle(at.Add(10 * time.Minute))
	if next := told(o.answer(ask())); next != nil {
		t.Error("it is sent again though it is kept")
	}
	idle(at.Add(24 * time.Hour))

	o.rekey(o.sign) // head office lost its key of spares
	next := told(o.answer(ask()))
	if next == nil {
		t.Fatal("nothing is sent for the other key")
	}
	if again := told(o.answer(*next)); again != nil {
		t.Error("more is sent")
	}
	o.opens(key)
	all, err := o.desk.Of(t.Context(), "10000001")
	if err != nil || len(all) != 1 {
		t.Errorf("%d spares, %v", len(all), err)
	}
}

// TestAttackSpareForAnotherOffice: whoever answers in head office's place gets no key that it
// could open, whatever key it names and signs.
func TestAttackSpareForAnotherOffice(t *testing.T) {
	o := newSpareOffice(t)
	policy, _ := o.sign.Public().(ed25519.PublicKey)
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &spare{kiosk: "10000001", key: []byte("a journal's key of 32 bytes.....")}
	b, _ := s.due(spareAt)
	o.rekey(foreign)
	if next, err := s.answered(spareAt, o.answer(b), policy); next != nil || !errors.Is(err, wire.ErrSignature) {
		t.Errorf("%v is sent, %v", next != nil, err)
	}
	for _, body := range []string{`{"kept":false}`, `{}`, `{"kept":false,"for":{"v":1,"body":"e30=","sig":""}}`, `x`} {
		if next, err := s.answered(spareAt, wire.Reply{V: 1, Body: []byte(body)}, policy); next != nil || err == nil {
			t.Errorf("%s: %v is sent, %v", body, next != nil, err)
		}
	}
	if _, due := s.due(spareAt.Add(10 * time.Minute)); !due {
		t.Error("it is not asked for again")
	}
}

// TestAnOlderOfficeIsAskedDaily: it does not know the request.
func TestAnOlderOfficeIsAskedDaily(t *testing.T) {
	for code, wait := range map[string]time.Duration{wire.ErrCodeBadRequest: 24 * time.Hour, wire.ErrCodeTooMany: 24 * time.Hour, wire.ErrCodeUnavailable: 10 * time.Minute} {
		s := &spare{kiosk: "10000001", key: []byte("a journal's key of 32 bytes.....")}
		next, err := s.answered(spareAt, wire.Reply{V: 1, Error: &wire.Error{Code: code}}, nil)
		_, early := s.due(spareAt.Add(wait - time.Second))
		_, due := s.due(spareAt.Add(wait))
		if next != nil || err == nil || early || !due {
			t.Errorf("%s: %v, early %v, due %v", code, err, early, due)
		}
	}
}

func TestNoKeyLeavesNoSpare(t *testing.T) {
	if _, due := (&spare{kiosk: "10000001"}).due(spareAt); due {
		t.Error("asked for a journal without a key")
	}
}
