// Package store is the database of head office: the rows of every subject (books, fleet,
// people, rollout, acquiring, bank, approval, settle, accounts) in SQLite, in PostgreSQL, or in memory.
//
// A subject's rules are written once, in its own package, over a Tx that it declares
// itself; a Backend here implements all of them: memstore, and sqlite and postgres over
// sqlstore. All three pass the suite of storetest. Store puts the subjects over one
// backend, so that what one of them does with the rows of another is one database
// transaction. SQL stands nowhere else.
package store
