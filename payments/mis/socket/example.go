package socket

import (
	"io"

	"wattkiosk/payments/mis"
)

// example is read-only: the codec of the functions below, without a unit.
var example = &Codec{dialect: Example()}

// EncodeRequest writes a request in the example dialect; see Codec.
func EncodeRequest(r mis.Request) ([]byte, error) { return example.EncodeRequest(r) }

// DecodeRequest reads a request in the example dialect; see Codec.
func DecodeRequest(frame []byte) (mis.Request, error) { return example.DecodeRequest(frame) }

// EncodeReply writes the reply to a request in the example dialect; see Codec.
func EncodeReply(r mis.Request, reply mis.Reply) ([]byte, error) {
	return example.EncodeReply(r, reply)
}

// EncodeBadPacket answers an unreadable frame in the example dialect; see Codec.
func EncodeBadPacket(frame []byte) ([]byte, error) { return example.EncodeBadPacket(frame) }

// DecodeReply reads the reply of an operation in the example dialect; see Codec.
func DecodeReply(op mis.Op, frame []byte) (mis.Reply, error) { return example.DecodeReply(op, frame) }

// DecodeReplyTo reads the reply to this request in the example dialect; see Codec.
func DecodeReplyTo(r mis.Request, frame []byte) (mis.Reply, error) {
	return example.DecodeReplyTo(r, frame)
}

// ReadFrame reads one frame of the example dialect; see Frame.
func ReadFrame(r io.Reader) ([]byte, error) { return example.dialect.Frame.Read(r) }
