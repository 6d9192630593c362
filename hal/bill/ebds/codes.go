package ebds

// Message types: bits 4 to 6 of the control byte. Bits 1 to 3 tell the kind of
// device (0 = acceptor, 1 = recycler), bit 0 is the toggle.
const (
	TypeOmnibus  = 0x10 // host: poll, enables and orders
	TypeReply    = 0x20 // device: its state
	TypeAux      = 0x60 // both: three data bytes, the last is the command
	TypeExtended = 0x70 // both: a subtype comes first
)

const (
	typeBits  = 0x70
	toggleBit = 0x01
)

// Subtypes of extended messages.
const (
	SubNote     = 0x02 // host: query entry n; device: that entry, or (entry 0) the note in escrow or stacked
	SubInhibits = 0x03 // host: which entries are accepted
	SubTimeout  = 0x04 // host: seconds until a note leaves escrow by itself, notes and bar codes
)

// Auxiliary commands.
const (
	AuxSoftware = 0x00 // CRC of the software, four digits of four bits; also the answer to what is unknown
	AuxReset    = 0x7F // soft reset: 7F 7F 7F
)

// Omnibus data byte 1: what to do.
const (
	ModeFourWay = 0x0C // notes any way round
	ModeEscrow  = 0x10 // a note waits for an order
	ModeStack   = 0x20
	ModeReturn  = 0x40
)

// Omnibus data byte 2: how. Zeros: push notes without credit into the cassette, no
// bar codes, power-up policy A (a note before the lever comes back, one after it
// is stacked and told without a value).
const ConfigExtended = 0x10 // notes are told with currency and value

// AllDenominations enables the device, as omnibus data byte 0. Without extended
// notes bit n-1 enables denomination n.
const AllDenominations = 0x7F

// State of the device: the four status bytes of a reply, the first lowest. Stacked,
// Returned and Rejected are events, told until the reply is acknowledged.
const (
	BitIdling      = 1 << 0
	BitAccepting   = 1 << 1
	BitEscrowed    = 1 << 2
	BitStacking    = 1 << 3
	BitStacked     = 1 << 4
	BitReturning   = 1 << 5
	BitReturned    = 1 << 6
	BitCheated     = 1 << 8
	BitRejected    = 1 << 9
	BitJammed      = 1 << 10
	BitFull        = 1 << 11
	BitCassette    = 1 << 12 // set = attached
	BitPaused      = 1 << 13 // a second note is held into the slot
	BitCalibration = 1 << 14
	BitPowerUp     = 1 << 16 // it restarted, and initialises
	BitInvalid     = 1 << 17 // the command was not understood
	BitFailure     = 1 << 18
	BitOpen        = 1 << 22 // note path
	BitStalled     = 1 << 24

	denominationShift = 19 // three bits; 0 = unknown, or no credit
)
