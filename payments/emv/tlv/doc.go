// Package tlv is the BER-TLV codec of chip cards (ISO/IEC 7816-4, EMV Book 3 annex
// B): tags of one to three bytes, lengths in the short form or with one or two bytes
// after 81 or 82, values that may hold further objects.
//
// It owns the bytes and their limits. It refuses what a card may not send: the
// indefinite length, longer tags and lengths, a value that is cut short. Bytes 00
// between objects are filling and are passed over. It knows no tag's meaning.
//
// Values alias the input; nothing is allocated by reading. Objects print as tag and
// length only, since a value may be a card number.
package tlv
