// Package appliance is the running kiosk: it carries the events of devices, line
// and screen into the core (package kiosk) and the core's effects out to them.
//
// One goroutine owns the core; everything else talks to it through bounded
// channels. The uplink runs on a goroutine of its own, over the journal, so that
// a bad line never holds up a customer.
//
// Beside the devices that sell stands the cabinet: watchdog, loudspeaker, camera,
// thermometer, each in a package and on goroutines of its own. The watchdog is fed
// only while the loop, the journal's committer and every device's pump come round.
package appliance
