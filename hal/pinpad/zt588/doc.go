// Package zt588 drives the encrypting PIN pads of SZZT's ZT588 family (metal
// keypads of many Chinese terminals), 9600 8N1.
//
// Frame: 02 | length, 3 decimal digits | text | 03 | XOR of everything between 02
// and the XOR, 2 hex digits. Text is a command character and ASCII parameters;
// bytes are hex. A reply is a status byte (E0 to EF are errors) and data. Key
// presses come outside of frames, a byte each: a digit or the mask '*', 0Dh enter,
// 08h backspace, 1Bh cancel, 80h time-out.
//
//	1 load plain key        (never sent: the secure room's)
//	2 load encrypted key    under 2, slot 2, type 1 (3 PIN, 5 MAC), length 1, key
//	3 user information      settings at offset 59: bit 0 of the first byte = blank
//	5 control               group 1, value 2: 02 input off, 03 input on, 3 mask
//	6 start PIN input       slot 2, format 1, hint 1, length 2, account number
//	7 get PIN block         status, track 2, length 2, block
//	8 MAC                   slot 2, mode 1 (0 X9.19, 1 X9.9, 2 UnionPay's ECB), data
//
// Slots on the wire: master key n is 10h*n, PIN key n 40h+8n, MAC key n 41h+8n.
//
// Sources: commands 2 to 7, frame, keys and error codes from two public drivers of
// the family; command 8 with its modes and format 4 (character '4') are general
// knowledge. Check them on the pad at hand. A pad that wants its authentication handshake first
// answers ECh, which is ErrAuth: that is done in the secure room.
package zt588
