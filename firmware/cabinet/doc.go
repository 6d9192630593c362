// Package cabinet is what a kiosk has beside the devices that sell: watchdog,
// loudspeaker, camera and thermometer. Each works on goroutines of its own, and none
// of them can hold up a sale: one that fails is listed as failed, and the kiosk sells.
//
// The watchdogs are fed only while the core's loop, the journal's commits and the
// pump of every device come round; [Cabinet.Probe] and [Cabinet.Pump] say so for the
// last two.
package cabinet
