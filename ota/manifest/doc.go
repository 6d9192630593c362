// Package manifest is what an update bundle says of itself: for which board, which
// version, what it replaces, and the hash of every chunk. It owns the types and
// their check; it does no I/O and no cryptography (ota/bundle does).
//
// Words: a bundle carries payloads. A payload is one of the kinds named below and
// is cut into chunks of ChunkSize bytes; the last may be shorter. Build is the
// number that versions are compared by; Version is for people. The floor is the
// lowest build that a board still accepts; it only rises.
package manifest
