package line

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/wire"
)

// message takes one message of head office. A malformed one is logged by topic
// and left.
func (u *Uplink) message(ctx context.Context, now time.Time, topic string, payload []byte) {
	a, err := wire.ParseTopic(topic)
	if err == nil && (a.Up || a.Kiosk != u.kioskID) {
		return
	}

	if err == nil {
		switch a.Chan {
		case wire.ChanAck:
			err = u.onAck(ctx, now, payload)
		case wire.ChanRep:
			err = u.onReply(ctx, now, a.ID, payload)
		case wire.ChanPolicy:
			err = u.onPolicy(ctx, payload)
		case wire.ChanJob:
			err = u.onJob(now, payload)
		case wire.ChanCfg:
			err = u.onRoster(payload)
		case wire.ChanCmd:
			err = u.onCommand(ctx, a.ID, payload)
		}
	}

	if err != nil {
		u.log.Warn("message refused", "topic", topic, "err", err)
	}
}

// onAck takes an acknowledgement; one that shows that the two ends have different
// journals becomes a condition.
func (u *Uplink) onAck(ctx context.Context, now time.Time, payload []byte) error {
	var a wire.Ack
	if err := wire.Decode(payload, &a); err != nil {
		return err
	}

	u.renew.heard = true
	before := u.sender.Acknowledged()
	err := u.sender.Acked(now, a)
	u.judge(ctx, a, err)
	switch after := u.sender.Acknowledged(); {
	case after < before:
		u.log.Warn("head office has an older state; records are sent again", "acknowledged", before, "from", after+1)
	case after > before:
		u.set(ctx, condition.OfficeBehind, false, "")
	}
	return err
}

func (u *Uplink) onReply(ctx context.Context, now time.Time, id string, payload []byte) error {
	var r wire.Reply
	if err := wire.Decode(payload, &r); err != nil {
		return err
	}
	if r.ID == id && wire.IsRenewal(id) {
		u.onRenewal(ctx, now, r)
		return nil
	}
	u.renew.heard = true
	if r.ID == id && u.spare.open == id {
		onSpare(ctx, u, now, r)
		return nil
	}
	if r.ID == id && u.pending.Reply(id) {
		u.send(ctx, kiosk.Reply{Reply: r})
	}
	return nil
}

func (u *Uplink) onPolicy(ctx context.Context, payload []byte) error {
	var s wire.Signed
	if err := wire.Decode(payload, &s); err != nil {
		return err
	}
	p, err := wire.Open(u.policy, s)
	if err != nil {
		return err
	}
	u.send(ctx, kiosk.NewPolicy{Policy: p})
	return nil
}

// onCommand hands on an order of head office. One without a name that is known, and one
// that was taken back, changes nothing.
func (u *Uplink) onCommand(ctx context.Context, name string, payload []byte) error {
	if name != wire.CmdSettle && name != wire.CmdVoid && name != wire.CmdCash || len(payload) == 0 {
		return nil
	}
	var signed wire.Signed
	if err := wire.Decode(payload, &signed); err != nil {
		return err
	}
	switch name {
	case wire.CmdCash:
		return u.onCash(ctx, signed)
	case wire.CmdVoid:
		return u.onVoid(ctx, signed)
	}

	return u.onSettle(ctx, signed)
}

func (u *Uplink) onCash(ctx context.Context, signed wire.Signed) error {
	s, err := wire.OpenCash(u.policy, signed)
	if err != nil {
		return err
	}
	if s.Kiosk != u.kioskID {
		return fmt.Errorf("%w: cash: of kiosk %s", wire.ErrMessage, s.Kiosk)
	}
	u.send(ctx, kiosk.NewCashStop{CashStop: s})

	return nil
}

func (u *Uplink) onSettle(ctx context.Context, signed wire.Signed) error {
	s, err := wire.OpenSettle(u.policy, signed)
	if err != nil {
		return err
	}
	if s.Kiosk != u.kioskID {
		return fmt.Errorf("%w: settle: of kiosk %s", wire.ErrMessage, s.Kiosk)
	}
	u.send(ctx, kiosk.Settle{Terminal: s.Terminal, Batch: s.Batch})
	return nil
}

func (u *Uplink) onVoid(ctx context.Context, signed wire.Signed) error {
	v, err := wire.OpenVoid(u.policy, signed)
	if err != nil {
		return err
	}
	if v.Kiosk != u.kioskID {
		return fmt.Errorf("%w: void: of kiosk %s", wire.ErrMessage, v.Kiosk)
	}
	u.send(ctx, kiosk.Void{ID: v.ID, Serial: v.Serial, Terminal: v.Terminal, Batch: v.Batch, Trace: v.Trace, Amount: v.Amount})

	return nil
}

// onJob hands on a job, or that none is wanted. It is not read here: the agent alone
// knows what head office's signature must be under.
func (u *Uplink) onJob(now time.Time, payload []byte) error {
	if u.job == nil {
		return nil
	}

	if len(payload) == 0 {
		u.reports.forget()
		u.job(nil)
		return nil
	}

	var s wire.Signed
	if err := wire.Decode(payload, &s); err != nil {
		return err
	}

	u.reports.again(now)
	u.job(payload)
	return nil
}

// onRoster hands on a roster of staff. One that was taken back changes nothing: a
// kiosk never knows less than the last one that it accepted.
func (u *Uplink) onRoster(payload []byte) error {
	if u.roster == nil || len(payload) == 0 {
		return nil
	}
	var s wire.Signed
	if err := wire.Decode(payload, &s); err != nil {
		return err
	}
	return u.roster(s)
}
