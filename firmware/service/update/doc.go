// Package update is the service of a technician on site: log in, look at the
// bundles on an update stick, install one, watch it.
//
// The pages are here, and what a login and a stick are. A login's PIN and code are
// in its intent and in the [Login] that is made of it, and nowhere else: not in a
// State, a page or an error. The package never sees a device, the update agent or
// the journal; the kiosk carries orders to them and brings their answers.
package update
