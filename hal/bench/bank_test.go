package bench_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/zt588"
)

// slot is a bench with a driver at its card reader.
type slot struct {
	t      *testing.T
	b      *bench.Bench
	cmds   chan<- card.Command
	events <-chan card.Event
	id     uint32
}

func newSlot(t *testing.T, reader string, eng card.Engine) *slot {
	t.Helper()
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, bench.Config{Reader: reader, Times: bench.ReaderTimes{
		Entry: 100 * time.Millisecond, Move: 50 * time.Millisecond, Chip: time.Millisecond, Boot: 50 * time.Millisecond,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	s := &slot{t: t, b: b}
	s.cmds, s.events = pump[card.Command, card.Event](t, filepath.Join(dir, "dev", "card"), eng)
	s.media(card.NotPresent)

	return s
}

func (s *slot) media(m card.Media) {
	s.t.Helper()
	await(s.t, s.events, func(e card.Event) bool { return e.Kind == card.StatusChanged && e.Status.Media == m })
}

func (s *slot) do(c card.Command) card.Event {
	s.t.Helper()
	s.id++
	c.ID = s.id
	s.cmds <- c
	e := await(s.t, s.events, func(e card.Event) bool { return e.Kind != card.StatusChanged && e.ID == c.ID })
	if e.Kind != card.Done {
		s.t.Fatalf("%v: %v, %v", c.Op, e.Kind, e.Err)
	}

	return e
}

// apdu sends a command to the chip, which takes it.
func (s *slot) apdu(hexadecimal string) {
	s.t.Helper()
	b, err := hex.DecodeString(hexadecimal)
	if err != nil {
		s.t.Fatal(err)
	}
	if e := s.do(card.Command{Op: card.Transmit, Data: b}); !strings.HasSuffix(hex.EncodeToString(e.Data), "9000") {
		s.t.Errorf("the chip answers %s by %d bytes", hexadecimal[:8], len(e.Data))
	}
}

// in puts a card in, as soon as the gate is open.
func (s *slot) in(id string) {
	s.t.Helper()
	s.do(card.Command{Op: card.Accept})
	if err := s.b.InsertCard(bench.Insertion{Card: id}); err != nil {
		s.t.Fatal(err)
	}
	s.media(card.Present)
}

func (s *slot) where(id string) bench.Place {
	s.t.Helper()
	c, err := s.b.Card(id)
	if err != nil {
		s.t.Fatal(err)
	}

	return c.Where
}

// TestBankCard: a card goes in only when the reader wants one, pays, is held, comes out,
// is captured and is torn out; and nothing that the bench says has its number.
func TestBankCard(t *testing.T) {
	for name, eng := range map[string]card.Engine{"crt571": crt571.New(crt571.Config{Tracks: true}), "crt310": crt310.New(crt310.Config{})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bankCard(newSlot(t, name, eng))
		})
	}
}

func bankCard(s *slot) {
	t, b := s.t, s.b
	refused := func(err, want error, words string) {
		t.Helper()
		if !errors.Is(err, want) || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %v: %s", err, want, words)
		}
	}
	refused(b.InsertCard(bench.Insertion{Card: cardsim.BankFunds}), bench.ErrShut, "its gate opens only while the kiosk asks for a card")
	_, err := b.RemoveCard("")
	refused(err, bench.ErrHeld, "none at the gate")

	s.in(cardsim.BankFunds)
	refused(b.InsertCard(bench.Insertion{Card: cardsim.BankNoFunds}), bench.ErrShut, "there is bank-1 in it")
	_, err = b.RemoveCard("")
	refused(err, bench.ErrHeld, "the reader holds bank-1")
	if s.where(cardsim.BankFunds) != bench.InReader || slices.Contains(b.Cards(), cardsim.BankFunds) {
		t.Errorf("bank-1 is in the %s", s.where(cardsim.BankFunds))
	}

	s.do(card.Command{Op: card.PowerOn})
	s.apdu("00A4040008A00000033301010100")
	s.apdu("80A800000E830C0000000001285001560156" + "0100")
	if c, err := b.Card(cardsim.BankFunds); err != nil || c.Count != 1 || c.Tries != 3 || c.PAN != "622588******0019" {
		t.Errorf("%+v, %v", c, err)
	}
	if e := s.do(card.Command{Op: card.ReadTracks}); string(e.Tracks[1]) != "6225880000000019=35122200000000000" {
		t.Error("track 2 is another")
	}
	masksAll(t, b)

	s.do(card.Command{Op: card.Eject})
	if got := s.where(cardsim.BankFunds); got != bench.AtGate {
		t.Errorf("bank-1 is in the %s", got)
	}
	if id, err := b.RemoveCard(""); err != nil || id != cardsim.BankFunds || s.where(id) != bench.InDrawer {
		t.Errorf("taken: %q, %v", id, err)
	}
	s.media(card.NotPresent)

	s.in(cardsim.BankCaptured)
	s.do(card.Command{Op: card.Capture})
	if got := s.where(cardsim.BankCaptured); got != bench.Captured {
		t.Errorf("bank-3 is in the %s", got)
	}
	if got := b.EmptyBin(); !slices.Equal(got, []string{cardsim.BankCaptured}) || s.where(cardsim.BankCaptured) != bench.InDrawer {
		t.Errorf("the bin held %v", got)
	}

	s.in(cardsim.BankNoFunds)
	if id, err := b.PullCard(""); err != nil || id != cardsim.BankNoFunds || s.where(id) != bench.InDrawer {
		t.Errorf("torn out: %q, %v", id, err)
	}
}

