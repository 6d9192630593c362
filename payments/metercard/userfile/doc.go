// Package userfile is what meter cards hold, byte by byte: the user files of State-Grid
// processor cards, and the layouts of memory cards, which are our own. It reads and
// writes byte slices; which steps read a card is [Plan], what they mean is [Facts]. It
// knows no key and no reader.
//
// # Processor cards
//
// The user card of the State Grid, version of 2013. Numbers are BCD, two digits a byte;
// amounts and counts are binary, high byte first, amounts in fen. How a meter codes what
// is left in the return file is not in the sources that could be read: it is taken to be
// as in the purse, and has to be checked on a card of each make.
//
//	MF/EF19    8 bytes from offset 1   serial of the chip
//	DF01/EF01  45   68 command length2 data(39) sum 16
//	           data: 0 reserved, 1 update flags, 2 reserved 4, 6 tariff switch YYMMDDhhmm 5,
//	           11 reserved, 12 alarm 4, 16 second alarm 4, 20 CT 3, 23 PT 3, 26 meter 6,
//	           32 customer 6, 38 type of card: 01 open account, 02 purchase, 03 replacement
//	DF01/EF02  8    purse: amount 4, count 4
//	DF01/EF05  49   68 command length2 data(43) sum 16, all 00 where the meter wrote nothing
//	           data: 0 type of customer, 1 CT 3, 4 PT 3, 7 meter 6, 13 customer 6, 19 left 4,
//	           23 count 4, 27 overdraft 4, 31 keys 4, 35 illegal insertions 3, 38 time 5
//
// Sum is of the bytes from the command to the end of the data, modulo 256.
//
// # Memory cards
//
// Version 1. Three kinds of block, each with a checksum: CRC-32 (IEEE, high byte first) of
// a tag, the number of the card, and what stands before the checksum.
//
//	identity  24   number 8, customer 6, meter 6 (BCD), CRC-32 (tag "WK1i", of all 20 bytes)
//	purchase  12   type of card 1, count 3, amount 4, CRC-32 (tag "WK1p", number, 8 bytes)
//	return    12   00, purchases loaded 3, left 4 (two's complement), CRC-32 (tag "WK1r", number, 8 bytes)
//
//	           identity  purchase, even count and odd  return, even and odd
//	SLE4442    8         64, 96                        128, 160
//	AT88SC102  92        22, 34                        46, 58
//
// The identity is written when a card is issued and never after. Of the others there are
// two: purchase n stands in the first where n is even and in the second where it is odd,
// so that it is written over purchase n - 2, and a write that is torn leaves n - 1 as it
// was. The checksum is written last, in a step of its own: a purchase counts from there
// on. A block that does not check, or is in the other one's place, is not there.
//
// An AT88SC102 has its identity in zone 2, which can be erased 128 times only, and what
// changes in zone 1. Its issuer fuse is whole: after it is blown a zone is erased as one.
//
// A card of neither has no number: its first 8 bytes take the place of it.
package userfile
