// Package appliance is the running kiosk: it carries the events of devices, line
// and screen into the core (package kiosk) and the core's effects out to them.
//
// One goroutine owns the core; everything else talks to it through bounded
// channels. The uplink runs on a goroutine of its own, over the journal, so that
// a bad line never holds up a customer.
//
// For updates the program is a go-between without rights: it hands the agent the job
// that head office signed, and head office the agent's reports; it shows a technician
// the stick that the agent found, and has the login checked on a goroutine of its
// own; and it gives the agent a hold, during which no customer can begin.
//
// Beside the devices that sell stands the cabinet: watchdog, loudspeaker, camera,
// thermometer, each in a package and on goroutines of its own. The watchdog is fed
// only while the loop, the journal's committer and every device's pump come round.
package appliance
