package sspsim

import (
	"encoding/binary"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
)

// Commands by which other hosts ask what the device is and did. The driver sends none of
// them: SETUP REQUEST tells it all it needs.
const (
	cmdUnit     = 0x0D
	cmdSecurity = 0x0F
	cmdDataset  = 0x21
	cmdCounters = 0x58
)

// Layout of the reply to SETUP REQUEST, after the OK.
const (
	atChannels = 11 // their number; before it unit type, firmware, country and multiplier
	beforeWide = 4  // after values and security bytes: real multiplier, protocol version
)

const securityStandard = 2

// counters are what GET COUNTERS tells. A power cut does not take them.
type counters struct{ stacked, rejected uint32 }

// count follows the note that just went on.
func (c *counters) count(before, now billsim.Phase) {
	switch {
	case now == billsim.Rejecting, now == billsim.Returning && before == billsim.InEscrow:
		c.rejected++
	case before == billsim.Lifting && (now == billsim.Pressing || now == billsim.Stacked):
		c.stacked++
	}
}

// identity is the reply to a command of the list above.
func (d *Device) identity(cmd byte) []byte {
	all := d.setup()[1:]
	n := int(all[atChannels])
	reply := []byte{ssp.ReplyOK}
	switch cmd {
	case cmdUnit:
		return append(append(reply, all[:atChannels]...), d.version)
	case ssp.CmdValues:
		reply = append(reply, all[atChannels:atChannels+1+n]...)
		return append(reply, all[atChannels+1+2*n+beforeWide:]...)
	case cmdSecurity:
		reply = append(reply, byte(n))
		for range n {
			reply = append(reply, securityStandard)
		}
		return reply
	case cmdDataset:
		return append(reply, d.cfg.Country+"01000"...)
	}

	reply = append(reply, 5)
	for _, v := range []uint32{d.stacked, 0, 0, 0, d.rejected} { // nothing is stored or paid out
		reply = binary.LittleEndian.AppendUint32(reply, v)
	}
	return reply
}
