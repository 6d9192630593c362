// Package tuxedo carries the operations of package mis to a MIS that is a Tuxedo domain,
// over payments/tuxedo, which says how: buffers, children, the client library. It owns the
// client, and what ATMI's errors mean for money. The messages are those of mis/socket's
// dialects, which are data. The services of Settings are those of query, verify, post, ask
// and reverse.
//
// # What becomes of a call
//
//	                    post                ask, reverse   query, verify
//	reply               by the code of the reply, as mis.Judge says
//	reply, and failed   the same; unknown if the code says that it was done
//	not sent            not done            unknown        unknown
//	no reply            unknown             unknown        unknown
//
// Not done is this call's: it may be repeated (Retry). The rows are made by mistest's suite
// over the simulated MIS, and by a library that misbehaves, both in uplink/cmd/roadhost;
// payments/README.md has the tables.
package tuxedo
