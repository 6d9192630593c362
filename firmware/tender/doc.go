// Package tender says what a station is: the place at the kiosk where money is
// taken in one way (支付方式). The note validator is one (firmware/tender/cash), a
// code on the screen another (firmware/tender/qr), a card reader with its PIN pad a
// third (firmware/tender/bankcard).
//
// A [Station] takes reports of its devices and answers of head office, and gives
// decisions. A [Decision] is events of one transaction: the kiosk makes them durable
// and says so with Settle, and only then does the station give its orders. So
// whatever must be known after a power cut is in the journal before a device or a
// bank is told anything:
//
//	report → Heard                       nothing is written, nothing is ordered
//	         Decide → Decision → journal → Settle(durable) → Effects
//	time   → Turn   → Decision → journal → Settle(durable) → Effects
//
// A report waits in the station until its decision is settled. Where the journal
// refuses, Settle is told so: the station does what takes no record (give a note or
// a card back), or the report waits.
//
// A station never sees a screen, and a service never sees a device: pages show a
// [Face]. It never decides whether something is posted, undone or owed: the legs of
// the transaction report facts, and payments/compensation says what follows; Begin
// is how its act "take-money" reaches the station. A time-out may change who is asked,
// never a fact.
//
// What takes no money and keeps to the same discipline is a [Place]: the card desk
// (firmware/metercard).
//
// The package knows no device: what the orders and reports are made of is between a
// station and the kiosk's port.
package tender
