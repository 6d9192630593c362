// Package acquirersim is a simulated QR acquirer with a ledger of its own: the
// independent oracle of tests, of the simulation and of the lab. One Server speaks
// three protocols at once, that of Alipay, of WeChat Pay and of payments/acquirer/
// signed, over one ledger.
//
// It shares no code with the adapters and none with their libraries: signatures are
// checked and made with the standard library by the published rules, and amounts
// are read by its own parser. What it owns besides is the customer's telephone (Pay,
// PayCode, Enter) and the faults.
//
// Server is an http.Handler for sockets. RoundTripper takes it without any: a
// simulation in virtual time hands it to an adapter, and an answer that does not come
// is a time-out at once. The clock is the caller's and nothing is random, so that the
// same calls have the same end.
//
// It is a double: only tests, other doubles and the lab may import it.
package acquirersim
