// Package fleetkey encrypts what bundles carry to a fleet, so that a stolen stick or
// a mirror shows nothing of it but its sizes and hashes.
//
// Words: a fleet key is an X25519 pair; head office publishes the public half, and
// every board of the fleet has the secret one. A bundle key is made for one bundle
// and sealed to one or more fleet keys by HPKE (RFC 9180). A place is where a chunk
// stands in its bundle; it is bound to the chunk's ciphertext, so that a chunk
// cannot stand in for another.
//
// It says nothing of who made a bundle: that is the signature's work. A fleet key
// that got out is replaced by encrypting to another one; what was encrypted before
// stays readable to whoever has it.
package fleetkey
