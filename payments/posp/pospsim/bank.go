package pospsim

import (
	"crypto/cipher"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/mac"
)

// DefaultSlow is how late a slow answer is, and a request that is late.
const DefaultSlow = 90 * time.Second

// Config of a Bank. Nil Now is the wall clock; nil Rand a fixed seed; nil Cards and
// Terminals are those of the lab.
type Config struct {
	Now       func() time.Time
	Rand      *rand.Rand
	Slow      time.Duration // 0 is DefaultSlow
	Path      string        // the ledger is saved here after each change; empty for never
	Method    mac.Method    // empty is mac.MethodUnionPay
	DoubleMAC bool          // the MAC key is of double length
	Cards     []Card
	Terminals []Terminal
	Issuer    Issuer // checks chip data; nil takes any and answers none
	// VoidsByNumber has a void come without the card: see posp.Terminal.
	VoidsByNumber bool
	Poster        Poster // books the sales that name an account; nil declines them
	// Heard is given a copy of each frame that comes in, one at a time; nil is nobody. A
	// test that looks for secrets elsewhere learns here what they were.
	Heard func(frame []byte)
}

// Terminal is one that the bank has registered. Master is its master key, which the pad
// has too.
type Terminal struct {
	ID       string // 8 characters
	Merchant string // 15
	Master   [16]byte
}

// Trouble is what is wrong with a card.
type Trouble string

// The troubles; a card without any is good.
const (
	Lost    Trouble = "lost"    // 41: to be kept
	Stolen  Trouble = "stolen"  // 43: to be kept
	Overdue Trouble = "expired" // 54
	CallUs  Trouble = "call"    // 01
	Barred  Trouble = "barred"  // 57
)

// Card is one of the bank's cards.
type Card struct {
	ID      string // names it in ledgers and tests
	PAN     string
	PIN     string // empty: none is asked for
	Expiry  string // YYMM; empty is not checked
	Balance money.Amount
	Limit   money.Amount // of one sale; 0 is none
	Trouble Trouble
}

// maxTries is how many wrong PINs lock a card.
const maxTries = 3

// Issuer is the issuer's host for chip cards.
type Issuer interface {
	// Verify checks the cryptogram in field 55 of a request.
	Verify(pan, sequence string, data []byte) bool
	// Answer is field 55 of the answer with that code: authentication data, scripts.
	Answer(pan, sequence string, data []byte, code string) []byte
}

// Certifier is an Issuer that checks what a chip gave when it agreed to a sale.
type Certifier interface {
	// Certificate checks the TC in field 55 of an upload, and that it is for that amount in
	// fen.
	Certificate(pan, sequence string, data []byte, amount int64) bool
}

// Poster is the bank's way to the utility's MIS, where it books what was paid at its
// terminals. It answers at once, and must not call the bank.
type Poster interface {
	// Post books an amount to an account under the bank's own serial of the sale. An error
	// means that nothing was booked.
	Post(serial, account string, amount money.Amount) error
	// Reverse takes the booking of a serial back. An error means that it stands.
	Reverse(serial string) error
}

// Bank is the simulated bank. Any number of goroutines may use it.
type Bank struct {
	now    func() time.Time
	slow   time.Duration
	path   string
	method mac.Method
	double bool
	issuer Issuer
	poster Poster
	heard  func(frame []byte)

	voidsByNumber bool

	mu        sync.Mutex
	rand      *rand.Rand
	cards     map[string]*account // by card number
	terminals map[string]*terminal
	entries   []*Entry
	booked    map[string]*Entry // by serial
	refusals  map[string]bool   // serials that were reversed before they came
	notices   []Notice
	late      []late
	faults    map[Fault]int
	changed   chan struct{}
	reference int
	err       error
}

// account is a card and what became of it.
type account struct {
	Card
	wrong int // wrong PINs in a row
}

// terminal is a registered terminal and its working keys.
type terminal struct {
	Terminal
	batch  int64
	closed map[int64]string // field 48 of the answer that closed a batch
	totals map[int64]string // what the terminal said then
	pin    cipher.Block
	mac    mac.Maker
}

