// Package crt571sim is a CRT-571 motor card reader, byte for byte, without I/O: the
// peripheral of the crt571 driver's tests and of the lab bench.
//
// It owns the path of one card (gate, inside, contacts, bin), the dialogue, and
// what the reader remembers. What is physical (where the card is, the bin) survives
// a power cut; card entry, the card's power and a half-received frame do not: after
// power-on every command but initialise is answered B0.
//
// Cards are those of cardsim. A chip gets its command half-way through the time it
// takes, so that a card can be pulled out before and after.
//
// As the real one it answers a NAK of the host with its last answer. It repeats an
// answer that was not acknowledged only if Config.Repeats says so. It is for tests,
// other doubles and the lab; no shipped program may import it.
package crt571sim
