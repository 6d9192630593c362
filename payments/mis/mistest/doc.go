// Package mistest is the conformance suite of MIS clients: whatever interface a
// client speaks, against missim's ledger it passes Run. The suite asserts against
// literals and against the ledger, never against another client.
//
// It is a double: only tests may import it.
package mistest
