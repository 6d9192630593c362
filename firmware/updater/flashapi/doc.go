// Package flashapi is how the update agent hands firmware of devices to kioskd: the
// two routes on kioskd's control socket, and what goes over them.
//
// The agent checks what head office signed, but may open no device; kioskd has the
// devices, and no key. So the agent takes the firmware out of a bundle whose
// signatures hold and hands it over as it is; kioskd trusts whoever can open its
// control socket, which is root and itself. It keeps the firmware on disk until the
// device runs it, waits until no customer is served and no note or report is open,
// flashes, and says how that went. Bytes and hash go together, so that neither is
// taken for another's.
//
//	PUT /devices/firmware?name=…&class=…&driver=…&model=…&version=…&older=…&sha256=…
//	                      the image; State, once it is taken over
//	GET /devices/firmware State
//
// One firmware at a time: another one is refused with 409 while one is under way. The
// same one again is no error and changes nothing, so that either side may restart at
// any time. A State is forgotten at a restart of kioskd unless its firmware is still
// under way; who misses his offers it again, and a device that runs it already is
// left alone.
//
// The package bounds bodies. It owns no file and no device.
package flashapi
