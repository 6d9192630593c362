// Package visit is one person's visit to the screen: which screen is shown, what
// its page is, when the kiosk asks whether more time is wanted, and what happens
// when nobody answers.
//
// It is the corridor: idle, the choice of a service, the account, out of service,
// the language, the patience. The rooms along it are the services, which make their
// own pages (firmware/service/…). It is a pure state machine. It holds no money:
// whatever concerns notes and postings is in the transaction, which is only shown.
// Each change raises Rev, and an intent that names another revision is refused, so
// a touch on a screen that is gone does nothing.
//
//	idle → choose-service → enter-account → (querying) → confirm-account →
//	choose-tender → insert-cash → processing → done | failed → idle
//
// out-of-service replaces idle while nothing can be offered. While an update stick
// is plugged in, a technician may take the customer's place:
//
//	idle, out-of-service → staff-login → staff-stick → staff-confirm →
//	staff-progress → staff-result → idle
//
// A key of a keypad is no touch of the visit, as what is typed stays with the page; the
// page says only that somebody is there (still-here), and that is bounded.
//
// What a person chose ends with the visit: the next one is greeted in the language
// of the site.
package visit
