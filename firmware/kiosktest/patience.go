package kiosktest

import (
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/gateway"
)

// What must have happened before head office undoes by itself what may be booked.
const (
	leastDoubt = 30 * time.Minute // since the first call
	leastOdd   = 5                // answers by a code that said nothing, and not "later" either
)

// patience is what came back from the MIS about one posting.
type patience struct {
	first time.Time // when the MIS was called about it first
	odd   int
}

// calls takes down a call, and fails where it undoes a posting too soon. A person may
// undo at any time, and no clock of head office's was wrong.
func (o *office) calls(c gateway.Call) {
	p, known := o.patience[c.Serial]
	if !known {
		p = &patience{first: o.w.now}
		o.patience[c.Serial] = p
	}
	if c.Request.Op != mis.OpReverse || o.w.operator.touched[c.Serial] || o.w.stats.Restores > 0 || o.w.stats.OfficeClocks > 0 {
		return
	}

	if since := o.w.now.Sub(p.first); since < leastDoubt || p.odd < leastOdd {
		o.fail("head office undoes %s %s after its first call, and %d answers that said nothing", c.Serial, since, p.odd)
	}
}

// hearsOf counts an answer that said nothing.
func (o *office) hearsOf(c gateway.Call, reply mis.Reply) {
	if r := reply.Post; c.Request.Op != mis.OpReverse && r.Outcome == mis.Unknown && r.Code != "" && !r.Wait {
		o.patience[c.Serial].odd++
	}
}
