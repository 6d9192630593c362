package bench

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Why a hand at the card slot does not do what it wants to.
var (
	// ErrNoCard: no such card is in the drawer, or on the bench at all.
	ErrNoCard = errors.New("no such card")
	// ErrShut: the reader lets no card in.
	ErrShut = errors.New("the reader lets no card in")
	// ErrHeld: there is no card that could be taken.
	ErrHeld = errors.New("no card can be taken")
)

// Place is where a card is.
type Place string

// The places.
const (
	InDrawer Place = "drawer"
	AtGate   Place = "gate" // half in, half out: a hand can take it
	InReader Place = "reader"
	Captured Place = "captured" // in the reader's bin
)

// CardState is a card as it is now, without a secret: numbers are masked.
type CardState struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"` // bank, meter, memory
	Where Place  `json:"where"`
	Slot  Slot   `json:"slot,omitempty"` // unless it is in the drawer
	Chip  bool   `json:"chip"`
	// Stripe is track 2, of which only the first and the last digits of the number are
	// there; empty without a stripe.
	Stripe string `json:"stripe,omitempty"`

	PAN     string `json:"pan,omitempty"`     // of the first application
	Count   int    `json:"count"`             // payments, or purchases, that the chip has counted
	Tries   int    `json:"tries"`             // of the card's own PIN, left
	Scripts int    `json:"scripts"`           // commands of the issuer that it has carried out
	Blocked bool   `json:"blocked,omitempty"` // by its issuer, as a whole

	Form    metercard.Form `json:"form,omitempty"`     // of a meter card: cpu, sle4442, at88sc102
	For     metercard.Kind `json:"for,omitempty"`      // the same: purchase, open-account, …
	MeterNo string         `json:"meter_no,omitempty"` // the same: digits
	Purse   money.Amount   `json:"purse,omitempty"`    // the same: of the last purchase, fen
	Loaded  *uint32        `json:"loaded,omitempty"`   // the same: purchases that the meter has taken, as it wrote back
	Left    *money.Amount  `json:"left,omitempty"`     // the same: fen in the meter then

	Applications []ApplicationState `json:"applications,omitempty"`
}

// ApplicationState is one application of a bank card.
type ApplicationState struct {
	Label   string `json:"label"`
	PAN     string `json:"pan"` // masked
	Count   int    `json:"count"`
	Tries   int    `json:"tries"`
	Scripts int    `json:"scripts"`
	Blocked bool   `json:"blocked,omitempty"`
}

// Cards lists the cards in the drawer, sorted.
func (b *Bench) Cards() (ids []string) {
	b.atReaders(func(time.Time) {
		for _, id := range slices.Sorted(maps.Keys(b.cards)) {
			if b.at[id] == "" {
				ids = append(ids, id)
			}
		}
	})
	return ids
}

// AllCards are all cards of the bench, wherever they are, in the order of their names.
func (b *Bench) AllCards() (all []CardState) {
	b.atReaders(func(time.Time) {
		for _, id := range slices.Sorted(maps.Keys(b.cards)) {
			all = append(all, b.cardState(b.cards[id]))
		}
	})
	return all
}

// Card is one of them; an unknown one is ErrNoCard.
func (b *Bench) Card(id string) (s CardState, err error) {
	b.atReaders(func(time.Time) {
		c := b.cards[id]
		if c == nil {
			err = fmt.Errorf("%w: %.40q", ErrNoCard, id)
			return
		}
		s = b.cardState(c)
	})
	return s, err
}

// Insertion is a hand that puts a card in.
type Insertion struct {
	Card string
	Slot Slot // "" is the one where cards of its kind belong
	Pull Pull
}

// InsertCard puts a card of the drawer into a reader. It fails with ErrShut when the
// reader lets none in.
func (b *Bench) InsertCard(in Insertion) (err error) {
	b.atReaders(func(now time.Time) {
		c := b.cards[in.Card]
		if c == nil || b.at[in.Card] != "" {
			err = fmt.Errorf("%w in the drawer: %.40q", ErrNoCard, in.Card)
			return
		}
		if _, ok := c.Processor.(*cardsim.MeterCard); !ok && in.Pull.At > 0 {
			err = ErrPull
			return
		}
		var s Slot
		if s, err = slotOf(in.Slot, c); err != nil {
			return
		}
		if err = b.readers[s].InsertCard(now, c); err != nil {
			err = fmt.Errorf("%w: %s", ErrShut, b.shutBecause(s))
			return
		}
		b.at[c.ID] = s
		b.arm(c, s, in.Pull)
	})
	return err
}

// shutBecause is why a card does not go in.
func (b *Bench) shutBecause(s Slot) string {
	if c := b.inSlot(s); c != nil {
		return "there is " + c.ID + " in it"
	}
	return "its gate opens only while the kiosk asks for a card"
}

// RemoveCard takes a card that a reader offers and puts it back into the drawer: the one
// that is named, else whichever is offered. It fails with ErrHeld while the reader holds
// its card, and without one.
func (b *Bench) RemoveCard(id string) (taken string, err error) {
	return b.out(id, func(s Slot) bool { return b.readers[s].Offered() != nil }, cardReader.TakeCard)
}

