// Package cash owns what head office knows of notes: where they are from the moment at
// which a kiosk says that they are in its cassette to the one at which the bank has them.
//
//	in the cassette    a position per kiosk, by denomination, since the last exchange
//	in transit         a collection (清机): two people took the cassette out
//	in the vault       two people received it at head office, who counted again
//	remitted           two people handed a set of collections over (解款)
//	deposited          the bank has it; matched once the bank's own line says so
//
// All that comes from a kiosk is read out of its journal by Vault.Follow, record by record
// and in order, and by nothing else: a position is what the records say, whenever they are
// read. Records of a journal that a kiosk had before its present one may come late; then
// what is known of that kiosk is made again from all of them.
//
// What a kiosk says that it expects is evidence. What is in the books is what its records
// tell head office; where the two differ there is a case. Each step posts its entries in
// the database transaction in which it is stored, by difference (accounts.Book.RecordIn):
//
//	collection-SERIAL   cash-in-kiosk → cash-in-transit, what the records tell
//	count-SERIAL        what the two at the kiosk counted beside it: surplus or shortage
//	receipt-SERIAL      cash-in-transit → cash-counted, what was lost or found on the way
//	forged-CASE         cash-counted → counterfeit, or cash-at-bank → counterfeit: found later (ForgeIn)
//	remittance-SERIAL   cash-counted → cash-remitted
//	deposit-SERIAL      cash-remitted → cash-at-bank
//	deposit-REMITTANCE  what the bank has beside that, and counterfeit notes do not explain
//
// Who collected may not receive, receiving and remitting are done by two people (package
// approval), and whoever enters the bank's line is another one than who entered the
// deposit. After a remittance no payment whose notes were in it is reversed by people
// (Reversible): the machine's own reversals of what it never saw booked go on, because
// they take nothing back that anybody believes in.
//
// The package refuses to guess: a capacity, a forecast and the value of a note may be
// unknown, and unknown is not zero.
package cash
