// Package vendor drives a card reader through its maker's dynamic library, in a
// process of its own (hal/cmd/vendorhost), on a board under an account of its own.
//
// It owns three things: the description of a library's C functions ([ABI], a small
// TOML file), the frames between terminal and child process, and [Driver], a
// card.Engine whose port is that child. [Host] starts the child and is what
// hal/port.Run opens: a crash, a hang or an exit closes the port, which is opened
// again after a back-off; too many crashes in a while put the library in
// quarantine for QuarantineTime.
//
// A description:
//
//	library = "/usr/lib/wattkiosk/libreader.so"
//
//	[op.open]                       # before anything else; optional
//	function = "dev_open"
//	args = ["'/dev/ttyS3'", "9600"] # a text, a number
//
//	[op.status]
//	function = "dev_status"
//	args = ["value"]                # int32_t *
//	media = { 0 = "not-present", 1 = "present" }
//
//	[op.transmit]
//	function = "dev_apdu"
//	args = ["data", "len(data)", "out", "len(out)"]
//	deadline = "3s"
//
//	[error]
//	-1 = { is = "no-card", text = "no card in the reader" }
//	-9 = { is = "device", text = "time-out of the card", unknown = true }
//
// The operations are the commands of package card by name ("power-on",
// "transmit", "select", "read", "write", "tries", "verify", "read-tracks",
// "eject", "capture", "accept", "refuse", "power-off", "reset"), and open, close,
// status. One that is missing is not supported, except accept, refuse and
// power-off, which are then done at once.
//
// Arguments, passed in their order as C passes integers and pointers:
//
//	data        const uint8_t *, the command's bytes
//	len(data)   int32_t
//	address, length, area, chip   int32_t, as in card.Command
//	out         uint8_t *, MaxData bytes
//	cap(out)    int32_t, MaxData
//	len(out)    int32_t *, MaxData before the call, bytes written after it
//	value       int32_t *, for status and tries
//	track1, track2, track3   char *, 256 bytes, NUL-terminated after the call
//	12, 0x30    int32_t
//	'text'      const char *
//
// A library that works cards itself, and says to nobody what it tells them, has pieces of
// work beside that. Each is a list of calls, made in order; the first that fails is the
// last. Arguments are fields by names that only their owner understands, texts and
// numbers:
//
//	[[work.read]]
//	function = "ReadCardNum"
//	args = ["out:serial"]
//
//	[[work.write]]
//	function = "ReadCardNum"
//	args = ["same:serial"]          # another card than the one that was named: stop here
//
//	[[work.write]]
//	function = "WritePurse"
//	args = ["in:serial", "in:purse"]
//
//	in:name     const char *, a field of the command, or one that an earlier call told
//	out:name    char *, MaxField bytes, a text with a NUL after the call; _name is for a
//	            later call only
//	same:name   the same, and it must be what the field of that name is
//
// A piece of work that ended after its first call is Unknown, whatever the code means.
//
// The function returns int32_t: 0 (or one of ok) is success; with returns =
// "length" any number from 0 is the length of out. A code that [error] does not
// list is Unknown for a command that can change a card, since nobody knows what
// the library did, and NotDone for any other.
//
// Every call has a deadline (default 10 s, at most MaxDeadline). A child whose
// call is late ends itself; if it cannot, Host kills it. The command is Unknown.
//
// The package refuses to load a library into its own process.
package vendor
