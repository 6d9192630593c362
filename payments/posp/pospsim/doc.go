// Package pospsim is a simulated bank: a POSP in UnionPay style with the issuer behind
// it. It has a ledger, cards with money, PINs and tries, keys of its own, and faults
// that can be switched on: the independent oracle of tests, of the simulation and of
// the lab.
//
// It reads and writes frames by a small table of its own and shares no bookkeeping with
// the code under test. Only the MAC methods are those of payments/posp/mac, whose
// vectors come from elsewhere.
//
// Handle is pure but for the ledger: frame in, replies out, no clock but the injected
// one, no socket. Serve puts it on TCP.
//
// What it does as a bank: each terminal has a master key. A sign-in makes new working
// keys and gives them out encrypted, with check values, and says which batch is open.
// A message with a wrong MAC is answered A0 and not carried out. A trace stands for one
// operation of a batch: a second one is answered 94 and books nothing. A reversal of
// what was booked gives the money back, as often as it comes, once; a reversal of what
// never came is answered 25 and remembered, so that an original that arrives after it
// is refused. A settlement whose totals are equal closes the batch, and says so again
// when it is asked again.
//
// A sale that names an account in field 62 is one that the bank books itself (公共支付):
// with its Poster, in the same breath. What the Poster refuses is declined, and a reversal
// takes the booking back before the money; while the Poster does not, it is refused. A
// terminal's void or refund of such a sale is refused.
//
// The chip's certificate (TC) of a sale comes when its batch closes: the issuer checks it
// with its own keys and the card number of the sale, and the ledger has it as good, wrong,
// or missing. A notice of scripts is in the ledger with their results.
//
// It is a double: only tests, other doubles and the lab may import it.
package pospsim
