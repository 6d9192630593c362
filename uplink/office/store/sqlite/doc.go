// Package sqlite keeps the books in one SQLite file, for a head office on one
// machine. A commit is synced (WAL, synchronous=FULL). One connection writes,
// with its statements compiled once; a few others read beside it.
package sqlite
