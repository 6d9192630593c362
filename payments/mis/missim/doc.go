// Package missim is a simulated marketing MIS with a ledger of its own: the
// independent oracle of tests, of the simulation and of the lab. It owns
// accounts (户号), their bills and advances, the postings by serial and the
// faults that can be switched on. It shares no bookkeeping with the code under
// test; from mis/socket it takes only the codec, in the dialect of its Config.
//
// Handle is pure but for the ledger: frame in, responses out, no clock but the
// injected one, no socket. Serve puts it behind TCP. Answer is the ledger alone,
// for doubles that speak another interface.
//
// A posting is idempotent by serial: a second one with the same serial answers
// "duplicate" and books nothing. It pays the oldest bill first, penalty before
// fee, and what is left becomes advance. A reversal restores exactly that. What
// Audit checks holds after every call.
//
// The clock and the random numbers are the caller's, so a run is repeated by its
// seed: also faults that are on until a time, and postings that arrive late.
//
// It is a double: only tests, other doubles and the lab may import it.
package missim
