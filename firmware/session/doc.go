// Package session is one customer's visit to the screen: which screen is shown,
// what may be touched, when the kiosk asks whether more time is wanted, and
// what happens when nobody answers.
//
// It is a pure state machine. It holds no money: whatever concerns notes and
// postings is in the transaction, which the session only shows. Each change
// raises Rev, and an intent that names another revision is refused, so a touch
// on a screen that is gone does nothing.
//
//	idle → choose-service → enter-account → (querying) → confirm-account →
//	choose-tender → insert-cash → processing → done | failed → idle
//
// out-of-service replaces idle while nothing can be offered.
//
// While an update stick is plugged in, a technician may take the customer's place:
//
//	idle, out-of-service → staff-login → staff-stick → staff-confirm →
//	staff-progress → staff-result → idle
//
// A login's PIN and code are in its intent and in the Login that is made of it, and
// nowhere else: not in a State, a View or an error.
package session
