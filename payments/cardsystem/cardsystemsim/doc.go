// Package cardsystemsim is a simulated card-meter system with a ledger of its own: the
// independent oracle of tests, of the simulation and of the lab. It owns accounts (户号),
// their cards, the sales by serial and the faults that can be switched on. It shares no
// bookkeeping with the code under test; from the roads it takes only how they say things.
//
// # Rules
//
// A card may buy if it is a card of this system, not blank and not replaced by another
// one; if it and the ledger count the same purchases, the last of them is on the card and
// was loaded by the meter; if nothing is owed and no change of tariff is due. A sale is of
// an amount within the bounds: the least, what the hoarding limit leaves, the agreed one,
// multiples. It makes purchase n + 1 after n.
//
// A sale is idempotent by serial: the same order again is answered with the same sale,
// another order under the serial is a duplicate. A sale that is not on its card keeps the
// card from buying until it is written or reversed. A card that shows the purchase is
// written, whoever said so. A reversal needs the day of the sale, and a sale that is not
// written; the next sale has the same count then.
//
// Steps come from the Encryptor of the Config; without one the keys are away.
//
// The clock and the random numbers are the caller's, so a run is repeated by its seed.
//
// It is a double: only tests, other doubles and the lab may import it.
package cardsystemsim
