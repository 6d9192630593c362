// Package reconciletest makes up months of books with seeded differences, and says what a
// reconciliation must find in them.
//
// [Make] draws a month of some kiosks: payments of every shape (purpose, tender and road of
// posting), most of which agree in all books. Into them it puts every difference that one
// book can have, every pair of differences that one payment can have, totals by batch
// that agree and that do not, rows that have another serial on the other side within a
// tolerance and outside of it, and payments that straddle midnight. What must be said of
// each, and what must be proposed, is written down by the generator itself from what it
// did ([Month.Expected]); it never asks the engine.
//
// The same seed makes the same month.
package reconciletest
