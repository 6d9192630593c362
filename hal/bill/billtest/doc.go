// Package billtest holds the doubles and the conformance suite of the
// note-validator kind.
//
// [Suite] is what every driver must pass together with its simulator; [SecondNote] is a
// part of it, for devices that keep less than Suite asks of them. [Rig] is
// the deterministic pump it runs on: an engine and a device joined by a perfect
// line under a virtual clock, with hooks to disturb the line and to cut the power
// after a given byte. [Fake] is an engine without a protocol, for the tests of
// those who own a validator. [Owner] is the smallest owner that keeps the money
// right: it writes before it orders, and confirms after it wrote.
//
// The package refuses to know any protocol, and never waits for real time.
package billtest
