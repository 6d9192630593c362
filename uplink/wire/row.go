package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"wattkiosk/payments/record"
)

// A row is a record inside a batch, without what the batch header says:
//
//	boot     varint, difference to the row before
//	time     varint, Unix milliseconds, difference to the row before
//	trust    1
//	version  uvarint
//	type     1+n
//	txn      1+n
//	payload  uvarint length and bytes
//
// The row before the first one is all zero.
type row struct {
	boot uint32
	ms   int64
}

const (
	minRow  = 8                            // a type has at least one byte
	maxName = 64                           // of type and txn, as in package record
	rowRoom = 2*binary.MaxVarintLen64 + 16 // estimate of what is not type, txn and payload
)

func plainSize(recs []record.Record) int {
	n := 0
	for _, r := range recs {
		n += rowRoom + len(r.Type) + len(r.Txn) + len(r.Payload)
	}
	return n
}

func (last *row) append(b []byte, r record.Record) []byte {
	ms := r.Time.UnixMilli()
	b = binary.AppendVarint(b, int64(r.Boot)-int64(last.boot))
	b = binary.AppendVarint(b, ms-last.ms)
	*last = row{r.Boot, ms}
	b = append(b, byte(r.Trust))
	b = binary.AppendUvarint(b, uint64(r.Version))
	b = append(append(b, byte(len(r.Type))), r.Type...)
	b = append(append(b, byte(len(r.Txn))), r.Txn...)
	b = binary.AppendUvarint(b, uint64(len(r.Payload)))
	return append(b, r.Payload...)
}

func (last *row) decode(b []byte, r *record.Record) ([]byte, error) {
	boot, b, ok := varint(b)
	boot += int64(last.boot)
	if !ok || boot < 0 || boot > math.MaxUint32 {
		return nil, fmt.Errorf("%w: boot", record.ErrMalformed)
	}
	ms, b, ok := varint(b)
	if !ok {
		return nil, fmt.Errorf("%w: time", record.ErrMalformed)
	}
	*last = row{uint32(boot), last.ms + ms}
	r.Boot, r.Time = last.boot, time.UnixMilli(last.ms).UTC()
	if len(b) < 1 || record.Trust(b[0]) > record.Synchronised {
		return nil, fmt.Errorf("%w: clock trust", record.ErrMalformed)
	}
	r.Trust, b = record.Trust(b[0]), b[1:]
	version, b, ok := uvarint(b, math.MaxUint16)
	if !ok {
		return nil, fmt.Errorf("%w: version", record.ErrMalformed)
	}
	r.Version = uint16(version)
	if r.Type, b, ok = name(b); !ok || r.Type == "" {
		return nil, fmt.Errorf("%w: type", record.ErrMalformed)
	}
	if r.Txn, b, ok = name(b); !ok {
		return nil, fmt.Errorf("%w: serial", record.ErrMalformed)
	}
	n, b, ok := uvarint(b, record.MaxPayload)
	if !ok || int(n) > len(b) {
		return nil, fmt.Errorf("%w: payload length", record.ErrMalformed)
	}
	r.Payload = append([]byte(nil), b[:n]...)
	return b[n:], nil
}

func varint(b []byte) (int64, []byte, bool) {
	v, n := binary.Varint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

func uvarint(b []byte, most uint64) (uint64, []byte, bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 || v > most {
		return 0, nil, false
	}
	return v, b[n:], true
}

func name(b []byte) (string, []byte, bool) {
	if len(b) < 1 || int(b[0]) > maxName || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}
