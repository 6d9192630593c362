// Package billsim is the inside of a simulated note validator, whatever protocol
// it speaks: the path of one note (slot, escrow, lever, cassette), the cassette,
// the faults a person can cause, and its power. The simulators of the protocols
// (ccnetsim, id003sim, …) embed a Mechanics and put their frames around it.
//
// What is physical - a note in the path, the cassette, whether the last stacked
// note was acknowledged - survives a power cut at any instant; timers do not.
//
//	cut while the note is                      next power-up finds
//	not in the device                          nothing
//	anywhere before the cassette lever         the note in the path; Reset gives it back
//	past the lever, Stacked not acknowledged   a stacked note not acknowledged, until Reset
//	past the lever, Stacked acknowledged       nothing
//
// The words: a note passes the lever at the instant it is in the cassette. A
// device is blocked while a fault keeps it from work. Out means in the customer's
// hand again.
//
// It refuses to model more than one note in the path, recycling and bar codes. It
// is for tests, other doubles and the lab; no shipped program may import it.
package billsim
