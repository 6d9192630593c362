// Package wire is the vocabulary between kiosk and head office: topics,
// messages and record batches. Control messages are JSON, record batches are
// binary and may be compressed. asyncapi.yaml beside this file is the published
// schema; a test checks every message here against it.
//
// Decoding is strict: an unknown field, a wrong version or an oversized message
// is an error, so nothing can ride along unseen. Money is integer fen, times are
// Unix milliseconds.
//
// # Version history
//
//	1 (2026-11-23) first version; jobs, their reports and rosters added since, builds in State, and orders to settle
package wire
