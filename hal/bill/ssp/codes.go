package ssp

// Host commands (the first data byte).
const (
	CmdReset       = 0x01
	CmdInhibits    = 0x02 // + 2 bytes, low first: bit n-1 set = channel n accepted
	CmdSetup       = 0x05
	CmdVersion     = 0x06 // + protocol version
	CmdPoll        = 0x07
	CmdReject      = 0x08 // give the note in escrow back
	CmdDisable     = 0x09
	CmdEnable      = 0x0A
	CmdProgram     = 0x0B // + ProgramRAM: what follows is new firmware
	CmdSerial      = 0x0C
	CmdValues      = 0x0E
	CmdSync        = 0x11 // the next new command has sequence bit 0
	CmdReason      = 0x17 // last reject code
	CmdHold        = 0x18
	CmdFirmware    = 0x20 // the full name of the firmware, in ASCII
	CmdPollWithAck = 0x56
	CmdEventAck    = 0x57
)

// Generic replies (the first data byte of every reply).
const (
	ReplyOK         = 0xF0
	ReplyUnknown    = 0xF2 // command not known
	ReplyParameters = 0xF3 // wrong number of parameters
	ReplyRange      = 0xF4 // parameter out of range
	ReplyCannot     = 0xF5 // cannot be processed now
	ReplySoftware   = 0xF6 // software error; also when a flash was cut: it is to be done again
	ReplyFail       = 0xF8
	ReplyHeader     = 0xF9 // the firmware offered is not for this device
	ReplyKey        = 0xFA // the device speaks only encrypted
)

// Events: the bytes after ReplyOK in a reply to POLL. Read, Credit, Fraud,
// ClearedFront and ClearedBox carry a channel, 0 = unknown. POLL WITH ACK repeats
// the reply with Credit, Fraud and ClearedBox until EVENT ACK; for ClearedFront the
// manual does not say.
const (
	EvChannelDisable = 0xB5 // all channels inhibited
	EvInitialising   = 0xB6 // POLL WITH ACK only
	EvStacking       = 0xCC
	EvPathOpen       = 0xE0
	EvClearedFront   = 0xE1 // + channel; at power-up, out of the front
	EvClearedBox     = 0xE2 // + channel; at power-up, into the cassette
	EvBoxRemoved     = 0xE3
	EvBoxReplaced    = 0xE4
	EvFraud          = 0xE6 // + channel
	EvStackerFull    = 0xE7
	EvDisabled       = 0xE8
	EvUnsafeJam      = 0xE9 // the note can be pulled out at the front
	EvSafeJam        = 0xEA // it cannot; from public drivers, not in the manual of the NV9
	EvStacked        = 0xEB
	EvRejected       = 0xEC
	EvRejecting      = 0xED
	EvCredit         = 0xEE // + channel
	EvRead           = 0xEF // + channel; 0 = still being read
	EvReset          = 0xF1
)

// Reject codes that tell of a note that had reached escrow.
const (
	reasonByHost  = 0x08
	reasonTimeout = 0x13
	reasonUnable  = 0x1D // could not be stacked
)

// eventSize is the number of bytes of an event, its code included; 0 for an event
// unknown here.
func eventSize(code byte) int {
	switch code {
	case EvRead, EvCredit, EvFraud, EvClearedFront, EvClearedBox:
		return 2
	case EvChannelDisable, EvInitialising, EvStacking, EvPathOpen, EvBoxRemoved, EvBoxReplaced, EvStackerFull,
		EvDisabled, EvUnsafeJam, EvSafeJam, EvStacked, EvRejected, EvRejecting, EvReset:
		return 1
	}
	return 0
}
