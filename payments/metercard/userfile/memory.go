package userfile

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Sizes of the blocks of a memory card in bytes; the last CheckSize of each are its
// checksum.
const (
	IdentitySize = 24
	BlockSize    = 12 // a purchase, or a return
	CheckSize    = 4
)

const (
	tagIdentity = "WK1i"
	tagPurchase = "WK1p"
	tagReturn   = "WK1r"
)

// Layout is where the blocks of a memory card stand, by byte address. Of purchases and
// returns the first place is for even counts, the second for odd ones.
type Layout struct {
	Identity int
	Purchase [2]int
	Return   [2]int
}

// LayoutOf is that of a form of memory card.
func LayoutOf(form metercard.Form) (Layout, bool) {
	switch form {
	case metercard.SLE4442:
		return Layout{Identity: 8, Purchase: [2]int{64, 96}, Return: [2]int{128, 160}}, true
	case metercard.AT88SC102:
		return Layout{Identity: 92, Purchase: [2]int{22, 34}, Return: [2]int{46, 58}}, true
	}

	return Layout{}, false
}

// Identity is whose card it is.
type Identity struct {
	Number   [SerialSize]byte
	Customer string // up to 12 digits
	Meter    string // the same
}

// Bytes is the block. Numbers that are not are ErrFile.
func (i Identity) Bytes() ([]byte, error) {
	customer, err := number(i.Customer)
	if err != nil {
		return nil, err
	}
	meter, err := number(i.Meter)
	if err != nil {
		return nil, err
	}
	b := append(append(append([]byte(nil), i.Number[:]...), customer[:]...), meter[:]...)

	return binary.BigEndian.AppendUint32(b, check(tagIdentity, nil, b)), nil
}

// DecodeIdentity reads the block; one that does not check is ErrFile.
func DecodeIdentity(b []byte) (Identity, error) {
	if len(b) != IdentitySize || !checks(tagIdentity, nil, b) {
		return Identity{}, fmt.Errorf("%w: identity", ErrFile)
	}
	const customerAt, meterAt = SerialSize, SerialSize + numberSize
	customer, err := digits(b[customerAt:meterAt])
	if err != nil {
		return Identity{}, err
	}
	meter, err := digits(b[meterAt : meterAt+numberSize])
	if err != nil {
		return Identity{}, err
	}

	return Identity{Number: [SerialSize]byte(b[:SerialSize]), Customer: customer, Meter: meter}, nil
}

// Bought is the purchase that a memory card carries.
type Bought struct {
	Kind   metercard.Kind
	Count  uint32
	Amount money.Amount
}

// Bytes is the block on the card with that number. The last CheckSize bytes are to be
// written last.
func (b Bought) Bytes(card [SerialSize]byte) ([]byte, error) {
	t := typeOf(b.Kind)
	if t == 0 || b.Count > metercard.MaxCount-1 || b.Amount < 0 || b.Amount > 1<<32-1 {
		return nil, fmt.Errorf("%w: %s, purchase %d, %s", ErrFile, b.Kind, b.Count, b.Amount)
	}

	return block(tagPurchase, card, t, b.Count, uint32(b.Amount)), nil
}

// Place is where it stands.
func (b Bought) Place(l Layout) int { return l.Purchase[b.Count%2] }

// Loaded is what a meter wrote back on a memory card.
type Loaded struct {
	Count uint32
	Left  money.Amount // below 0 it is lent
}

// Bytes is the block on the card with that number.
func (l Loaded) Bytes(card [SerialSize]byte) ([]byte, error) {
	if l.Count > metercard.MaxCount-1 || l.Left < -1<<31 || l.Left > 1<<31-1 {
		return nil, fmt.Errorf("%w: return of purchase %d, %s", ErrFile, l.Count, l.Left)
	}

	return block(tagReturn, card, 0, l.Count, uint32(int32(l.Left))), nil
}

// Place is where it stands.
func (l Loaded) Place(at Layout) int { return at.Return[l.Count%2] }

// block is first 1, count 3, amount 4, checksum 4.
func block(tag string, card [SerialSize]byte, first byte, count, amount uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, count)
	b[0] = first
	b = binary.BigEndian.AppendUint32(b, amount)

	return binary.BigEndian.AppendUint32(b, check(tag, card[:], b))
}

// content is what a block has before its checksum.
type content struct {
	first         byte
	count, amount uint32
}

// unblock reads the one of two blocks that is there and has the higher count.
func unblock(tag string, card [SerialSize]byte, two [2][]byte) (c content, there bool) {
	for parity, b := range two {
		if len(b) != BlockSize || !checks(tag, card[:], b) {
			continue
		}
		n := uint32(b[1])<<16 | uint32(binary.BigEndian.Uint16(b[2:]))
		if int(n%2) != parity || there && n <= c.count {
			continue
		}
		c, there = content{b[0], n, binary.BigEndian.Uint32(b[4:])}, true
	}

	return c, there
}

// DecodeBought reads the newer of two purchases, that of even count first; false where
// neither is there.
func DecodeBought(card [SerialSize]byte, two [2][]byte) (Bought, bool) {
	c, there := unblock(tagPurchase, card, two)
	if !there {
		return Bought{}, false
	}

	return Bought{Kind: kindOf(c.first), Count: c.count, Amount: money.Amount(c.amount)}, true
}

// DecodeLoaded reads the newer of two returns; false where neither is there.
func DecodeLoaded(card [SerialSize]byte, two [2][]byte) (Loaded, bool) {
	c, there := unblock(tagReturn, card, two)
	if !there {
		return Loaded{}, false
	}

	return Loaded{Count: c.count, Left: money.Amount(int32(c.amount))}, true
}

func check(tag string, card, b []byte) uint32 {
	sum := crc32.ChecksumIEEE([]byte(tag))
	sum = crc32.Update(sum, crc32.IEEETable, card)

	return crc32.Update(sum, crc32.IEEETable, b)
}

func checks(tag string, card, b []byte) bool {
	body := b[:len(b)-CheckSize]

	return check(tag, card, body) == binary.BigEndian.Uint32(b[len(body):])
}
