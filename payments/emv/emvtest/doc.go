// Package emvtest plays payments of the EMV kernel against a card, for tests of the
// kernel and of what is built on it: it transmits as a reader does, answers the
// kernel's questions, takes the card out or changes its answers where a test wants
// that, and writes down what was said (Transcript).
//
// The card is anything with a chip's three actions, as the virtual cards have. The
// package knows no keys; whether a cryptogram is right is for the card's issuer to say.
package emvtest
