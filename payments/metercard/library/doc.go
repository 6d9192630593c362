// Package library is the other way to work meter cards, beside the instruction stream: a
// dynamic library (动态库) of the reader's maker, which knows files and keys and reads and
// writes the card by itself. The package owns the names of the fields that such a library
// tells and is told, what they mean ([Facts]), and the [Order] under which head office
// lets one sale be written. It has no I/O and no clock, and loads nothing.
//
// # What a library tells of a card
//
// Texts, by name. A processor card is told by its files, in hexadecimal digits, without
// the frame that they have on the card; any other by what it says:
//
//	serial            of the chip, hexadecimal digits
//	param             DF01/EF01, 39 bytes
//	purse             DF01/EF02, amount 4, count 4
//	returned          DF01/EF05, 43 bytes; empty where the meter wrote nothing
//	or
//	serial, form      cpu, sle4442 or at88sc102
//	kind              open-account, purchase, replacement or blank; 1, 2 or 3 for the first
//	                  three; empty where there is a meter for purchase, any other for other
//	meter, customer   digits
//	count, amount     decimal; of the last purchase, in fen
//	loaded, left      decimal; as the meter wrote back, in fen; empty for nothing
//
// # What it is told for a write
//
//	serial, meter, customer   as above
//	number                    of the sale, by the card-meter system
//	count, amount             decimal; of the purse once it is written, in fen
//	energy                    decimal, in 0.01 kWh; 0 where money is sold
//	purse                     amount 4, count 4 in hexadecimal digits, as the file holds it
//	division                  0000 and the meter's number: what keys are derived from
//
// Whatever a library says of a write, nothing but what it reads from the card afterwards
// ends one. That it may lie in both it must be trusted for: the head office of a utility
// chooses it as it chooses the reader.
package library
