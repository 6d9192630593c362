// Package screen is the customer's touch screen over HTTP on loopback: it draws
// the kiosk's view as HTML, pushes each change to the page, and hands touches
// on. It owns the page, its look and its fixed phrases; it holds no state of a
// visit, and neither does the browser, apart from the digits being typed.
//
// Words: a view is the screen as data (page.View); a fragment is that view as
// HTML, the element with the id "screen"; an intent is one touch together with
// the revision it was made on; a stale intent is one made on a screen that has
// changed since, and is answered with the present screen and nothing else.
//
// It refuses intents from pages of another origin, bodies over MaxBody, and
// everything that is not exactly an intent. It writes neither account numbers
// nor bodies to the log.
package screen
