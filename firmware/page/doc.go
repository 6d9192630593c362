// Package page is what a screen is made of: a page is a value that says what it
// shows and what may be touched on it.
//
// A [Page] marshals to the fields of the published contract (GET /state), and
// lists its touches. Its buttons are drawn from that list, and an intent is taken
// only through that list, so what is offered is what is handled. A [Touch] decides
// nothing about money: it returns a [Move], which the visit makes, and effects,
// which the kiosk carries out.
//
// The package also holds the words of the screen in both languages. It knows no
// device, no journal and no transaction.
package page