// New makes a bank. If cfg.Path holds a ledger it is taken up; a file that cannot be
// read is an error from Err, and is left as it is. A terminal or card that no frame
// could name is a panic.
func New(cfg Config) *Bank {
	b := &Bank{
		now: cfg.Now, rand: cfg.Rand, slow: cfg.Slow, path: cfg.Path, method: cfg.Method, double: cfg.DoubleMAC, issuer: cfg.Issuer, poster: cfg.Poster, heard: cfg.Heard,
		voidsByNumber: cfg.VoidsByNumber,
		cards:         map[string]*account{}, terminals: map[string]*terminal{}, booked: map[string]*Entry{}, refusals: map[string]bool{},
		faults: map[Fault]int{}, changed: make(chan struct{}),
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.rand == nil {
		b.rand = rand.New(rand.NewPCG(1, 1))
	}
	if b.slow == 0 {
		b.slow = DefaultSlow
	}
	if b.method == "" {
		b.method = mac.MethodUnionPay
	}
	if cfg.Cards == nil {
		cfg.Cards = LabCards()
	}
	if cfg.Terminals == nil {
		cfg.Terminals = []Terminal{LabTerminal()}
	}
	for _, c := range cfg.Cards {
		b.cards[c.PAN] = &account{Card: c}
	}
	for _, t := range cfg.Terminals {
		if len(t.ID) != 8 || len(t.Merchant) != 15 {
			panic(fmt.Sprintf("pospsim: terminal %q of %q", t.ID, t.Merchant))
		}
		b.terminals[t.ID] = &terminal{Terminal: t, batch: 1, closed: map[int64]string{}, totals: map[int64]string{}}
	}
	if b.path != "" {
		if err := b.load(b.path); err != nil {
			b.err, b.path = err, ""
		}
	}
	return b
}

// LabTerminal is the terminal of the lab. Its master key is a published example.
func LabTerminal() Terminal {
	return Terminal{
		ID: "10000001", Merchant: "105290073724601",
		Master: [16]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10},
	}
}

// LabCards are the bank's side of the bank cards in the lab's drawer: their numbers,
// expiry and PIN are those of cardsim, one for each application, in the order of their
// names. The second application of a card is named after it: bank-6-2.
func LabCards() []Card {
	drawer := cardsim.BankCards()
	var cards []Card
	for _, id := range slices.Sorted(maps.Keys(drawer)) {
		for i, app := range drawer[id].BankApplications() {
			c := Card{ID: id, PAN: app.PAN, PIN: cardsim.BankPIN, Expiry: app.Expiry[:4], Balance: labFunds[id], Trouble: labTroubles[id]}
			if i > 0 {
				c.ID = fmt.Sprintf("%s-%d", id, i+1)
			}
			cards = append(cards, c)
		}
	}
	return cards
}

// labFunds are what the accounts of the drawer's cards hold.
var labFunds = map[string]money.Amount{
	cardsim.BankFunds:    money.Yuan(100_000),
	cardsim.BankCaptured: money.Yuan(1000),
	cardsim.BankStripe:   money.Yuan(1000),
	cardsim.BankDeclines: money.Yuan(1000),
	cardsim.BankTwo:      money.Yuan(1000),
	cardsim.BankExpired:  money.Yuan(1000),
	cardsim.BankBlocked:  money.Yuan(1000),
	cardsim.BankSM4:      money.Yuan(1000),
}

// labTroubles are what the bank knows of the drawer's cards.
var labTroubles = map[string]Trouble{cardsim.BankCaptured: Stolen, cardsim.BankExpired: Overdue}

// Card is a card as it is now.
func (b *Bank) Card(id string) (Card, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.cards {
		if c.ID == id {
			return c.Card, true
		}
	}
	return Card{}, false
}

// Err is the last failure of the simulator itself: to load or to save Config.Path.
func (b *Bank) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
