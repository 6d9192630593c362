// Package acquirertest is what every adapter of an acquirer must pass: the suite
// runs it against acquirersim, whose ledger is the oracle. The adapter is a
// parameter; where acquirers have different habits, the Subject says which, in
// literals.
//
// Most cases run without a socket; those about answers that do not come, and about
// pushed notices, run over one as well.
package acquirertest
