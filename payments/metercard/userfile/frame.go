package userfile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"wattkiosk/payments/money"
)

// ErrFile is wrapped by what is wrong with the bytes of a file.
var ErrFile = errors.New("malformed file of a meter card")

// Sizes of the files in bytes.
const (
	SerialSize = 8
	ParamSize  = frameSize + paramData
	PurseSize  = 8
	ReturnSize = frameSize + returnData

	paramData  = 39
	returnData = 43
	frameSize  = 6 // around the data
)

const (
	frameByte = 0x68
	frameEnd  = 0x16
	command   = 0x01
)

// enclose is 68 command length data sum 16.
func enclose(data []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{frameByte, command}, uint16(len(data)))
	b = append(b, data...)

	return append(b, sum(b[1:]), frameEnd)
}

// disclose takes the data out of a frame, whatever its command.
func disclose(file []byte, size int) ([]byte, error) {
	if len(file) != size+frameSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrFile, len(file), size+frameSize)
	}
	data, end := file[4:4+size], file[4+size:]
	switch {
	case file[0] != frameByte || end[1] != frameEnd || int(binary.BigEndian.Uint16(file[2:])) != size:
		return nil, fmt.Errorf("%w: no frame around %d bytes", ErrFile, size)
	case end[0] != sum(file[1:4+size]):
		return nil, fmt.Errorf("%w: sum %02X, want %02X", ErrFile, end[0], sum(file[1:4+size]))
	}

	return data, nil
}

func sum(b []byte) (s byte) {
	for _, v := range b {
		s += v
	}

	return s
}

// Blank reports whether nothing was ever written: all 00, or all FF.
func Blank(b []byte) bool {
	return len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xff")) == 0
}

const numberSize = 6

// number is a number of up to 12 digits in 6 bytes.
func number(digits string) ([numberSize]byte, error) {
	if len(digits) > 2*numberSize || strings.Trim(digits, "0123456789") != "" {
		return [numberSize]byte{}, fmt.Errorf("%w: a number of %d characters", ErrFile, len(digits))
	}
	b, err := hex.DecodeString(strings.Repeat("0", 2*numberSize-len(digits)) + digits)
	if err != nil {
		return [numberSize]byte{}, fmt.Errorf("%w: %w", ErrFile, err)
	}

	return [numberSize]byte(b), nil
}

// digits is a number as it stands on a card: 12 digits.
func digits(b []byte) (string, error) {
	s := hex.EncodeToString(b)
	if strings.Trim(s, "0123456789") != "" {
		return "", fmt.Errorf("%w: a number that is not decimal", ErrFile)
	}

	return s, nil
}

// Purse is the content of DF01/EF02.
type Purse struct {
	Amount money.Amount
	Count  uint32
}

// DecodePurse reads the purse file.
func DecodePurse(file []byte) (Purse, error) {
	if len(file) != PurseSize {
		return Purse{}, fmt.Errorf("%w: purse of %d bytes", ErrFile, len(file))
	}

	return Purse{Amount: money.Amount(binary.BigEndian.Uint32(file)), Count: binary.BigEndian.Uint32(file[4:])}, nil
}

// Bytes is the purse file. An amount that four bytes do not hold is ErrFile.
func (p Purse) Bytes() ([]byte, error) {
	if p.Amount < 0 || p.Amount > 1<<32-1 {
		return nil, fmt.Errorf("%w: purse of %s", ErrFile, p.Amount)
	}

	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(p.Amount)), p.Count), nil
}
