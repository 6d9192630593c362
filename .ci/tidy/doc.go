// Package tidy holds the rules of the tree as tests: who may import whom, that
// every package says what it is, that the board's binaries link no double, and
// that everything cross-compiles without cgo. Run it with "make tidy".
package tidy
