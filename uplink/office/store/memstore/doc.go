// Package memstore is the books in memory: for the simulation of whole kiosks
// and for tests. It starts no goroutine, reads no clock, and gives the same
// answers to the same calls. Nothing is durable, but an update is undone as a
// whole when it fails, as in a database.
package memstore
