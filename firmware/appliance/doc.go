// Package appliance wires the running kiosk: it carries the events of devices, line
// and screen into the core (package kiosk) and the core's effects out to them.
//
// One goroutine owns the core ([Loop]); everything else talks to it through bounded
// channels. What is wired lives in packages of its own, which know neither this one nor
// each other:
//
//	firmware/line         the kiosk's end of the line to head office
//	firmware/cabinet      watchdog, loudspeaker, camera, thermometer
//	firmware/handover     what passes to and from the update agent and a technician
//	firmware/control      the control socket, and the kiosk's status
//	firmware/peripherals  the devices that sell
//	firmware/screen       the customer's pages
package appliance
