package wire

import (
	"fmt"
	"strings"
)

// Root is the topic prefix of protocol version 1.
const Root = "wk/v1"

// Channel is the part of a topic after the kiosk.
type Channel string

// Channels up (kiosk to head office) and down.
const (
	ChanState  Channel = "state"  // up, retained: birth and last will
	ChanTlm    Channel = "tlm"    // up: telemetry
	ChanRec    Channel = "rec"    // up: record batches
	ChanReq    Channel = "req"    // up: requests, req/<id>
	ChanAck    Channel = "ack"    // down: acknowledged records
	ChanRep    Channel = "rep"    // down: replies, rep/<id>
	ChanCmd    Channel = "cmd"    // down: commands, cmd/<name>
	ChanCfg    Channel = "cfg"    // down, retained: the signed roster of staff
	ChanPolicy Channel = "policy" // down, retained: signed offline policy
	ChanJob    Channel = "job"    // down, retained: the signed job; up: reports about it, job/<id>
)

// Up is the topic of a kiosk's channel towards head office; id may be empty.
func Up(kiosk string, c Channel, id string) string { return topic("up", kiosk, c, id) }

// Down is the topic of a channel towards a kiosk; id may be empty.
func Down(kiosk string, c Channel, id string) string { return topic("dn", kiosk, c, id) }

func topic(dir, kiosk string, c Channel, id string) string {
	t := Root + "/" + dir + "/" + kiosk + "/" + string(c)
	if id != "" {
		t += "/" + id
	}
	return t
}

// Address is a parsed topic.
type Address struct {
	Up    bool
	Kiosk string
	Chan  Channel
	ID    string
}

// ParseTopic reads a topic of this protocol. It refuses kiosk names and ids
// that are not plain (see PlainName).
func ParseTopic(t string) (Address, error) {
	bad := fmt.Errorf("topic %.80q: not of this protocol", t)
	rest, ok := strings.CutPrefix(t, Root+"/")
	if !ok {
		return Address{}, bad
	}
	p := strings.Split(rest, "/")
	if len(p) < 3 || len(p) > 4 || (p[0] != "up" && p[0] != "dn") || !PlainName(p[1]) || !PlainName(p[2]) {
		return Address{}, bad
	}
	a := Address{Up: p[0] == "up", Kiosk: p[1], Chan: Channel(p[2])}
	if len(p) == 4 {
		if !PlainName(p[3]) {
			return Address{}, bad
		}
		a.ID = p[3]
	}
	return a, nil
}

// PlainName reports whether s is 1 to 64 of A-Z a-z 0-9 - _ .
func PlainName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
