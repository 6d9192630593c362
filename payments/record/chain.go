package record

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Head is the end of a chain: the last sequence number and its hash. The head
// of an empty journal is {0, Genesis}.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash Hash   `json:"hash"`
}

// Stamp is what a journal knows at the moment of writing.
type Stamp struct {
	Boot  uint32
	Time  time.Time
	Trust Trust
}

// Seal makes the record that follows h out of a draft, and returns it with its
// encoding and the new head.
func (h Head) Seal(s Stamp, d Draft) (Record, []byte, Head, error) {
	r := Record{
		Seq: h.Seq + 1, Prev: h.Hash, Boot: s.Boot, Time: s.Time.Truncate(time.Millisecond).UTC(), Trust: s.Trust,
		Type: d.Type, Txn: d.Txn, Version: d.Version, Payload: d.Payload,
	}
	b, sum, err := r.Sum()
	if err != nil {
		return Record{}, nil, h, err
	}
	return r, b, Head{r.Seq, sum}, nil
}

// Follow checks that r follows h and returns the new head. On a break it
// returns h and an error that wraps ErrChain and names the sequence number.
func (h Head) Follow(r Record) (Head, error) {
	if r.Seq != h.Seq+1 {
		return h, fmt.Errorf("%w: record %d after %d", ErrChain, r.Seq, h.Seq)
	}
	if r.Prev != h.Hash {
		return h, fmt.Errorf("%w: record %d does not carry the hash of %d", ErrChain, r.Seq, h.Seq)
	}
	var short [512]byte // a start of the kiosk follows thousands, and keeps no encoding
	b, err := r.AppendBinary(short[:0])
	if err != nil {
		return h, err
	}
	return Head{r.Seq, sha256.Sum256(b)}, nil
}
