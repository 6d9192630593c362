package cardsim

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Names of the files of a MeterCard.
const (
	FileSerial   = "MF/EF19"   // serial number; read at offset 1, 8 bytes
	FilePublic   = "MF/EF01"   // 39 bytes
	FileParam    = "DF01/EF01" // 45 bytes: 68 cmd length2 data(39) CS 16
	FilePurse    = "DF01/EF02" // amount in fen 4, count 4, high byte first
	FileTariff   = "DF01/EF03" // 258 bytes, current tariff
	FileTariff2  = "DF01/EF04" // 258 bytes, backup tariff
	FileReturned = "DF01/EF05" // 49 bytes, written by the meter
)

// Sizes of the files in bytes. Of FileSerial the reference gives 8 bytes read at
// offset 1; what byte 0 is, is not known (here 08).
const (
	serialSize   = 9
	publicSize   = 39
	paramSize    = 45
	purseSize    = 8
	tariffSize   = 258
	returnedSize = 49
)

// frameByte and frameEnd stand around the content of the meter's files.
const (
	frameByte = 0x68
	frameEnd  = 0x16
)

// Holder is what a new MeterCard says of its customer.
type Holder struct {
	Serial     [8]byte // diversifies the keys
	MeterNo    string  // 12 digits; shorter ones are filled with zeros in front
	CustomerNo string  // the same
	Fen        uint32  // purse: bought last, not yet read by the meter
	Count      uint32  // purse: purchases so far
	CardType   byte    // 01 open account, 02 purchase, 03 replacement
}

// files are the files of a new card.
func (h Holder) files() map[string]Hex {
	param := make([]byte, 0, paramSize)
	param = append(param, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // RFU, flags, RFU, switch time, RFU
	param = append(param, 0, 0, 0x20, 0, 0, 0, 0x10, 0)             // alarms 20.00 and 10.00
	param = append(param, 0, 0, 1, 0, 0, 1)                         // CT, PT
	param = append(append(param, bcd6(h.MeterNo)...), bcd6(h.CustomerNo)...)
	param = append(param, h.CardType)
	purse := binary.BigEndian.AppendUint32(nil, h.Fen)
	return map[string]Hex{
		FileSerial:   append([]byte{8}, h.Serial[:]...),
		FilePublic:   make([]byte, publicSize),
		FileParam:    frame(1, param),
		FilePurse:    binary.BigEndian.AppendUint32(purse, h.Count),
		FileTariff:   frame(1, make([]byte, tariffSize-6)),
		FileTariff2:  frame(1, make([]byte, tariffSize-6)),
		FileReturned: make([]byte, returnedSize),
	}
}

// frame is 68 cmd length data CS 16, the length high byte first.
func frame(cmd byte, data []byte) []byte {
	b := append([]byte{frameByte, cmd, byte(len(data) >> 8), byte(len(data))}, data...)
	var sum byte
	for _, v := range b[1:] {
		sum += v
	}
	return append(b, sum, frameEnd)
}

// bcd6 is up to 12 digits in 6 bytes; anything else is zeros.
func bcd6(digits string) []byte {
	const size = 6
	if len(digits) > 2*size || strings.Trim(digits, "0123456789") != "" {
		return make([]byte, size)
	}
	b, err := hex.DecodeString(strings.Repeat("0", 2*size-len(digits)) + digits)
	if err != nil { // not reachable: digits only
		return make([]byte, size)
	}
	return b
}

// Hex is bytes that stand in JSON as hexadecimal text.
type Hex []byte

// MarshalText writes hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}
