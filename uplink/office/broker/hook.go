package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// version311 is the protocol level of MQTT 3.1.1.
const version311 = 4

const notOurVersion = "not MQTT 3.1.1"

// rules is the policy as a hook of the embedded broker. A client that is let in
// has its name as identifier, so later checks go by that.
type rules struct {
	mochi.HookBase
	log    *slog.Logger
	ctx    context.Context // ends with the broker
	sent   buckets
	guests *guests
}

var _ mochi.Hook = (*rules)(nil)

// ID names the hook.
func (h *rules) ID() string { return "rules" }

// Provides says which calls the hook is for.
func (h *rules) Provides(b byte) bool {
	return b == mochi.OnConnect || b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck || b == mochi.OnPublish || b == mochi.OnPacketRead
}

// OnConnect answers a client of MQTT 5 that its version is not spoken here. The
// library would let it in, or say that its password is wrong.
func (h *rules) OnConnect(cl *mochi.Client, pk packets.Packet) error {
	if pk.ProtocolVersion <= version311 {
		return nil
	}

	h.log.Warn("client refused", "client", cl.ID, "remote", cl.Net.Remote, "reason", notOurVersion)
	err := cl.WritePacket(packets.Packet{
		FixedHeader:     packets.FixedHeader{Type: packets.Connack},
		ProtocolVersion: pk.ProtocolVersion,
		ReasonCode:      packets.ErrUnsupportedProtocolVersion.Code, // 0x84, MQTT 5.0 section 3.2.2.2
	})
	return errors.Join(packets.ErrUnsupportedProtocolVersion, err)
}

// OnConnectAuthenticate lets a client in or not. The certificate has been
// verified by the listener.
func (h *rules) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	conn, ok := cl.Net.Conn.(*tls.Conn)
	if !ok {
		return false
	}
	name := commonName(conn)
	if why := refusal(name, pk); why != "" {
		h.log.Warn("client refused", "client", name, "remote", cl.Net.Remote, "reason", why)
		return false
	}
	return true
}

// refusal says why a CONNECT is not accepted, nothing if it is.
func refusal(name string, pk packets.Packet) string {
	c := pk.Connect
	switch {
	case !isName(name):
		return "unknown name"
	case c.ClientIdentifier != name:
		return "client identifier is not the name in the certificate"
	case pk.ProtocolVersion != version311:
		return notOurVersion
	case !c.Clean:
		return "persistent session"
	case c.Keepalive == 0 || c.Keepalive > maxKeepalive:
		return "keep-alive out of range"
	case c.WillFlag && !mayWrite(name, c.WillTopic):
		return "last will on a topic that is denied"
	case c.WillFlag && c.WillRetain && !mayRetain(name, c.WillTopic):
		return "last will retained where nothing is"
	}
	return ""
}

// OnACLCheck decides about publishing, subscribing and delivery.
func (h *rules) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	if write {
		return mayWrite(cl.ID, topic)
	}
	return mayRead(cl.ID, topic)
}

// OnPublish drops the retain flag where it is not granted, and what a kiosk whose
// certificate has ended publishes that is no request for another: it is confirmed, and goes
// nowhere, which means nothing for money.
func (h *rules) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if h.guests.mayOnlyRenew(cl.ID) && !isRenewal(pk.TopicName) {
		return pk, packets.CodeSuccessIgnore
	}
	if pk.FixedHeader.Retain && !mayRetain(cl.ID, pk.TopicName) {
		pk.FixedHeader.Retain = false
	}
	return pk, nil
}
