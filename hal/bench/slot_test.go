package bench_test

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// meterSlot is a bench with a driver at its meter-card reader, a contact reader.
func meterSlot(t *testing.T, cfg bench.Config) *slot {
	t.Helper()
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	s := &slot{t: t, b: b}
	s.cmds, s.events = pumpOn[card.Command, card.Event](t, pcsc.Open(filepath.Join(dir, "dev", "meter-card")), pcsc.New(pcsc.Config{PseudoAPDU: pcsc.ACR}))
	s.media(card.NotPresent)

	return s
}

// TestTwoSlots: each card goes where cards of its kind belong, or where it is forced to,
// and comes out of where it is.
func TestTwoSlots(t *testing.T) {
	t.Parallel()
	s := meterSlot(t, bench.Config{})
	b := s.b
	if err := b.InsertCard(bench.Insertion{Card: bench.MeterCardID, Slot: "coins"}); !errors.Is(err, bench.ErrNoSlot) {
		t.Errorf("a slot that is not there: %v", err)
	}
	if err := b.InsertCard(bench.Insertion{Card: bench.MeterCardID, Slot: bench.BankSlot}); !errors.Is(err, bench.ErrShut) {
		t.Errorf("a meter card that is forced into the bank's slot, which is shut: %v", err)
	}
	for _, in := range []bench.Insertion{{Card: bench.MeterCardID}, {Card: cardsim.BankStripe, Slot: bench.MeterSlot}, {Card: bench.MemoryCardID}} {
		if err := b.InsertCard(in); err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		c, err := b.Card(in.Card)
		if err != nil || c.Slot != bench.MeterSlot || c.Where != bench.AtGate || slices.Contains(b.Cards(), in.Card) {
			t.Errorf("%+v is in %+v, %v", in, c, err)
		}
		if err := b.InsertCard(bench.Insertion{Card: cardsim.BankFunds, Slot: bench.MeterSlot}); !errors.Is(err, bench.ErrShut) || !strings.Contains(err.Error(), in.Card+" in it") {
			t.Errorf("a second card: %v", err)
		}
		if id, err := b.RemoveCard(cardsim.BankFunds); !errors.Is(err, bench.ErrHeld) {
			t.Errorf("took %q, %v", id, err)
		}
		if id, err := b.RemoveCard(in.Card); err != nil || id != in.Card || s.where(id) != bench.InDrawer {
			t.Errorf("took %q, %v", id, err)
		}
	}

	if err := errors.Join(b.CardFault(bench.MeterSlot, "unplugged", false), b.CardFault(bench.BankSlot, "jam", false)); err != nil {
		t.Error(err)
	}
	if err := b.CardFault("coins", "jam", false); !errors.Is(err, bench.ErrNoSlot) {
		t.Errorf("a fault of a slot that is not there: %v", err)
	}
	if st := b.State(); !slices.Equal(st.MeterCard.Faults, []string{"unplugged"}) || !slices.Equal(st.Card.Faults, []string{"jam"}) {
		t.Errorf("faults %v and %v", st.MeterCard.Faults, st.Card.Faults)
	}
}

// TestMeterCards: what each meter card of the drawer says of itself, as a terminal reads
// it.
func TestMeterCards(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	type says struct {
		kind    string
		form    metercard.Form
		use     metercard.Kind
		meter   string
		count   int
		purse   money.Amount
		loaded  uint32
		left    money.Amount
		written bool // by the meter
	}
	for id, want := range map[string]says{
		"meter-1":     {"meter", "cpu", "purchase", "000000000103", 4, 5000, 4, 3650, true},
		"meter-2":     {"meter", "cpu", "purchase", "000000000105", 2, 5000, 0, 0, false},
		"meter-blank": {"meter", "cpu", "blank", "", 0, 0, 0, 0, false},
		"meter-other": {"meter", "cpu", "purchase", "000000770001", 9, 2000, 9, 1240, true},
		"meter-open":  {"meter", "cpu", "open-account", "000000000106", 1, 2000, 0, 0, false},
		"meter-4442":  {"meter", "sle4442", "purchase", "000000000107", 6, 10000, 6, 2210, true},
		"meter-102":   {"meter", "at88sc102", "purchase", "000000000108", 3, 3000, 3, 1505, true},
		"memory-1":    {"memory", "", "", "", 0, 0, 0, 0, false},
	} {
		c, err := b.Card(id)
		got := says{c.Kind, c.Form, c.For, c.MeterNo, c.Count, c.Purse, 0, 0, c.Loaded != nil}
		if c.Loaded != nil && c.Left != nil {
			got.loaded, got.left = *c.Loaded, *c.Left
		}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", id, got, err, want)
		}
	}
}

