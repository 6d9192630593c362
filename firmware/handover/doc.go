// Package handover is what passes between the kiosk, the update agent and a technician.
//
// For updates the program is a go-between without rights. [AgentLink] hands the agent the
// job that head office signed, and passes the agent's reports and the stick that it found
// on; [LoginDesk] has a technician's login checked.
//
// Firmware of devices the kiosk does write, as it alone may open them: the agent hands it
// over, checked. [Flashing] keeps it on disk until the device runs it, and writes it under
// a hold, with the line borrowed from the device's driver, which gives it up only when no
// note is in the device and no report of one is unconfirmed. Then the driver is rebuilt,
// and reports that it is at rest before the next customer may begin. A start of the program that
// finds firmware on its way goes on with it: a device that is in its loader takes no
// notes, one that still runs what it had is flashed as soon as no customer is served.
//
// Nothing here blocks the core's loop: orders wait in bounded queues, answers come back
// as events.
package handover
