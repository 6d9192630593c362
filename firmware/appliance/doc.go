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
// Firmware of devices it does write, as it alone may open them: the agent hands it over,
// checked. It is kept on disk until the device runs it, and written under a hold, with
// the line borrowed from the device's driver, which gives it up only when no note is in
// the device and no report of one is unconfirmed; then the driver begins anew, and is
// heard at rest before the next customer may begin. A start of the program that finds
// firmware on its way goes on with it: a device that is in its loader takes no notes,
// one that still runs what it had is flashed as soon as nobody is served. While a device
// is flashed the agent gets no hold, so that it does not restart the board.
//
// Beside the devices that sell stands the cabinet: watchdog, loudspeaker, camera,
// thermometer, each in a package and on goroutines of its own. The watchdog is fed
// only while the loop, the journal's committer and every device's pump come round.
package appliance
