// Package dlt645 reads electricity meters by DL/T 645-2007, over RS-485 (2400 8E1
// by default) or infrared (1200 8E1): the baud rate is the port's matter.
//
// Frame: FE×4 | 68 | address 6, lowest digits first, BCD | 68 | control | length |
// data, each byte + 33h | sum mod 256 from the first 68 | 16. A reply has bit 7 of
// control set, bit 6 when it is a refusal, bit 5 when more follows.
//
// One request is on the line at a time. It is sent again after ReplyTimeout up to
// Tries times; a reply of another meter, to another request, or with a bad sum is
// no reply. The echo of an infrared head, which receives itself, is distinguished from a reply
// by control bit 7.
//
// Sources: the standard's frame and its data identifiers for energy (0001FF00 ff.),
// remaining money (00900200), remaining energy (00900100), overdraft (00900201),
// state word 3 (04000503) and the meter's address, as public code has them. The
// purchase record 0333xx01 is from general knowledge of the standard's appendix:
// check it on a meter.
//
// The package refuses to send anything but reads (control 11 and 13).
package dlt645
