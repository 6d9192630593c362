// Package admission holds in memory who kiosks are (package identity), so that a broker can
// ask at each connection, and answers their requests for another certificate.
//
// It follows the books by a look each second: what people or another head office on the
// same books change is known here within that time, and who watches is told, so that open
// connections end. What it refuses it has read from the books at that moment; what it lets
// in may be a second old, and ends with the next look.
//
// It notices what looks like a copy of a kiosk's key, and has a case say so: connections of
// one name that take each other's place again and again, and a key that was replaced.
//
// Its memory is one entry for each kiosk and at most 16 take-overs of each. Where the books
// cannot be read, who was known stays known, and nobody else is let in.
package admission