// update writes a purse onto the meter card of the lab: 100.00 yuan, purchase 5. It says
// what came of it, and whether the card was seen to go meanwhile.
func (s *slot) update() (outcome card.Event, gone bool) {
	s.t.Helper()
	s.do(card.Command{Op: card.PowerOn})
	serial, key := [8]byte{}, [16]byte{}
	copy(serial[:], s.do(card.Command{Op: card.Transmit, Data: unhex(s.t, "00B0990108")}).Data)
	for i := range key {
		key[i] = 0x11
	}
	s.apdu("00A4000002DF01")
	challenge := s.do(card.Command{Op: card.Transmit, Data: unhex(s.t, "0084000008")}).Data[:8]
	s.apdu("0082000208" + hex.EncodeToString(cardsim.TestAuth(key, cardsim.KeyExternal, serial, challenge)))
	challenge = s.do(card.Command{Op: card.Transmit, Data: unhex(s.t, "0084000004")}).Data[:4]
	apdu := unhex(s.t, "04D682000C0000271000000005")
	apdu = append(apdu, cardsim.TestMAC(key, serial, challenge, apdu)...)

	s.id++
	s.cmds <- card.Command{ID: s.id, Op: card.Transmit, Data: apdu}

	outcome = await(s.t, s.events, func(e card.Event) bool {
		gone = gone || e.Kind == card.StatusChanged && e.Status.Media == card.NotPresent
		return e.Kind != card.StatusChanged && e.ID == s.id
	})

	return outcome, gone
}

// TestPlugPulledInTheWrite: whoever has the kiosk's plug is told, and the card stays in the
// slot.
func TestPlugPulledInTheWrite(t *testing.T) {
	t.Parallel()
	pulled := make(chan struct{})
	s := meterSlot(t, bench.Config{Unplug: func() { close(pulled) }})
	if err := s.b.InsertCard(bench.Insertion{Card: bench.MeterCardID, Pull: bench.Pull{At: 1, Done: true, Plug: true}}); err != nil {
		t.Fatal(err)
	}
	s.media(card.Latched)
	if e, _ := s.update(); e.Kind != card.Unknown {
		t.Errorf("%v, %v", e.Kind, e.Err)
	}
	select {
	case <-pulled:
	case <-t.Context().Done():
		t.Fatal("the plug was not pulled")
	}
	if c, err := s.b.Card(bench.MeterCardID); err != nil || c.Slot != bench.MeterSlot || c.Purse != 10000 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestPulledInTheWrite: a hand tears the card out in the command that changes it, once
// before that had its effect, and once after; in the next stay nobody pulls.
func TestPulledInTheWrite(t *testing.T) {
	t.Parallel()
	s := meterSlot(t, bench.Config{})
	for _, c := range []struct {
		pull  bench.Pull
		kind  card.Kind
		purse money.Amount
	}{
		{bench.Pull{At: 1}, card.Unknown, 5000},
		{bench.Pull{At: 2}, card.Done, 10000},
		{bench.Pull{At: 1, Done: true}, card.Unknown, 10000},
		{bench.Pull{}, card.Done, 10000},
	} {
		if err := s.b.InsertCard(bench.Insertion{Card: bench.MeterCardID, Pull: c.pull}); err != nil {
			t.Fatal(err)
		}
		s.media(card.Latched)
		e, gone := s.update()
		if e.Kind != c.kind {
			t.Errorf("%+v: %v, %v", c.pull, e.Kind, e.Err)
		}
		if c.kind == card.Done {
			if _, err := s.b.PullCard(bench.MeterCardID); err != nil {
				t.Error(err)
			}
		}
		if !gone {
			s.media(card.NotPresent)
		}
		if got, err := s.b.Card(bench.MeterCardID); err != nil || got.Where != bench.InDrawer || got.Purse != c.purse {
			t.Errorf("%+v left %+v, %v", c.pull, got, err)
		}
	}
}
