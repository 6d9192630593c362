// Package tuxedo carries the operations of package mis to a MIS that is a Tuxedo domain,
// or one that speaks ATMI as Tuxedo does (Enduro/X, Fuxedo), through the maker's client
// library. It owns the client, what ATMI's errors mean for money, and the settings of one
// domain. The library is loaded by uplink/cmd/roadhost, a process of its own for each call
// under way: its crash or hang is an outcome. The messages are those of mis/socket's
// dialects, which are data.
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
// # What becomes of a call
//
//	                                  post         ask, reverse   query, verify
//	tpcall succeeds                   by the code of the reply, as mis.Judge says
//	TPESVCFAIL with a reply           the same; unknown if the code says that it was done
//	TPESVCFAIL without one            unknown      unknown        unknown
//	TPENOENT, TPEINVAL, TPEPERM,
//	TPEBLOCK (before it was sent)     not done     unknown        unknown
//	TPETIME, TPESVCERR, TPESYSTEM,
//	TPEOS, and every other error      unknown      unknown        unknown
//	a buffer that is no reply of ours unknown      unknown        unknown
//	library crashes, aborts, exits    unknown      unknown        unknown
//	library hangs until the deadline  unknown      unknown        unknown
//	it does not load, lacks a function
//	or a field, or tpinit fails       not done     unknown        unknown
//	no turn or child within the time  not done     unknown        unknown
//
// Not done is this call's: nothing of it has left, and it may be repeated (Retry). A child
// is not called again after anything but an answer; the next one starts after a wait that
// doubles with each failure and is forgotten with the first answer. A child that had no
// call for long takes its leave (tpterm) before the domain hangs up on it.
//
// The rows are made by the tests of uplink/cmd/roadhost with a library that misbehaves, and
// by mistest's suite over the simulated MIS; payments/README.md has the tables.
package tuxedo
