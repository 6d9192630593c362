// Package journaltest is the double of the journal: Memory, a journal in memory
// with power cuts and a full disk on demand, and Suite, the conformance run that
// every Store has to pass. It owns no rules of its own: what Memory does is what
// the Suite asks of the journal on disk. It is for tests, and stores nothing.
package journaltest
