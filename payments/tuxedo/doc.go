// Package tuxedo carries messages of fixed fields (payments/fixedfield) to a system that is
// a Tuxedo domain, or one that speaks ATMI as Tuxedo does (Enduro/X, Fuxedo), through the
// maker's client library. It owns the way there and back, which of ATMI's errors say that
// nothing was sent, and the settings of one domain; what a message means is its client's
// (mis/tuxedo, cardsystem/tuxedo). The library is loaded by uplink/cmd/roadhost, a process
// of its own for each call under way: its crash or hang is an outcome.
//
// # Buffers [I]
//
//	STRING, CARRAY  the whole frame of the dialect, its length and check included
//	FML32           a field for each field of the message, by its name in the domain's
//	                field tables: upper case, or what Settings.Names says; numbers without
//	                leading zeros, text in GB18030, the repeated group as occurrences. They
//	                are converted by the library from and to strings, so a field may be of
//	                any type that it converts.
//
// The services' names are settings, by operation. A call is outside of any transaction
// (TPNOTRAN) and is begun again after a signal (TPSIGRSTRT). TPNOTIME is never set: the
// library's own blocking time stays in force, and ends a call with TPETIME if it is shorter
// than ours; ours ends the child. TPNOREPLY and TPNOBLOCK are never set: a call that is not
// awaited decides nothing.
//
// # What comes of a call
//
//	tpcall succeeds                             the reply
//	TPESVCFAIL with a reply                     the reply, and that the service failed
//	TPESVCFAIL without one                      no reply
//	TPENOENT, TPEINVAL, TPEPERM, TPEBLOCK
//	(before it was sent)                        not sent
//	TPETIME, TPESVCERR, TPESYSTEM, TPEOS, and
//	every other error                           no reply
//	a buffer that is no reply of the message    no reply
//	library crashes, aborts, exits, or hangs
//	until the deadline                          no reply
//	it does not load, lacks a function or a
//	field, or tpinit fails                      not sent
//	no turn or child within the time            not sent
//
// Not sent is this call's: nothing of it has left. No reply may have been carried out. A
// child is not called again after anything but an answer; the next one starts after a wait
// that doubles with each failure and is forgotten with the first answer. A child that had no
// call for long takes its leave (tpterm) before the domain hangs up on it.
//
// The rows are made by the tests of uplink/cmd/roadhost with a library that misbehaves;
// payments/README.md has the table.
package tuxedo
