// Package hn is the HN province's dialect of the card-meter system, in the style of its
// marketing MIS's socket messages.
//
// The return codes of cards, from 11201 on, and those that it has in common with the
// marketing MIS are in the public message tables of the province [R], and so are the field
// names order_no, spot_code, zffs, return_code and return_msg. Everything else is our own
// inference [I]: every byte of the frame, the widths, the order of fields, the codes of
// messages, and the codes from 11291 on, for what the tables have none for.
//
// The dialect has no code for a card of another utility, for an amount below the least
// one, for a multiple or for an account that was not opened beyond those; a request that
// cannot be read is not answered.
package hn
