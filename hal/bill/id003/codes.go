package id003

// Host commands (the first payload byte). STACK-1 gives VEND VALID when the note
// has passed the stacker's lever, STACK-2 when it is wholly in the cassette; the
// driver sends STACK-2 only.
const (
	CmdStatus        = 0x11
	CmdReset         = 0x40
	CmdStack1        = 0x41
	CmdStack         = 0x42 // STACK-2
	CmdReturn        = 0x43
	CmdHold          = 0x44
	CmdAck           = 0x50 // to VEND VALID; has no reply
	CmdVersion       = 0x88
	CmdCurrency      = 0x8A
	CmdDenominations = 0xC0 // + 2 bytes, low first: bit n set = code 61h+n refused
	CmdSecurity      = 0xC1 // + 2 bytes: bit n set = code 61h+n is checked more strictly
	CmdInhibit       = 0xC3 // + 1 byte: 01 = takes no notes, 00 = takes notes
	CmdDirection     = 0xC4 // + 1 byte: bit set = that way of insertion refused
	CmdOptions       = 0xC5 // + 2 bytes; bit 1 of the first = power recovery
)

// Replies to a command that is not answered with data or, as C0 to C5 are, with
// the command itself.
const (
	ReplyAck     = 0x50
	ReplyLine    = 0x4A // communication error
	ReplyInvalid = 0x4B // invalid command
)

// States: the first byte of a reply to STATUS REQUEST. Escrow, Rejecting and
// Failure carry one more byte, VendValid on some devices.
const (
	StIdling           = 0x11 // the byte of CmdStatus: the two frames are the same
	StAccepting        = 0x12
	StEscrow           = 0x13 // + denomination code
	StStacking         = 0x14
	StVendValid        = 0x15 // until ACK; on some devices + denomination code
	StStacked          = 0x16 // after ACK
	StRejecting        = 0x17 // + reason
	StReturning        = 0x18
	StHolding          = 0x19
	StDisabled         = 0x1A
	StInitialize       = 0x1B
	StPowerUp          = 0x40
	StPowerUpValidator = 0x41 // a note is in the path
	StPowerUpStacker   = 0x42 // the note on its way is in the cassette
	StCassetteFull     = 0x43
	StCassetteOut      = 0x44
	StJamValidator     = 0x45
	StJamCassette      = 0x46
	StPause            = 0x47
	StCheated          = 0x48
	StFailure          = 0x49 // + code
)

// CodeBase is the denomination code of index 0 of a Table and bit 0 of a mask.
const CodeBase = 0x61

// stateOf reads a state report: the code, and the byte that belongs to it. A report may
// be longer than the handbook's; after the denomination of StEscrow a bar code may follow.
func stateOf(p []byte) (code, arg byte, ok bool) {
	if len(p) == 0 {
		return 0, 0, false
	}
	switch p[0] {
	case StIdling, StAccepting, StStacking, StStacked, StReturning, StHolding, StDisabled, StInitialize,
		StPowerUp, StPowerUpValidator, StPowerUpStacker, StCassetteFull, StCassetteOut, StJamValidator,
		StJamCassette, StPause, StCheated:
		return p[0], 0, true
	case StVendValid: // some devices name the note
		if len(p) == 1 {
			return p[0], 0, true
		}
		fallthrough
	case StRejecting, StFailure, StEscrow:
		if len(p) > 1 {
			return p[0], p[1], true
		}
	}
	return 0, 0, false
}