// PullCard tears a card out, even if the reader holds it: the one that is named, else
// whichever there is.
func (b *Bench) PullCard(id string) (taken string, err error) {
	return b.out(id, func(s Slot) bool { return b.inSlot(s) != nil }, cardReader.PullCard)
}

// out takes the card that is named out of its reader, or that of the first slot that will
// do.
func (b *Bench) out(id string, will func(Slot) bool, take func(cardReader, time.Time) (*cardsim.Card, error)) (taken string, err error) {
	b.atReaders(func(now time.Time) {
		from := b.at[id]
		if id == "" {
			from = b.firstSlot(will)
		}
		if from == "" {
			err = fmt.Errorf("%w: there is none at the gate", ErrHeld)
			return
		}

		c, failed := take(b.readers[from], now)
		switch held := b.inSlot(from); {
		case failed == nil:
			b.putBack(c)
			taken = c.ID
		case held != nil:
			err = fmt.Errorf("%w: the reader holds %s", ErrHeld, held.ID)
		default:
			err = fmt.Errorf("%w: there is none at the gate", ErrHeld)
		}
	})
	if meterCards()[taken].Serial != "" {
		b.keep()
	}
	return taken, err
}

// firstSlot is the first slot that will do; where none will, one with a card; else "".
func (b *Bench) firstSlot(will func(Slot) bool) Slot {
	for _, ok := range []func(Slot) bool{will, func(s Slot) bool { return b.inSlot(s) != nil }} {
		if i := slices.IndexFunc(Slots(), ok); i >= 0 {
			return Slots()[i]
		}
	}
	return ""
}

// putBack puts a card that has left its reader into the drawer.
func (b *Bench) putBack(c *cardsim.Card) {
	b.disarm(c)
	delete(b.at, c.ID)
}

// EmptyBin is staff who take the captured cards out; they are in the drawer then.
func (b *Bench) EmptyBin() (ids []string) {
	b.atReaders(func(time.Time) {
		for _, s := range Slots() {
			for _, c := range b.readers[s].EmptyBin() {
				b.putBack(c)
				ids = append(ids, c.ID)
			}
		}
	})
	return ids
}

// place needs the readers' lines.
func (b *Bench) place(c *cardsim.Card) Place {
	switch s := b.at[c.ID]; {
	case s == "":
		return InDrawer
	case b.readers[s].Offered() == c:
		return AtGate
	case slices.Contains(b.readers[s].Retained(), c):
		return Captured
	}
	return InReader
}

// Kinds of cards.
const (
	bankCard   = "bank"
	meterCard  = "meter"
	memoryCard = "memory"
)

// kind is what a card is.
func kind(c *cardsim.Card) string {
	switch processor(c).(type) {
	case *cardsim.MeterCard:
		return meterCard
	case *cardsim.BankCard:
		return bankCard
	}
	if c.Memory == nil {
		return bankCard // stripe only
	}
	if f, ok := facts(c); ok && f.Meter != "" {
		return meterCard
	}
	return memoryCard
}

// cardState needs the readers' lines.
func (b *Bench) cardState(c *cardsim.Card) CardState {
	s := CardState{
		ID: c.ID, Kind: kind(c), Where: b.place(c), Slot: b.at[c.ID], Chip: c.Processor != nil || c.Memory != nil, Stripe: maskedStripe(c.Tracks[1]),
	}
	if chip, ok := processor(c).(*cardsim.BankCard); ok {
		s.Blocked = chip.Blocked
	}
	if f, ok := facts(c); ok && s.Kind == meterCard {
		s.Form, s.For, s.MeterNo, s.Count, s.Purse = f.Form, f.Kind, f.Meter, int(f.Count), f.Purse
		if f.Loaded > 0 {
			s.Loaded, s.Left = &f.Loaded, &f.Left
		}
	}

	for _, app := range c.BankApplications() {
		s.Applications = append(s.Applications, ApplicationState{
			Label: app.Label, PAN: masked(app.PAN), Count: int(app.ATC), Tries: int(app.Tries), Scripts: int(app.Scripts), Blocked: app.Blocked,
		})
	}
	if len(s.Applications) > 0 {
		first := s.Applications[0]
		s.PAN, s.Count, s.Tries, s.Scripts = first.PAN, first.Count, first.Tries, first.Scripts
	}
	return s
}

// masked is a card's number of which six digits and the last four are left.
func masked(pan string) string {
	if len(pan) < 12 {
		return strings.Repeat("*", len(pan))
	}
	return pan[:6] + strings.Repeat("*", len(pan)-10) + pan[len(pan)-4:]
}

func maskedStripe(track2 string) string {
	pan, rest, ok := strings.Cut(track2, "=")
	if !ok {
		return strings.Repeat("*", len(track2))
	}
	return masked(pan) + "=" + strings.Repeat("*", len(rest))
}
