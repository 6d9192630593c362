package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"wattkiosk/payments/money"
)

// Figures are what one book has of the date.
type Figures struct {
	Name string
	Rows int64        // of this date; a total counts as its rows
	Sum  money.Amount // of those that stand

	digest [4]uint64
}

// Digest is a digest of the book's rows that does not depend on their order: the sum, in
// 256 bits, of the SHA-256 of each. 64 hexadecimal digits.
func (f Figures) Digest() string {
	var b [32]byte
	for i, v := range f.digest {
		binary.BigEndian.PutUint64(b[i*8:], v)
	}

	return hex.EncodeToString(b[:])
}

// Report sums a run up.
type Report struct {
	Books  []Figures
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

// count adds a row to the figures of its book.
func (e *Engine) count(r *Row, p *packed) {
	f := &e.report.Books[e.at[r.Book]]
	if !r.Margin {
		f.Rows++
		if r.State.stands() {
			f.Sum += r.Amount
		}
	}

	sum := sha256.Sum256(p[:atHash])
	carry := uint64(0)
	for i := len(f.digest) - 1; i >= 0; i-- {
		add := binary.BigEndian.Uint64(sum[i*8:])
		old := f.digest[i]
		f.digest[i] = old + add + carry
		if f.digest[i] < old || carry == 1 && f.digest[i] == old {
			carry = 1
		} else {
			carry = 0
		}
	}
}
