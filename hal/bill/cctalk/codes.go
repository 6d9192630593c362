package cctalk

// Addresses on the bus.
const (
	HostAddress = 1
	BillAddress = 40 // of the first bill validator, as delivered
)

// Headers of host commands.
const (
	CmdReset        = 1
	CmdRoute        = 154 // + a route; answered by ACK, or by one byte
	CmdMode         = 153 // + mode bits
	CmdScaling      = 156 // + 2 characters of country
	CmdBillID       = 157 // + bill type
	CmdEvents       = 159 // read buffered bill events
	CmdReadMaster   = 227
	CmdMaster       = 228 // + 1 = notes are taken, 0 = none is
	CmdReadInhibits = 230
	CmdInhibits     = 231 // + 2 bytes, low first: bit n-1 set = bill type n is taken
	CmdSelfCheck    = 232
	CmdCategory     = 245
)

// Headers of replies.
const (
	ReplyOK   = 0
	ReplyNAK  = 5
	ReplyBusy = 6
)

// Routes, and the bytes that answer one that was not taken.
const (
	RouteReturn = 0
	RouteStack  = 1
	RouteHold   = 255 // the escrow's time-out begins again
	NotInEscrow = 254
	NotRouted   = 255
)

// Mode bits.
const (
	ModeStacker = 1 << 0
	ModeEscrow  = 1 << 1
)

// Codes of an event without a bill type.
const (
	EvMasterInhibit   = 0 // also an entry that was never used
	EvReturned        = 1
	EvInvalid         = 2
	EvTransport       = 3
	EvInhibited       = 4
	EvInhibitedSwitch = 5
	EvJamUnsafe       = 6
	EvJamStacker      = 7
	EvPulledBack      = 8
	EvTamper          = 9
	EvStackerOK       = 10
	EvStackerRemoved  = 11
	EvStackerInserted = 12
	EvStackerFaulty   = 13
	EvStackerFull     = 14
	EvStackerJammed   = 15
	EvJamSafe         = 16
	EvOptoFraud       = 17
	EvStringFraud     = 18
	EvAntiString      = 19
	EvBarCode         = 20
	EvUnknownStacked  = 21
)

// Outcomes of an event with a bill type.
const (
	BillStacked  = 0
	BillInEscrow = 1
)

// Fault codes of a self-check that are told apart.
const (
	FaultNone           = 0
	FaultStacker        = 38
	FaultJam            = 39
	FaultStringSensor   = 41
	FaultStackerMissing = 44
	FaultStackerFull    = 45
)
