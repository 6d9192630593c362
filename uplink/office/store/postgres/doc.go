// Package postgres keeps the books in PostgreSQL, for a fleet: any number of head
// offices may share one database. Kiosk rows are locked while a kiosk's records
// are stored, so two offices never store the same batch at the same time.
package postgres