// masksAll wants no number of a card, and no PIN, in what the bench says.
func masksAll(t *testing.T, b *bench.Bench) {
	t.Helper()
	said, err := json.Marshal(b.State())
	if err != nil {
		t.Fatal(err)
	}
	all := b.AllCards()
	text := string(said) + fmt.Sprintf("%+v", all)
	for _, c := range all {
		if pan := cardsim.BankPAN(c.ID); pan != "" && strings.Contains(text, pan) {
			t.Errorf("the number of %s is said", c.ID)
		}
	}
	if strings.Contains(text, cardsim.BankCreditPAN) || strings.Contains(text, cardsim.BankPIN) {
		t.Error("a number or a PIN is said")
	}
}

// TestCardsOfTheBench: each has its place, and the stripe of one without a chip is masked
// like all others.
func TestCardsOfTheBench(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	masksAll(t, b)
	c, err := b.Card(cardsim.BankStripe)
	if err != nil || c.Kind != "bank" || c.Chip || c.PAN != "622588******0043" || c.Stripe != "622588******0043=*****************" {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = b.Card(cardsim.BankTwo)
	if err != nil || len(c.Applications) != 2 || c.Applications[1].Label != "PBOC CREDIT" || c.Applications[1].PAN != "622588******0167" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := b.Card("nobody's"); !errors.Is(err, bench.ErrNoCard) {
		t.Errorf("a card that is not there: %v", err)
	}
}

// TestFaultsOfCardDevices: each fault that is offered can be set and cleared.
func TestFaultsOfCardDevices(t *testing.T) {
	t.Parallel()
	for _, reader := range bench.Readers() {
		b, err := bench.OpenWith(t.TempDir(), bench.Config{Reader: reader})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range bench.ReaderFaults(reader) {
			if err := errors.Join(b.CardFault(bench.BankSlot, kind, false), b.CardFault(bench.BankSlot, kind, true)); err != nil {
				t.Errorf("%s: %v", reader, err)
			}
		}
		for _, kind := range bench.PinpadFaults() {
			if err := errors.Join(b.PinpadFault(kind, false), b.PinpadFault(kind, true)); err != nil {
				t.Error(err)
			}
		}
		if s := b.State(); len(s.Card.Faults) != 0 || len(s.Pinpad.Faults) != 0 {
			t.Errorf("%s: %+v, %+v", reader, s.Card, s.Pinpad)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPINPad: keys, marks, the block of what was typed, no power, and an opened case.
func TestPINPad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, bench.Config{Master: []byte("0123456789ABCDEF")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	cmds, events := pump[pinpad.Command, pinpad.Event](t, filepath.Join(dir, "dev", "pinpad"), zt588.New())
	await(t, events, func(e pinpad.Event) bool { return e.Kind == pinpad.StatusChanged && e.Status.Keyed })
	var id uint32
	order := func(c pinpad.Command) {
		id++
		c.ID = id
		cmds <- c
	}
	outcome := func() pinpad.Event {
		t.Helper()
		return await(t, events, func(e pinpad.Event) bool { return e.ID == id && e.Kind != pinpad.KeyPressed })
	}
	// openssl made the key under the master key, its check value, and the PIN block.
	load := pinpad.Command{
		Op: pinpad.LoadKey, Slot: 1, Use: pinpad.ForPIN, Key: unhex(t, "1b5e270dcfb26a3709e7e35eba07f75c"), KCV: unhex(t, "d2b91cc5"),
	}
	order(load)
	if e := outcome(); e.Kind != pinpad.Done {
		t.Fatalf("the key was not taken: %v", e.Err)
	}

	enter := pinpad.Command{Op: pinpad.EnterPIN, Slot: 1, PAN: []byte("6225880000000019"), Max: 6}
	press := func(keys string, marks int) {
		t.Helper()
		if err := b.Press(keys); err != nil {
			t.Error(err)
		}
		if s := b.State().Pinpad; !s.Asking || s.Marks != marks {
			t.Errorf("after %d keys the pad shows %+v, want %d marks", len(keys), s, marks)
		}
		await(t, events, func(e pinpad.Event) bool { return e.Kind == pinpad.KeyPressed && e.Count == marks })
	}
	order(enter)
	asking(t, b, true)
	press("129", 3)
	press("B", 2)
	press("3456", 6)
	if err := b.Press("E"); err != nil {
		t.Error(err)
	}
	if e := outcome(); e.Kind != pinpad.Done || hex.EncodeToString(e.Data) != "f04fbcfcd021327e" {
		t.Errorf("%v: %v, %d bytes", e.Kind, e.Err, len(e.Data))
	}
	if err := b.Press("123456X"); err == nil || strings.Contains(err.Error(), "1") {
		t.Errorf("a key that is not there: %v", err)
	}

	order(enter)
	asking(t, b, true)
	b.Power(false)
	asking(t, b, false)
	b.Power(true)
	order(pinpad.Command{Op: pinpad.Cancel})
	if e := outcome(); e.Kind != pinpad.Done {
		t.Errorf("the driver does not give up: %v", e.Err)
	}

	if err := b.PinpadFault("tamper", false); err != nil {
		t.Fatal(err)
	}
	order(load)
	if e := outcome(); e.Kind != pinpad.NotDone || !errors.Is(e.Err, pinpad.ErrNoKey) {
		t.Errorf("an opened pad took a key: %v, %v", e.Kind, e.Err)
	}
	if err := b.PinpadFault("tamper", true); err != nil {
		t.Fatal(err)
	}
	order(load)
	if e := outcome(); e.Kind != pinpad.Done {
		t.Errorf("after the secure room: %v", e.Err)
	}
}

// asking waits until the pad takes a PIN, or does not.
func asking(t *testing.T, b *bench.Bench, want bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(10 * time.Second); b.State().Pinpad.Asking != want; {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the pad takes a PIN: %v", !want)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}

	return b
}
