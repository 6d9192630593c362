// Package crt310sim is a CRT-310 motor card reader, byte for byte, without I/O: the
// peripheral of the crt310 driver's tests and of the lab bench.
//
// It owns the path of one card (gate, inside, contacts, bin), the dialogue (ACK,
// ENQ, frame), and what the reader remembers. What is physical (where the card
// is, what it holds) survives a power cut; card-in control, the card's power and a
// half-received frame do not.
//
// As the real one, it does the work when ENQ arrives, not before. It is for tests,
// other doubles and the lab; no shipped program may import it.
package crt310sim
