package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Limits of a record.
const (
	MaxPayload = 16 << 10 // bytes
	maxName    = 64
	magic      = 0xA1
	fixedSize  = 1 + 8 + 32 + 4 + 8 + 1 + 1 + 1 + 2 + 4
)

// MaxSize is the largest encoding.
const MaxSize = fixedSize + 2*maxName + MaxPayload

// Hash is a SHA-256.
type Hash [32]byte

// String is the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 64 {
		return fmt.Errorf("hash: want 64 hex digits, got %d", len(b))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Trust says how far the clock that stamped a record can be believed.
type Trust uint8

// Clock trust.
const (
	Untrusted    Trust = iota // the clock was lost
	RTC                       // kept by a battery clock
	Synchronised              // set by time synchronisation since boot
)

// Draft is what a writer supplies; the journal adds the rest.
type Draft struct {
	Type    string // event name, such as "note-stacked"
	Txn     string // serial, or empty
	Version uint16 // of the payload's schema
	Payload []byte // JSON, at most MaxPayload
}

// Record is one sealed entry of a journal.
type Record struct {
	Seq     uint64
	Prev    Hash
	Boot    uint32
	Time    time.Time // milliseconds
	Trust   Trust
	Type    string
	Txn     string
	Version uint16
	Payload []byte
}

// Errors of this package. ErrChain means that a record does not follow the one
// before it.
var (
	ErrMalformed = errors.New("malformed record")
	ErrChain     = errors.New("journal chain broken")
)

// Genesis is the Prev of record 1.
func Genesis(kiosk string, incarnation uint8) Hash {
	return sha256.Sum256(fmt.Appendf(nil, "wattkiosk journal v1\x00%s\x00%d", kiosk, incarnation))
}

// Check says whether a draft fits in a record.
func (d Draft) Check() error {
	switch {
	case d.Type == "" || len(d.Type) > maxName:
		return fmt.Errorf("%w: type of %d bytes", ErrMalformed, len(d.Type))
	case len(d.Txn) > maxName:
		return fmt.Errorf("%w: serial of %d bytes", ErrMalformed, len(d.Txn))
	case len(d.Payload) > MaxPayload:
		return fmt.Errorf("%w: payload of %d bytes, limit %d", ErrMalformed, len(d.Payload), MaxPayload)
	}
	return nil
}

// AppendBinary appends the encoding of r to b.
func (r Record) AppendBinary(b []byte) ([]byte, error) {
	if err := (Draft{Type: r.Type, Txn: r.Txn, Payload: r.Payload}).Check(); err != nil {
		return b, err
	}
	b = append(b, magic)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = append(b, r.Prev[:]...)
	b = binary.BigEndian.AppendUint32(b, r.Boot)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Time.UnixMilli()))
	b = append(b, byte(r.Trust), byte(len(r.Type)))
	b = append(b, r.Type...)
	b = append(b, byte(len(r.Txn)))
	b = append(b, r.Txn...)
	b = binary.BigEndian.AppendUint16(b, r.Version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Payload)))
	return append(b, r.Payload...), nil
}

// Sum encodes r and returns the encoding with its hash.
func (r Record) Sum() ([]byte, Hash, error) {
	b, err := r.AppendBinary(make([]byte, 0, fixedSize+len(r.Type)+len(r.Txn)+len(r.Payload)))
	if err != nil {
		return nil, Hash{}, err
	}
	return b, sha256.Sum256(b), nil
}

// Decode reads one record from the front of b and returns what follows it. The
// record owns its memory.
func Decode(b []byte) (r Record, rest []byte, err error) {
	r, rest, err = View(b)
	r.Payload = append([]byte(nil), r.Payload...)
	return r, rest, err
}

// View is Decode without a copy: the record's payload shares b's memory.
func View(b []byte) (r Record, rest []byte, err error) {
	bad := func(field string) (Record, []byte, error) {
		return Record{}, nil, fmt.Errorf("%w: %s", ErrMalformed, field)
	}
	if len(b) < fixedSize || b[0] != magic {
		return bad("header")
	}
	r.Seq = binary.BigEndian.Uint64(b[1:])
	copy(r.Prev[:], b[9:])
	r.Boot = binary.BigEndian.Uint32(b[41:])
	r.Time = time.UnixMilli(int64(binary.BigEndian.Uint64(b[45:]))).UTC()
	r.Trust = Trust(b[53])
	if r.Trust > Synchronised {
		return bad("clock trust")
	}
	b = b[54:]
	if r.Type, b, err = short(b); err != nil || r.Type == "" {
		return bad("type")
	}
	if r.Txn, b, err = short(b); err != nil {
		return bad("serial")
	}
	if len(b) < 6 {
		return bad("version")
	}
	r.Version = binary.BigEndian.Uint16(b)
	n := binary.BigEndian.Uint32(b[2:])
	b = b[6:]
	if n > MaxPayload || int(n) > len(b) {
		return bad("payload length")
	}
	r.Payload = b[:n:n]
	return r, b[n:], nil
}

func short(b []byte) (string, []byte, error) {
	if len(b) < 1 || int(b[0]) > maxName || len(b) < 1+int(b[0]) {
		return "", nil, ErrMalformed
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], nil
}
