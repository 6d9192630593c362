// Package record is the journal record: the unit of what is remembered, what is
// reported to head office, and what is audited. It owns the binary layout, the
// hash chain and its verification, and nothing about storage or transport.
//
// A journal is a sequence of records 1, 2, 3, … without a gap. Each carries the
// hash of the one before it, so that a record that was changed, dropped,
// inserted or reordered breaks the chain at that point. Record 1 carries the
// hash Genesis(kiosk, incarnation).
//
// # Layout, version 1 (2026-11-23)
//
//	magic    1  0xA1
//	seq      8  big-endian
//	prev    32  SHA-256 of the previous record's encoding
//	boot     4  big-endian, counts the starts of the kiosk program
//	time     8  big-endian, Unix milliseconds by the kiosk's clock
//	trust    1  0 untrusted, 1 RTC, 2 synchronised
//	type     1+n  length and ASCII name
//	txn      1+n  length and serial of the transaction, or empty
//	version  2  big-endian, of the payload's schema
//	payload  4+n  big-endian length and bytes (JSON)
//
// The hash of a record is the SHA-256 of exactly these bytes.
package record
