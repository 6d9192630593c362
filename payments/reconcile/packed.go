package reconcile

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// packed is a row as partitions hold it, in 30 to 90 bytes:
//
//	length 1, of all of it
//	hash 4, of the serial, beyond what chose the partition
//	serial, a text
//	book 3 bits, state 3 bits, margin 1 bit
//	wants 6 bits, tender 2 bits
//	amount, time: variable-length integers
//	account, batch: texts
//
// A text is a byte with its length and its bytes; one of digits only has the highest bit
// of that byte set, and two digits a byte. So a row has one encoding, and its bytes order
// rows by serial, and those of a serial by book.
type packed []byte

const (
	atHash    = 1
	atSerial  = 5
	mostBytes = atSerial + 1 + maxSerial + 2 + 2*binary.MaxVarintLen64 + 2 + maxAccount + maxBatch

	digits = 0x80 // of a text

	shiftState  = 3
	marginBit   = 1 << 6
	shiftTender = 6
)

// room is where a row is packed, with space to write eight bytes at a time.
type room [mostBytes + 8]byte

// pack packs a row that was checked, and says its partition.
func pack(b *room, r *Row) (row packed, part int) {
	n := atSerial + putText(b[atSerial:], r.Serial)
	binary.LittleEndian.PutUint64(b[n:], 0)
	h := hashOf(b[atSerial:n+7], n-atSerial)
	binary.LittleEndian.PutUint32(b[atHash:], uint32(h))

	b[n] = byte(r.Book) | byte(r.State)<<shiftState
	if r.Margin {
		b[n] |= marginBit
	}
	b[n+1] = byte(r.Wants) | byte(tenderNo(r.Tender))<<shiftTender
	n += 2
	n += binary.PutUvarint(b[n:], uint64(r.Amount))
	n += binary.PutUvarint(b[n:], uint64(r.At))
	n += putText(b[n:], r.Account)
	n += putText(b[n:], r.Batch)
	b[0] = byte(n)

	return b[:n], int(h >> 56)
}

// putText writes a text and says how long it is. It may write up to eight bytes beyond.
func putText(b []byte, s string) int {
	n, at := len(s), 1
	i := 0
	for ; i+8 <= n; i += 8 {
		x := eight(s[i:])
		if x&0xF0F0F0F0F0F0F0F0 != 0x3030303030303030 || (x+0x0606060606060606)&0xF0F0F0F0F0F0F0F0 != 0x3030303030303030 {
			return putBytes(b, s)
		}
		x &= 0x0F0F0F0F0F0F0F0F
		x = (x<<4 | x>>8) & 0x00FF00FF00FF00FF
		x = (x | x>>8) & 0x0000FFFF0000FFFF
		binary.LittleEndian.PutUint32(b[at:], uint32(x|x>>16))
		at += 4
	}
	for ; i < n; i += 2 {
		high, low := s[i]-'0', byte(0)
		if i+1 < n {
			low = s[i+1] - '0'
		}
		if high > 9 || low > 9 {
			return putBytes(b, s)
		}
		b[at] = high<<4 | low
		at++
	}
	b[0] = byte(n)
	if n > 0 {
		b[0] |= digits
	}

	return at
}

func putBytes(b []byte, s string) int {
	b[0] = byte(len(s))

	return 1 + copy(b[1:], s)
}

// eight is the first eight bytes of a string as one integer.
func eight(s string) uint64 {
	_ = s[7]

	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// textSize is how long a text is.
func textSize(b []byte) int {
	if b[0]&digits != 0 {
		return 1 + (int(b[0]&^digits)+1)/2
	}

	return 1 + int(b[0])
}

// text is a text as it was.
func text(b []byte) string {
	n := int(b[0] &^ digits)
	if b[0]&digits == 0 {
		return string(b[1 : 1+n])
	}
	var s [maxSerial]byte
	for i := range n {
		s[i] = '0' + b[1+i/2]>>(4-i%2*4)&15
	}

	return string(s[:n])
}

// hashOf hashes n bytes, of which seven zeros follow: each bit depends on all of them. The
// high byte chooses the partition.
func hashOf(b []byte, n int) uint64 {
	h := uint64(0x9E3779B97F4A7C15)
	for i := 0; i < n; i += 8 {
		h = mix(h^binary.LittleEndian.Uint64(b[i:]), 0xA0761D6478BD642F)
	}

	return mix(h, 0xE7037ED1A0B428DB)
}

func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)

	return high ^ low
}

// afterSerial is where the serial ends.
func (p packed) afterSerial() int { return atSerial + textSize(p[atSerial:]) }

func (p packed) serial() []byte { return p[atSerial:p.afterSerial()] }

// content is what a row says: all but its length and its hash.
func (p packed) content() []byte { return p[atSerial:] }

// fields are the fields of a row.
type fields struct {
	book           int
	state          State
	margin         bool
	wants          Books
	tender         payments.Tender
	amount         money.Amount
	at             int64
	account, batch []byte // texts
}

// head reads the fields that come first: book, state, margin, wants, tender and amount.
func (p packed) head(f *fields) (at int) {
	n := p.afterSerial()
	f.book, f.state = int(p[n]&7), State(p[n]>>shiftState&7)
	f.margin = p[n]&marginBit != 0
	f.wants, f.tender = Books(p[n+1])&allBooks, tenders[p[n+1]>>shiftTender]
	amount, size := binary.Uvarint(p[n+2:])
	f.amount = money.Amount(amount)

	return n + 2 + size
}

// all reads all fields.
func (p packed) all() (f fields) {
	n := p.head(&f)
	at, size := binary.Uvarint(p[n:])
	f.at = int64(at)
	n += size
	f.account = p[n : n+textSize(p[n:])]
	n += len(f.account)
	f.batch = p[n : n+textSize(p[n:])]

	return f
}

// empty reports whether a text has nothing in it.
func empty(text []byte) bool { return text[0] == 0 }

func order(a, b packed) int { return bytes.Compare(a[atSerial:], b[atSerial:]) }

// batchFrom is the batch of a row whose time begins at n.
func (p packed) batchFrom(n int) []byte {
	for p[n] >= 0x80 {
		n++
	}
	n++
	n += textSize(p[n:])

	return p[n : n+textSize(p[n:])]
}
