package pcsc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Commands of the socket (pcsc-lite, enum pcsc_msg_commands).
const (
	CmdEstablish  = 0x01
	CmdConnect    = 0x04
	CmdReconnect  = 0x05
	CmdDisconnect = 0x06
	CmdBegin      = 0x07
	CmdTransmit   = 0x09
	CmdVersion    = 0x11
	CmdReaders    = 0x12
)

// Sizes in bytes.
const (
	HeaderSize     = 8
	VersionSize    = 12
	EstablishSize  = 12
	ConnectSize    = 152
	ReconnectSize  = 24
	DisconnectSize = 12
	BeginSize      = 8
	TransmitSize   = 32 // without the APDU
	NameSize       = 128
	MaxATR         = 33
	ReaderSize     = NameSize + 12 + MaxATR + 3 + 8
	MaxReaders     = 16
	ReadersSize    = MaxReaders * ReaderSize
	// MaxResponse is the longest answer of a card that is asked for: 256 bytes
	// and the status.
	MaxResponse = 258
)

// Version of the socket protocol that is spoken.
const (
	VersionMajor = 4
	VersionMinor = 4
)

// Bits of a reader's state.
const (
	StateUnknown = 0x01
	StateAbsent  = 0x02
	StatePresent = 0x04
	StateMute    = 0x08 // "swallowed": present, and does not answer
	StatePowered = 0x10
	StateReady   = 0x20 // "negotiable"
)

// Protocols, share modes, dispositions and the scope (pcsc-lite, pcsclite.h).
const (
	ProtocolT0     = 1
	ProtocolT1     = 2
	ShareExclusive = 1
	ShareShared    = 2
	LeaveCard      = 0
	ResetCard      = 1
	UnpowerCard    = 2
	ScopeSystem    = 2
)

// order is the host's byte order: every board of ours is little-endian.
var order = binary.LittleEndian

// ErrMessage is returned for a message that pcscd cannot have meant.
var ErrMessage = errors.New("malformed message of pcscd")

// Reader is the state of one reader as pcscd reports it.
type Reader struct {
	Name     string
	Events   uint32 // insertions and removals so far
	State    uint32 // State… bits
	Sharing  int32  // handles open; -1 = exclusively used
	ATR      []byte
	Protocol uint32
}

// AppendReader appends r as pcscd sends it, ReaderSize bytes. What does not fit is
// cut off.
func AppendReader(dst []byte, r Reader) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, ReaderSize)...)
	b := dst[at:]
	copy(b[:NameSize-1], r.Name)
	order.PutUint32(b[128:], r.Events)
	order.PutUint32(b[132:], r.State)
	order.PutUint32(b[136:], uint32(r.Sharing))
	n := copy(b[140:140+MaxATR], r.ATR)
	order.PutUint32(b[176:], uint32(n))
	order.PutUint32(b[180:], r.Protocol)
	return dst
}

// ParseReaders reads the reply to CmdReaders: the readers that have a name. It
// fails with ErrMessage for another size or an ATR that cannot be.
func ParseReaders(b []byte) ([]Reader, error) {
	if len(b) != ReadersSize {
		return nil, fmt.Errorf("cannot read states in %d bytes: %w", len(b), ErrMessage)
	}

	var rs []Reader
	for ; len(b) > 0; b = b[ReaderSize:] {
		name, _, _ := bytes.Cut(b[:NameSize], []byte{0})
		if len(name) == 0 {
			continue
		}
		n := order.Uint32(b[176:])
		if n > MaxATR {
			return nil, fmt.Errorf("cannot read ATR of %d bytes: %w", n, ErrMessage)
		}
		rs = append(rs, Reader{
			Name: string(name), Events: order.Uint32(b[128:]), State: order.Uint32(b[132:]),
			Sharing: int32(order.Uint32(b[136:])), ATR: append([]byte(nil), b[140:140+n]...), Protocol: order.Uint32(b[180:]),
		})
	}

	return rs, nil
}

// AppendRequest appends a request: header, then the fields of its body.
func AppendRequest(dst []byte, cmd uint32, body []byte) []byte {
	dst = order.AppendUint32(dst, uint32(len(body)))
	dst = order.AppendUint32(dst, cmd)
	return append(dst, body...)
}

// words is a body of 32-bit fields.
func words(fields ...uint32) []byte {
	b := make([]byte, 0, 4*len(fields))
	for _, f := range fields {
		b = order.AppendUint32(b, f)
	}
	return b
}

// connectBody asks for a handle to the card in the named reader.
func connectBody(context uint32, reader string, share uint32) []byte {
	b := make([]byte, ConnectSize)
	order.PutUint32(b, context)
	copy(b[4:4+NameSize-1], reader)
	order.PutUint32(b[132:], share)
	order.PutUint32(b[136:], ProtocolT0|ProtocolT1)
	return b
}

// transmitBody asks for an exchange with the card; the APDU follows the request.
func transmitBody(handle, protocol uint32, apdu int) []byte {
	const pciSize = 16 // of SCARD_IO_REQUEST on a 64-bit host; pcscd hands it back unread
	return words(handle, protocol, pciSize, uint32(apdu), protocol, pciSize, MaxResponse, 0)
}

// replySize is the size of the reply to cmd whose first bytes are got. Not enough
// means that more bytes are needed to know.
func replySize(cmd uint32, got []byte) (n int, enough bool, err error) {
	switch cmd {
	case CmdVersion:
		return VersionSize, true, nil
	case CmdReaders:
		return ReadersSize, true, nil
	case CmdEstablish:
		return EstablishSize, true, nil
	case CmdConnect:
		return ConnectSize, true, nil
	case CmdReconnect:
		return ReconnectSize, true, nil
	case CmdDisconnect:
		return DisconnectSize, true, nil
	case CmdBegin:
		return BeginSize, true, nil
	case CmdTransmit:
	default:
		return 0, false, fmt.Errorf("cannot size reply to command %#x: %w", cmd, ErrMessage)
	}

	if len(got) < TransmitSize {
		return 0, false, nil
	}
	if code := order.Uint32(got[28:]); code != 0 {
		return TransmitSize, true, nil
	}

	length := order.Uint32(got[24:])
	if length > MaxResponse {
		return 0, false, fmt.Errorf("cannot take response of %d bytes: %w", length, ErrMessage)
	}
	return TransmitSize + int(length), true, nil
}

// replyCode is the result code of a whole reply: the last field of its body.
func replyCode(cmd uint32, b []byte) Code {
	switch {
	case cmd == CmdReaders:
		return Success
	case cmd == CmdTransmit:
		return Code(order.Uint32(b[28:]))
	}
	return Code(order.Uint32(b[len(b)-4:]))
}
