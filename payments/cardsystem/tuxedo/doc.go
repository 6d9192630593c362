// Package tuxedo carries the operations of package cardsystem to a card-meter system that is
// a Tuxedo domain, over payments/tuxedo, which says how: buffers, children, the client
// library. It owns the client, and what ATMI's errors mean for a sale. The messages are those
// of the dialects of fixed fields (socket/fixed), which are data. The services of Settings
// are those of quote, sell, ask, reverse, steps, report and totals. In an FML32 the rows of a
// group are occurrences: steps, what cards answered to them, tiers, the sales of a date.
//
// # What becomes of a call
//
//	                    sell                quote, ask, reverse, steps, report, totals
//	reply               by the code of the reply, as cardsystem.Judge says
//	reply, and failed   the same; unknown if the code says that it was done
//	not sent            not done            unknown
//	no reply            unknown             unknown
//
// Not done is this call's: it may be repeated (Retry). A reply repeats the key of its
// request, so that one to another request is none. The rows are made by cardsystemtest's
// suite over the simulated card-meter system, and by a library that misbehaves, both in
// uplink/cmd/roadhost; payments/README.md has the tables.
package tuxedo
