// Package cardsystemtest is the conformance suite of the roads to the card-meter system:
// whatever a client speaks, against cardsystemsim's ledger it passes Run. The suite
// asserts against literals and against the ledger, never against another client.
//
// Its cases are operations, and faults by operation; the name of a case is a row of the
// table that "make cases" writes.
//
// It is a double: only tests may import it.
package cardsystemtest
