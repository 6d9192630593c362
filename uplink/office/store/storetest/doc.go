// Package storetest is the conformance suite of the books: what any backend of
// package store must do. It also makes journals for tests, and starts a
// PostgreSQL of Debian's binaries for the run of a test.
package storetest
