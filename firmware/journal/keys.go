package journal

import (
	"encoding/binary"
	"fmt"

	"wattkiosk/payments/record"
)

const (
	format       = 1
	recordPrefix = 'r'
	txnPrefix    = 't'
	statePrefix  = 's'
	metaPrefix   = 'm'
	headSize     = 8 + len(record.Hash{})
)

func metaKey(name string) []byte { return append([]byte{metaPrefix}, name...) }

func stateKey(name string) []byte { return append([]byte{statePrefix}, name...) }

func recordKey(seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{recordPrefix}, seq)
}

func txnKeys(serial string) []byte {
	return append([]byte{txnPrefix, byte(len(serial))}, serial...)
}

func txnKey(serial string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(txnKeys(serial), seq)
}

// parseTxnKey reads what txnKey wrote.
func parseTxnKey(k []byte) (serial string, seq uint64, err error) {
	if len(k) < 2 || k[0] != txnPrefix || len(k) != 2+int(k[1])+8 {
		return "", 0, fmt.Errorf("%w: index key %x", ErrCorrupt, k)
	}
	n := len(k) - 8
	return string(k[2:n]), binary.BigEndian.Uint64(k[n:]), nil
}

func encodeHead(h record.Head) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, headSize), h.Seq), h.Hash[:]...)
}

func decodeHead(b []byte) (h record.Head, err error) {
	if len(b) != headSize {
		return h, fmt.Errorf("%w: head of %d bytes", ErrCorrupt, len(b))
	}
	h.Seq = binary.BigEndian.Uint64(b)
	copy(h.Hash[:], b[8:])
	return h, nil
}

// decodeRecord reads exactly one record and checks that it is number seq.
func decodeRecord(seq uint64, b []byte) (record.Record, error) {
	r, rest, err := record.Decode(b)
	switch {
	case err != nil:
		return record.Record{}, fmt.Errorf("%w: record %d: %w", record.ErrChain, seq, err)
	case len(rest) != 0:
		return record.Record{}, fmt.Errorf("%w: record %d has %d bytes too many", record.ErrChain, seq, len(rest))
	case r.Seq != seq:
		return record.Record{}, fmt.Errorf("%w: record %d is stored as %d", record.ErrChain, r.Seq, seq)
	}
	return r, nil
}
