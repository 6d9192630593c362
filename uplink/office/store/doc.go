// Package store owns head office's books: journal records as the kiosks sealed
// them, and what is projected from them: transactions, notes, postings, cases
// and alarms; and beside them kiosks, people, sessions, tokens, the audit log, and
// rollouts with the bundles and groups they are made of.
//
// The rules are written once, in Store, over a small set of row operations (Tx)
// that a Backend supplies: memstore, sqlite and postgres. All three pass the
// suite of storetest.
//
// Words: a record is ingested when it and its projections are committed in one
// database transaction; a posting row is claimed by saving it with the version
// after the one that was read, so that of two head offices one wins.
//
// Times in rows are Unix milliseconds by head office's clock unless a field says
// that they are the kiosk's; amounts are fen. The package refuses a journal that
// does not follow what it holds, and never changes or deletes a record.
package store
