// Package fixed is the dialects of the card-meter system that speak messages of fixed
// fields, one connection a call: what a dialect is made of, as data (a [Table]: frame,
// return codes, layouts), and how it is written and read. The frame and the fields are
// payments/fixedfield.
//
// Every answer opens with code and text and repeats the key of its request; only one that
// says that the request could not be read may have none. Steps and what was saved are
// hexadecimal digits.
//
// # Names that a layout may use
//
//	facts of a card   cardno, form, kind, meter, customer, count, purse, loaded, left
//	sell              serial, account, amount, date, time, tender, kiosk, and the facts
//	ask               serial
//	reverse           serial, original, date
//	steps             serial, round, saved, and the facts; rows of name, data
//	report            serial, outcome, count
//	totals            date
//
// and in answers
//
//	all               code, text
//	quote             cardno, account, name, address, arrears, min, max, step, fixed, lines,
//	                  waiting, and of that sale number, card, count, amount, energy;
//	                  rows of part, upto, price: a tier where part is blank
//	sell, ask         serial, number, card, count, amount, energy, booked
//	reverse           serial, original
//	steps             serial, cardno, round, last, lines; rows of op, area, address, length,
//	                  expect, save, changes, purse, data
//	report            serial
//	totals            date, standing, sum, lines; rows of serial, account, amount, count,
//	                  reversed, outcome
//
// An answer is one frame of at most 64 KiB, which is several hundred sales of one day.
package fixed
