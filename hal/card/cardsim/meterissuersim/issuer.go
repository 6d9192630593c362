package meterissuersim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/mis"
)

// Keys open the cards.
type Keys struct {
	Processor [16]byte
	SLE4442   [3]byte
	AT88SC102 [2]byte
}

// TestKeys are those of every card that New makes.
func TestKeys() Keys {
	k := Keys{SLE4442: [3]byte{0x12, 0x34, 0x56}, AT88SC102: [2]byte{0x12, 0x34}}
	copy(k.Processor[:], bytes.Repeat([]byte{0x11}, len(k.Processor)))

	return k
}

// maxSessions is how many sales may be under way at once.
const maxSessions = 256

// Issuer makes steps. Any number of goroutines may use it.
type Issuer struct {
	keys    Keys
	updates []update // of a processor card, in order
	early   bool     // the purse is written first
	atOnce  bool     // all updates of a processor card are one round

	mu       sync.Mutex
	drawn    uint64
	sessions map[string]*session // by serial of the sale
}

// session is one stay of a card, as far as it has come.
type session struct {
	next   int // the round that is due
	random []byte
	serial [8]byte
	param  userfile.Param
}

// NewIssuer makes an issuer that no card has been to.
func NewIssuer(keys Keys) *Issuer {
	return &Issuer{keys: keys, updates: []update{updateParam, clearReturn, updatePurse}, sessions: map[string]*session{}}
}

// PurseFirst has the issuer write the purse before everything else, as none may: a card that is
// torn out after it has a purchase that its meter cannot load. atOnce puts what a processor card
// is told in one round, where it else is one for each file.
func (i *Issuer) PurseFirst(atOnce bool) *Issuer {
	i.updates, i.early, i.atOnce = []update{updatePurse, updateParam, clearReturn}, true, atOnce

	return i
}

// Steps is the next round for a card that sold is to be written onto. Round 0 begins a
// stay of the card; any other is refused unless it follows the one before.
func (i *Issuer) Steps(o cardsystem.StepsOrder, sold metercard.Sold) cardsystem.StepsResult {
	i.mu.Lock()
	defer i.mu.Unlock()

	if o.Card.Serial != sold.Card {
		return refused(mis.OtherCard, "this is another card")
	}
	if o.Round == 0 {
		i.begin(o.Serial)
	}
	s := i.sessions[o.Serial]
	if s == nil || s.next != o.Round {
		return refused(mis.NotPayable, fmt.Sprintf("round %d is not due", o.Round))
	}
	s.next++

	r := i.round(s, o, sold)
	if r.Last || r.Outcome != mis.Done {
		delete(i.sessions, o.Serial)
	}

	return r
}

func (i *Issuer) begin(serial string) {
	if len(i.sessions) >= maxSessions {
		clear(i.sessions) // whoever was under way begins again
	}
	i.drawn++
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("meterissuersim"), i.drawn))
	i.sessions[serial] = &session{random: h[:8]}
}

func (i *Issuer) round(s *session, o cardsystem.StepsOrder, sold metercard.Sold) cardsystem.StepsResult {
	switch o.Card.Form {
	case metercard.CPU:
		return i.processor(s, o, sold)
	case metercard.SLE4442:
		return i.memory(o, sold, i.keys.SLE4442[:])
	case metercard.AT88SC102:
		return i.memory(o, sold, i.keys.AT88SC102[:])
	}

	return refused(mis.OtherCard, "cards of this form are not written")
}

func refused(why mis.Reason, text string) cardsystem.StepsResult {
	return cardsystem.StepsResult{Outcome: mis.NotDone, Reason: why, Text: text}
}

func next(steps ...script.Step) cardsystem.StepsResult {
	return cardsystem.StepsResult{Outcome: mis.Done, Steps: steps}
}

// due says whether a card that has come so far takes the sale next.
func due(count uint32, sold metercard.Sold) (cardsystem.StepsResult, bool) {
	switch {
	case count == sold.Count:
		return refused(mis.Written, "the card has this purchase"), false
	case count+1 != sold.Count:
		return refused(mis.CountDiffers, fmt.Sprintf("the card has purchase %d", count)), false
	}

	return cardsystem.StepsResult{}, true
}

// isCard compares the number of a card with the one that was sold onto.
func isCard(number []byte, sold metercard.Sold) bool {
	want, err := hex.DecodeString(sold.Card)

	return err == nil && bytes.Equal(number, want)
}

// Names under which answers come back.
const (
	savedSerial    = "serial"
	savedParam     = "param"
	savedPurse     = "purse"
	savedProof     = "proof"
	savedRandom    = "random"
	savedIdentity  = "identity"
	savedPurchases = "purchases"
)

// memory is a round of a memory card.
func (i *Issuer) memory(o cardsystem.StepsOrder, sold metercard.Sold, code []byte) cardsystem.StepsResult {
	l, _ := userfile.LayoutOf(o.Card.Form)
	from, to := l.Purchase[0], l.Purchase[1]+userfile.BlockSize
	if o.Round == 0 {
		return next(
			script.Step{Op: script.Read, Address: l.Identity, Length: userfile.IdentitySize, Save: savedIdentity},
			script.Step{Op: script.Read, Address: from, Length: to - from, Save: savedPurchases},
		)
	}

	identity, err := userfile.DecodeIdentity(o.Saved[savedIdentity])
	both := o.Saved[savedPurchases]
	if err != nil || len(both) != to-from || !isCard(identity.Number[:], sold) {
		return refused(mis.OtherCard, "this is another card")
	}
	had, there := userfile.DecodeBought(identity.Number, [2][]byte{both[:userfile.BlockSize], both[len(both)-userfile.BlockSize:]})
	if !there {
		return refused(mis.OtherCard, "the card has no purchase that can be read")
	}
	if r, ok := due(had.Count, sold); !ok {
		return r
	}

	bought := userfile.Bought{Kind: metercard.Purchase, Count: sold.Count, Amount: sold.Amount}
	b, err := bought.Bytes(identity.Number)
	if err != nil {
		return refused(mis.NotPayable, "the card cannot hold this purchase")
	}
	at, body := bought.Place(l), len(b)-userfile.CheckSize
	writes := []script.Step{
		{Op: script.Write, Address: at, Data: b[:body], Changes: true},
		{Op: script.Write, Address: at + body, Data: b[body:], Changes: true, Purse: true},
	}
	if i.early {
		slices.Reverse(writes)
	}
	r := next(append([]script.Step{{Op: script.Verify, Data: bytes.Clone(code), Changes: true}}, writes...)...)
	r.Last = true

	return r
}

// authentication is an answer of the test algorithm.
func (i *Issuer) authentication(purpose byte, serial [8]byte, challenge []byte) []byte {
	return cardsim.TestAuth(i.keys.Processor, purpose, serial, challenge)
}
