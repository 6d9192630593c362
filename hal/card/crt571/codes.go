package crt571

// Control characters.
const (
	STX = 0xF2
	ETX = 0x03
	ACK = 0x06
	NAK = 0x15
	EOT = 0x04
)

// First byte of a text.
const (
	HeadCommand   = 'C'
	HeadPositive  = 'P'
	HeadNegative  = 'N'
	HeadNegative2 = 'E'
)

// Commands (CM).
const (
	CmdInit   = 0x30
	CmdStatus = 0x31
	CmdMove   = 0x32
	CmdEntry  = 0x33
	CmdTracks = 0x36 // newer readers only
	CmdCPU    = 0x51
	CmdSLE    = 0x53
	CmdI2C    = 0x54
)

// Parameters (PM).
const (
	InitNoMove = 0x33

	StatusReader  = 0x30
	StatusSensors = 0x31

	MoveGate = 0x30 // held there
	MoveIC   = 0x31
	MoveBin  = 0x33

	EntryEnable  = 0x30
	EntryDisable = 0x31

	TracksAll = 0x37

	CPUCold = 0x30 // data: Vcc
	CPUOff  = 0x31
	CPUT0   = 0x33
	CPUT1   = 0x34
	CPUWarm = 0x38

	SLEReset = 0x30
	SLEOff   = 0x31
	SLE4442  = 0x33
	SLE4428  = 0x34

	I2COn     = 0x30 // data: type, Vcc
	I2COff    = 0x31
	I2CStatus = 0x32
	I2CRead   = 0x33
	I2CWrite  = 0x34
)

// Data bytes of commands and answers.
const (
	VccISO = 0x33 // 5 V, ISO 7816-3; 30 would insist on EMV, which meter cards are not

	TypeT0 = 0x30 // before the ATR
	TypeT1 = 0x31

	I2CAny   = 0x30 // type: find out
	I2C24C01 = 0x31 // the first; each next type has twice the bytes, 39 = 24C256
	I2CLast  = 0x39
)

// The card's position (st0) and the bin's state (st2).
const (
	PosNone   = 0x30
	PosGate   = 0x31
	PosInside = 0x32

	BinRoom = 0x30
	BinFull = 0x31
)

// Instructions of the groups 53 and 54: like an APDU of class 00.
const (
	insRead   = 0xB0
	insWrite  = 0xD0
	insVerify = 0x20

	areaMain       = 0x00 // P1 for an SLE4442; for an SLE4428 in the high digit
	areaProtection = 0x01
	areaSecurity   = 0x02

	p1Bits4428    = 0x10 // read: protection bits
	p1Protect4428 = 0x20 // write: compares and burns
)

// Status words of the groups 53 and 54.
const (
	SWOK       = 0x9000
	SWFail     = 0x6F00
	SWWrongPSC = 0x6F01
	SWLocked   = 0x6F02
	SWAddress  = 0x6B00
	SWLength   = 0x6700
)
