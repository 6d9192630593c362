package ccnet

// Host commands (the first payload byte).
const (
	CmdAck    = 0x00
	CmdNak    = 0xFF
	CmdReset  = 0x30
	CmdStatus = 0x31
	CmdPoll   = 0x33
	CmdEnable = 0x34
	CmdStack  = 0x35
	CmdReturn = 0x36
	CmdIdent  = 0x37
	CmdHold   = 0x38
	CmdTable  = 0x41
)

// Device replies to a command that carries no data. ReplyIllegal has the same
// byte as CmdReset.
const (
	ReplyAck     = 0x00
	ReplyNak     = 0xFF
	ReplyIllegal = 0x30
)

// States: the first byte of a reply to POLL. Busy, Rejecting, Failure, Escrow,
// StackedBill and ReturnedBill carry one more byte.
const (
	StPowerUp          = 0x10
	StPowerUpValidator = 0x11 // a note is in the path
	StPowerUpStacker   = 0x12 // the note on its way is in the cassette
	StInitialize       = 0x13
	StIdling           = 0x14
	StAccepting        = 0x15
	StStacking         = 0x17
	StReturning        = 0x18
	StDisabled         = 0x19
	StHolding          = 0x1A
	StBusy             = 0x1B // + time in 100 ms
	StRejecting        = 0x1C // + reason
	StDispensing       = 0x1D
	StUnloading        = 0x25
	StCassetteFull     = 0x41
	StCassetteOut      = 0x42
	StJamValidator     = 0x43
	StJamCassette      = 0x44
	StCheated          = 0x45
	StPause            = 0x46
	StFailure          = 0x47 // + code
	StEscrow           = 0x80 // + bill index
	StStacked          = 0x81 // + bill index
	StReturned         = 0x82 // + bill index
)

// Reply sizes in payload bytes.
const (
	IdentSize  = 15 + 12 + 7
	TableSize  = BillTypes * entrySize
	StatusSize = 6
)

// stateSize is the payload size of a state report, 0 for a state unknown here.
func stateSize(code byte) int {
	switch code {
	case StPowerUp, StPowerUpValidator, StPowerUpStacker, StInitialize, StIdling, StAccepting, StStacking,
		StReturning, StDisabled, StHolding, StDispensing, StUnloading, StCassetteFull, StCassetteOut,
		StJamValidator, StJamCassette, StCheated, StPause:
		return 1
	case StBusy, StRejecting, StFailure, StEscrow, StStacked, StReturned:
		return 2
	}
	return 0
}
