// Package printertest holds what every receipt-printer driver is tested with: a
// stateful fake without bytes, a pump that runs an engine and its peer in
// virtual time, and the conformance suite of the kind.
//
// The suite fixes what a printer.Engine promises: every accepted job ends in
// exactly one outcome, in order; Printed means the whole slip came out;
// NotPrinted means not a line did; nothing of an ended job comes out later.
//
// It is a double: only tests, other doubles and the test bench import it.
package printertest
