package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"wattkiosk/payments/record"
)

// Limits of a record batch.
const (
	MaxBatchRecords = 1000
	MaxBatchBytes   = 256 << 10 // of the message, as sent
	MaxBatchPlain   = 4 << 20   // of the body, after decompression
)

// A batch, version 1 (2026-11-23):
//
//	version  1  1
//	flags    1  bit 0: the body is one zstd frame; the rest is 0
//	count    2  big-endian, 1 to MaxBatchRecords
//	seq      8  big-endian, of the first record
//	prev    32  Prev of the first record
//	last    32  hash of the last record
//	body        count records, see appendRow
//
// Hashes do not compress, so the Prev of the second and later records does not
// travel: the decoder computes it, and the result must end in last. A batch that
// decodes is therefore, byte for byte, the chain the kiosk sealed; whether it
// follows what head office has is for record.Head.Follow.
const (
	batchVersion  = 1
	flagZstd      = 1
	batchHeader   = 1 + 1 + 2 + 8 + 32 + 32
	compressAbove = 512 // bytes of body; below, zstd does not earn its frame
)

// ErrBatch is wrapped, beside ErrMessage, by every batch error.
var ErrBatch = errors.New("malformed batch")

func badBatch(format string, args ...any) error {
	return fmt.Errorf("%w: %w: %w", ErrMessage, ErrBatch, fmt.Errorf(format, args...))
}

// EncodeBatch packs records that follow one another. Records that do not form a
// chain, more than MaxBatchRecords, or a result above the size limits are an
// error. It is safe for concurrent use and keeps nothing of recs.
func EncodeBatch(recs []record.Record) ([]byte, error) {
	if len(recs) == 0 || len(recs) > MaxBatchRecords {
		return nil, badBatch("%d records, limit %d", len(recs), MaxBatchRecords)
	}
	first := recs[0]
	if first.Seq == 0 {
		return nil, badBatch("sequence 0")
	}
	out := make([]byte, 0, batchHeader+plainSize(recs))
	out = append(out, batchVersion, 0)
	out = binary.BigEndian.AppendUint16(out, uint16(len(recs)))
	out = binary.BigEndian.AppendUint64(out, first.Seq)
	out = append(out, first.Prev[:]...)

	head := record.Head{Seq: first.Seq - 1, Hash: first.Prev}
	var scratch []byte
	for _, r := range recs {
		if r.Seq != head.Seq+1 || r.Prev != head.Hash {
			return nil, badBatch("record %d: %w", r.Seq, record.ErrChain)
		}
		var err error
		if scratch, err = r.AppendBinary(scratch[:0]); err != nil {
			return nil, badBatch("record %d: %w", r.Seq, err)
		}
		head = record.Head{Seq: r.Seq, Hash: sha256.Sum256(scratch)}
	}
	out = append(out, head.Hash[:]...)

	var last row
	for _, r := range recs {
		out = last.append(out, r)
	}
	if n := len(out) - batchHeader; n > MaxBatchPlain {
		return nil, badBatch("body of %d bytes, limit %d", n, MaxBatchPlain)
	}
	out, err := squeeze(out)
	if err != nil {
		return nil, err
	}
	if len(out) > MaxBatchBytes {
		return nil, badBatch("%d bytes, limit %d", len(out), MaxBatchBytes)
	}
	return out, nil
}

// DecodeBatch reads what EncodeBatch wrote. It never allocates more than a small
// multiple of MaxBatchPlain, whatever b says. The records own their memory and
// form a chain. It is safe for concurrent use.
func DecodeBatch(b []byte) ([]record.Record, error) {
	h, err := PeekBatch(b)
	if err != nil {
		return nil, err
	}
	body, err := expand(b[batchHeader:], b[1]&flagZstd != 0)
	if err != nil {
		return nil, err
	}
	recs, end, err := decodeRows(body, record.Head{Seq: h.First - 1, Hash: h.Prev}, h.Count)
	if err != nil {
		return nil, err
	}
	if end != h.Last {
		return nil, badBatch("hash of record %d differs: %w", end.Seq, record.ErrChain)
	}
	return recs, nil
}

func decodeRows(body []byte, head record.Head, count int) ([]record.Record, record.Head, error) {
	if len(body) < count*minRow {
		return nil, head, badBatch("%d records in %d bytes", count, len(body))
	}
	recs := make([]record.Record, count)
	var last row
	var scratch []byte
	for i := range recs {
		r := &recs[i]
		var err error
		if body, err = last.decode(body, r); err != nil {
			return nil, head, badBatch("record %d: %w", head.Seq+1, err)
		}
		r.Seq, r.Prev = head.Seq+1, head.Hash
		if scratch, err = r.AppendBinary(scratch[:0]); err != nil {
			return nil, head, badBatch("record %d: %w", r.Seq, err)
		}
		head = record.Head{Seq: r.Seq, Hash: sha256.Sum256(scratch)}
	}
	if len(body) != 0 {
		return nil, head, badBatch("%d bytes of trailing data", len(body))
	}
	return recs, head, nil
}

// BatchHeader is what a batch says of itself before anything is decompressed.
type BatchHeader struct {
	First uint64      // sequence number of the first record
	Prev  record.Hash // that the first record carries
	Count int
	Last  record.Head // of the last record: what an Ack for the batch carries
}

// PeekBatch reads the header of a batch, so that a repeat can be told without
// decoding it. It proves nothing about the body; DecodeBatch does.
func PeekBatch(b []byte) (BatchHeader, error) {
	switch {
	case len(b) > MaxBatchBytes:
		return BatchHeader{}, badBatch("%d bytes, limit %d", len(b), MaxBatchBytes)
	case len(b) < batchHeader:
		return BatchHeader{}, badBatch("header of %d bytes", len(b))
	case b[0] != batchVersion:
		return BatchHeader{}, badBatch("version %d", b[0])
	case b[1]&^flagZstd != 0:
		return BatchHeader{}, badBatch("flags %#02x", b[1])
	}
	h := BatchHeader{Count: int(binary.BigEndian.Uint16(b[2:])), First: binary.BigEndian.Uint64(b[4:])}
	copy(h.Prev[:], b[12:])
	copy(h.Last.Hash[:], b[44:])
	h.Last.Seq = h.First - 1 + uint64(h.Count)
	switch {
	case h.Count == 0 || h.Count > MaxBatchRecords:
		return BatchHeader{}, badBatch("count %d", h.Count)
	case h.First == 0 || h.Last.Seq < h.First:
		return BatchHeader{}, badBatch("sequence %d", h.First)
	}
	return h, nil
}
