package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"wattkiosk/payments/money"
)

// Figures are what one book has of the date.
type Figures struct {
	Name string
	Rows int64        // of this date; a total counts as its rows
	Sum  money.Amount // of those that stand

	digest [sha256.Size]byte
}

// Digest is a digest of all rows of the book that were fed, also those of neighbouring
// dates, and of its totals. It does not depend on the order in which they were fed: it is
// the SHA-256 over, for each partition, the SHA-256 over its packed rows without length and
// hash, in the order of hash and bytes (32 zeros for a partition without any), and then
// over each total in the order of batches: its batch, after a byte with its length, and its
// sum and number as variable-length integers. Who can find other rows with the same digest
// can find a collision of SHA-256. 64 hexadecimal digits.
func (f Figures) Digest() string { return hex.EncodeToString(f.digest[:]) }

// Report sums a run up.
type Report struct {
	Books  []Figures // of those that took part, by number
	Breaks map[Class]int64
	Loose  int64 // pairs that only a key with tolerance found
}

// Balanced reports whether nothing differs.
func (r Report) Balanced() bool { return len(r.Breaks) == 0 }

func (r *Report) count(b Break) {
	if r.Breaks == nil {
		r.Breaks = map[Class]int64{}
	}
	r.Breaks[b.Class]++
}

// digests are those of the rows of a partition, by book. What a book has not is zero.
type digests [MaxBooks][sha256.Size]byte

// hasher makes the digests of a partition. Rows are gathered, as SHA-256 likes it.
type hasher struct {
	books [MaxBooks]struct {
		sum   hash.Hash
		rows  []byte
		wrote bool
	}
}

const gather = 4 << 10

func (h *hasher) reset() {
	for i := range h.books {
		b := &h.books[i]
		if b.sum == nil {
			b.sum, b.rows = sha256.New(), make([]byte, 0, gather+mostBytes)
		}
		b.sum.Reset()
		b.rows, b.wrote = b.rows[:0], false
	}
}

func (h *hasher) add(book int, content []byte) {
	b := &h.books[book]
	b.rows = append(b.rows, content...)
	if len(b.rows) >= gather {
		b.sum.Write(b.rows)
		b.rows, b.wrote = b.rows[:0], true
	}
}

func (h *hasher) sum(into *digests) {
	for i := range h.books {
		b := &h.books[i]
		if len(b.rows) == 0 && !b.wrote {
			continue
		}
		b.sum.Write(b.rows)
		b.sum.Sum(into[i][:0])
	}
}

// digest is that of a book: over those of its partitions, and its totals.
func (e *Engine) digest(book int, of *[parts]digests) (d [sha256.Size]byte) {
	sum := sha256.New()
	for p := range of {
		sum.Write(of[p][book][:])
	}
	for _, k := range e.sortedTotals() {
		if k.book != book {
			continue
		}
		var b room
		row := b[:0]
		row = append(row, byte(len(k.batch)))
		row = append(row, k.batch...)
		row = binary.AppendUvarint(row, uint64(e.totals[k].amount))
		row = binary.AppendUvarint(row, uint64(e.totals[k].count))
		sum.Write(row)
	}
	sum.Sum(d[:0])

	return d
}
