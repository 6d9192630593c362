// Package cassette is what a kiosk's records say of its cash: what is in the cassette now,
// by denomination, and what went out of it, collection by collection.
//
// An [Account] is folded from the events of one journal, in their order:
//
//	a, err = a.Take(r.Txn, e)    for every event that payments.Decode gives
//
// Every note of the records before a collection's Exchanged was in the cassette that is out,
// every one of the records after it is in the one that is in: there the account begins anew.
// What a collection is, and how far, is payments/collection's; the account holds the one
// that is open, else the last one ([Account.Collection]). [Account.Divide] makes the
// Exchanged that is due; [Account.Check] says what is wrong with one that a kiosk recorded,
// and whoever does not take the kiosk's word for it calls that before Take.
//
// A [Book] keeps all collections of a journal beside the account, and the sum of the notes
// that ever went in, which is made of the records of notes alone: collections and cassette
// must come to that ([Book.Balance]).
//
// An account is plain data: as JSON it is the kiosk's named state "cassette", of which
// software before 2026-11-30 wrote notes and total only. Such an account has notes of which
// it does not know the value ([Account.Older]), until the next collection. A fold that begins
// in the middle of a journal sets Prior.
//
// Notes that nobody can place (note-unresolved, or stray and not in the cassette) are told
// beside the sum, as Doubt. One that is found later is in the cassette of that record.
//
// The package is pure, and refuses to guess: an event that cannot follow is an error, and
// changes nothing.
package cassette
