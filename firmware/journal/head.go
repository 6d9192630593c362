package journal

import (
	"encoding/binary"
	"fmt"
	"slices"

	"wattkiosk/payments/record"
)

const headSize = 8 + len(record.Hash{})

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

// decodeRecord reads exactly one record and checks that it is number seq. The record
// owns its memory.
func decodeRecord(seq uint64, b []byte) (record.Record, error) {
	r, err := viewRecord(seq, b)
	r.Payload = slices.Clone(r.Payload)
	return r, err
}

// viewRecord is decodeRecord for a look only: the payload shares b's memory.
func viewRecord(seq uint64, b []byte) (record.Record, error) {
	r, rest, err := record.View(b)
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

// seqOf reads the number out of a record's encoding, or 0 where there is none.
func seqOf(b []byte) uint64 {
	if len(b) < 9 {
		return 0
	}
	return binary.BigEndian.Uint64(b[1:])
}
